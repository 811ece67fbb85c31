import { afterEach, describe, expect, it } from '@jest/globals';
import type { IPublishPacket, MqttClient } from 'mqtt';
import type { Packet } from 'mqtt-packet';
import { until } from '../../support/until.js';
import { connectPacket, createHarness, own, type Harness } from './harness.js';

const collect = (client: MqttClient): IPublishPacket[] => {
  const received: IPublishPacket[] = [];
  client.on('message', (_topic, _payload, packet) => received.push(packet));
  return received;
};
const granted = async (client: MqttClient, filter: string): Promise<number> =>
  client.subscribeAsync(filter, { qos: 1 }).then(
    ([grant]) => grant!.qos,
    () => 128,
  );

describe('aedes, guarded', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it.each([true, false])(
    'delivers every QoS 1 message although QoS 0 overtakes it (clean session: %s)',
    async (clean) => {
      harness = await createHarness();
      const service = await harness.connect('relay', { clean, clientId: 'sub' });
      const received = collect(service);
      await service.subscribeAsync('vigie/v1/#', { qos: 1 });
      const publishers = await Promise.all(['ox-1', 'ox-2'].map((name) => harness.connect(name)));
      const each = 400;
      await Promise.all(
        publishers.flatMap((client, index) =>
          Array.from({ length: each }, (_, i) => {
            const topic = own(`ox-${index + 1}`);
            return client.publishAsync(topic, `${i}`, { qos: i % 2 === 0 ? 1 : 0 });
          }),
        ),
      );
      await until('all messages', () => received.length >= 2 * each);
      expect(new Set(received.map(({ topic, payload }) => `${topic} ${payload}`)).size).toBe(2 * each);
      expect(received).toHaveLength(2 * each);
    },
  );

  it('delivers 20 of 20 wills to a client that also follows $SYS, and puts them in the inbox under their identity', async () => {
    harness = await createHarness({ limits: { connectionsPer: { device: 64, box: 64, service: 64 } } });
    const service = await harness.connect('relay');
    const received = collect(service);
    await service.subscribeAsync(['$SYS/#', 'vigie/v1/#'], { qos: 1 });
    const dying = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        harness.connect('ox-1', {
          clientId: `c${i}`,
          will: { topic: own('ox-1', 'status'), payload: Buffer.from(`${i}`), qos: 1, retain: false },
        }),
      ),
    );
    for (const client of dying) client.stream.destroy();
    const wills = await until('20 wills', () => {
      const seen = received.filter(({ topic }) => topic === own('ox-1', 'status'));
      return seen.length >= 20 && seen;
    });
    expect(wills).toHaveLength(20);
    expect(
      harness.inbox.rows.filter(({ topic, identity }) => topic === own('ox-1', 'status') && identity === 'device:ox-1'),
    ).toHaveLength(20);
  });

  it('gives overlapping subscriptions one copy, and nothing again on reconnect', async () => {
    harness = await createHarness();
    const options = { clean: false, clientId: 'overlap' };
    const service = await harness.connect('relay', options);
    const received = collect(service);
    await service.subscribeAsync(['vigie/#', 'vigie/v1/#', own('ox-1')], { qos: 1 });
    const client = await harness.connect('ox-1');
    await Promise.all(Array.from({ length: 100 }, (_, i) => client.publishAsync(own('ox-1'), `${i}`, { qos: 1 })));
    await until('100 messages', () => received.length >= 100);
    await client.publishAsync(own('ox-1'), 'last', { qos: 1 });
    await until('the last', () => received.some(({ payload }) => payload.toString() === 'last'));
    expect(received).toHaveLength(101);
    await service.endAsync();
    const again = await harness.connect('relay', options);
    const redelivered = collect(again);
    await client.publishAsync(own('ox-1'), 'after', { qos: 1 });
    await until('the next', () => redelivered.some(({ payload }) => payload.toString() === 'after'));
    expect(redelivered).toHaveLength(1);
  });

  it('queues for a disconnected service up to the bound, then drops and counts', async () => {
    harness = await createHarness({ limits: { queued: 10 } });
    const service = await harness.connect('relay', { clean: false, clientId: 'away' });
    await service.subscribeAsync('vigie/v1/#', { qos: 1 });
    await service.endAsync();
    await until('the session to be offline', () => harness.broker.stats().offlineSessions === 1);
    const client = await harness.connect('ox-1');
    for (let i = 0; i < 25; i++) await client.publishAsync(own('ox-1'), `${i}`, { qos: 1 });
    expect(harness.inbox.rows).toHaveLength(25);
    await until('15 drops', async () =>
      (await harness.metric('vigie_mqtt_dropped_total')).some(
        ({ labels, value }) => labels.what === 'queued' && value === 15,
      ),
    );
    const peer = await harness.raw();
    peer.send(connectPacket('relay', { clean: false, clientId: 'away' }));
    const delivered = (): Packet[] => peer.packets.filter(({ cmd }) => cmd === 'publish');
    await until('the queue', () => delivered().length === 10);
  });

  it('refuses $share to everybody and wide filters to devices', async () => {
    harness = await createHarness();
    const service = await harness.connect('relay');
    const client = await harness.connect('ox-1');
    expect(await granted(service, '$share/vigie/#')).toBe(128);
    expect(await granted(service, '#')).toBe(1);
    for (const filter of ['#', '+/#', '$SYS/#', own('ox-2', 'commands/#'), own('ox-1', '#')])
      expect([filter, await granted(client, filter)]).toEqual([filter, 128]);
    expect(await granted(client, own('ox-1', 'commands/#'))).toBe(1);
  });

  it('bounds the number and the depth of subscriptions, and gives a place back on unsubscribe', async () => {
    harness = await createHarness({ limits: { subscriptionsPer: { device: 2, box: 2, service: 2 }, topicLevels: 8 } });
    const service = await harness.connect('relay');
    expect(await granted(service, 'a')).toBe(1);
    expect(await granted(service, 'b')).toBe(1);
    expect(await granted(service, 'c')).toBe(128);
    await service.unsubscribeAsync('a');
    expect(await granted(service, '1/2/3/4/5/6/7/8/9')).toBe(128);
    expect(await granted(service, 'c')).toBe(1);
  });

  it('closes the connection on the header of a 256 MB CONNECT, before any of it is gathered', async () => {
    harness = await createHarness();
    const peer = await harness.raw();
    peer.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await peer.closed;
    expect((await harness.metric('vigie_mqtt_refused_total'))[0]!.labels).toEqual({
      step: 'packet',
      reason: 'too_large',
    });
  });

  it('closes the connection on a PUBLISH larger than the limit, in one chunk or in many', async () => {
    harness = await createHarness({ limits: { packetBytes: 4_096 } });
    for (const bytes of [4_200, 10_000_000]) {
      const client = await harness.connect('ox-1');
      const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
      client.publish(own('ox-1'), Buffer.alloc(bytes), { qos: 1 });
      await gone;
    }
    const client = await harness.connect('ox-1');
    await client.publishAsync(own('ox-1'), Buffer.alloc(4_000), { qos: 1 });
    expect(harness.inbox.rows).toHaveLength(1);
  });

  it('a subscriber that does not read stalls nobody for longer than the drain timeout', async () => {
    harness = await createHarness({ limits: { drainTimeout: 300 } });
    const frozen = await harness.raw();
    frozen.send(connectPacket('relay'));
    frozen.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'vigie/#', qos: 0 }] } as Packet);
    await until('SUBACK', () => frozen.packets.some(({ cmd }) => cmd === 'suback'));
    frozen.socket.pause();
    const service = await harness.connect('relay');
    const received = collect(service);
    await service.subscribeAsync('vigie/#', { qos: 1 });
    const client = await harness.connect('ox-1');
    // The kernel takes up to about 40 MB for a peer that does not read; only then does the broker notice.
    const payload = Buffer.alloc(1024 * 1024);
    const services = (): number | undefined =>
      harness.broker.presence.list().find(({ identity }) => identity === 'service:relay')?.connections;
    let sent = 0;
    let slowest = 0;
    while (services() === 2 && sent < 200) {
      const begin = Date.now();
      await client.publishAsync(own('ox-1'), payload, { qos: 1 });
      const count = ++sent;
      await until('the message at the other subscriber', () => received.length >= count, { every: 5 });
      slowest = Math.max(slowest, Date.now() - begin);
    }
    expect(services()).toBe(1);
    expect(received).toHaveLength(sent);
    expect(slowest).toBeLessThan(2_000);
  });

  it('closes a connection that holds more QoS 2 messages open than allowed', async () => {
    harness = await createHarness({ limits: { inflight: 3 } });
    const peer = await harness.raw();
    peer.send(connectPacket('ox-1'));
    await until('CONNACK', () => peer.packets.length === 1);
    for (let messageId = 1; messageId <= 5; messageId++)
      peer.send({ cmd: 'publish', topic: own('ox-1'), payload: 'x', qos: 2, messageId, dup: false, retain: false });
    await peer.closed;
  });

  it('slows a fast sender down to its rate and loses nothing', async () => {
    harness = await createHarness({
      limits: { messagesPerSecond: { device: 200, box: 0, service: 0 }, burstSeconds: 0.1 },
    });
    const client = await harness.connect('ox-1');
    const begin = Date.now();
    await Promise.all(Array.from({ length: 120 }, (_, i) => client.publishAsync(own('ox-1'), `${i}`, { qos: 1 })));
    expect(Date.now() - begin).toBeGreaterThan(400);
    expect(harness.inbox.rows.map(({ payload }) => Number(Buffer.from(payload)))).toEqual([...Array(120).keys()]);
  });
});
