import { afterEach, describe, expect, it } from '@jest/globals';
import type { MqttClient } from 'mqtt';
import type { Packet } from 'mqtt-packet';
import type { Refusal } from '../../../broker/refusals.js';
import { until } from '../../support/until.js';
import { connectPacket, createHarness, own, type Harness } from './harness.js';

const refusedCode = (connecting: Promise<unknown>): Promise<number | undefined> =>
  connecting.then(
    () => 0,
    (error: { code?: number }) => error.code,
  );
const closed = (client: MqttClient): Promise<void> => new Promise((resolve) => client.once('close', () => resolve()));

describe('identities', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('refuses a wrong password, an unknown name and an anonymous client, counted and audited without the password', async () => {
    const audited: Refusal[] = [];
    harness = await createHarness({ audit: (refusal) => void audited.push(refusal) });
    expect(await refusedCode(harness.connect('ox-1', { password: 'wrong' }))).toBe(4);
    expect(await refusedCode(harness.connect('nobody'))).toBe(4);
    expect(await refusedCode(harness.connect('', { username: undefined, password: undefined } as never))).toBe(5);
    expect(harness.verified).toEqual(['wrong', 'secret']); // an unknown name costs a verification as well
    expect(audited.map(({ step, reason }) => `${step} ${reason}`)).toEqual([
      'connect bad_credentials',
      'connect bad_credentials',
      'connect no_credentials',
    ]);
    expect(JSON.stringify(audited)).not.toMatch(/wrong|secret/);
  });

  it('makes each wrong password slower than the one before, for that address and name only', async () => {
    harness = await createHarness();
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      const begin = Date.now();
      await refusedCode(harness.connect('ox-1', { password: `wrong-${i}` }));
      times.push(Date.now() - begin);
    }
    expect(times[1]).toBeGreaterThanOrEqual(240);
    expect(times[2]).toBeGreaterThanOrEqual(490);
    const begin = Date.now();
    await harness.connect('ox-2');
    expect(Date.now() - begin).toBeLessThan(240);
    await harness.connect('ox-1'); // the right password still opens
  });

  it('verifies a password once per process, and again when the stored hash changes', async () => {
    let hash = 'hash:secret';
    harness = await createHarness();
    const identities = { ...harness.settings.identities };
    await harness.stop();
    harness = await createHarness({
      identities: {
        ...identities,
        byUsername: async (name) => ({ ...(await identities.byUsername(name))!, passwordHash: hash }),
      },
    });
    await harness.connect('ox-1');
    await harness.connect('ox-1');
    expect(harness.settings.verifyPassword).toBeDefined();
    expect(harness.verified).toHaveLength(1);
    hash = 'hash:other';
    expect(await refusedCode(harness.connect('ox-1'))).toBe(4);
  });

  it('asks the client to come back later when the store of identities does not answer', async () => {
    harness = await createHarness({
      identities: { byUsername: () => Promise.reject(new Error('down')), byCertificate: async () => null },
    });
    expect(await refusedCode(harness.connect('ox-1'))).toBe(3);
  });

  it('refuses an MQTT 5 CONNECT in the words of MQTT 5', async () => {
    harness = await createHarness();
    expect(await refusedCode(harness.connect('ox-1', { protocolVersion: 5 }))).toBe(0x84);
  });

  it('refuses an empty client id that asks for a session, and one that is too long', async () => {
    harness = await createHarness();
    for (const clientId of ['', 'x'.repeat(300)]) {
      const peer = await harness.raw();
      peer.send(connectPacket('ox-1', { clientId: clientId === '' ? 'a' : clientId, clean: clientId !== '' }));
      if (clientId !== '') {
        await peer.closed;
        expect(peer.packets).toMatchObject([{ cmd: 'connack', returnCode: 2 }]);
      }
    }
    const peer = await harness.raw();
    // mqtt-packet does not write an empty client id without a clean session, so these are the bytes.
    peer.socket.write(Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 30, 0, 0]));
    await peer.closed;
    expect(peer.packets).toMatchObject([{ cmd: 'connack', returnCode: 2 }]);
  });

  it('a publish outside its own topics gets no PUBACK and no row; the first is audited, the rest counted', async () => {
    const audited: Refusal[] = [];
    harness = await createHarness({ audit: (refusal) => void audited.push(refusal) });
    for (let i = 0; i < 3; i++) {
      const client = await harness.connect('ox-1');
      const gone = closed(client);
      client.publish(own('ox-2'), '{}', { qos: 1 });
      await gone;
    }
    expect(harness.inbox.rows).toEqual([]);
    expect(audited).toMatchObject([{ step: 'publish', reason: 'not_own', who: 'device:ox-1', count: 1 }]);
    expect((await harness.metric('vigie_mqtt_refused_total'))[0]!.value).toBe(3);
  });

  it('refuses a last will outside its own topics', async () => {
    harness = await createHarness();
    const will = { topic: own('ox-2', 'events'), payload: Buffer.from('{}'), qos: 1 as const, retain: false };
    const client = await harness.connect('ox-1', { will });
    client.stream.destroy();
    await until('the refusal', async () => (await harness.metric('vigie_mqtt_refused_total')).length === 1);
    expect(harness.inbox.rows).toEqual([]);
  });

  it('a client takes over its own earlier connection, and never the one of another identity', async () => {
    harness = await createHarness();
    const first = await harness.connect('ox-1', { clientId: 'same' });
    const stranger = await harness.connect('ox-2', { clientId: 'same' });
    const gone = closed(first);
    const second = await harness.connect('ox-1', { clientId: 'same' });
    await gone;
    expect([stranger.connected, second.connected]).toEqual([true, true]);
    await second.publishAsync(own('ox-1'), '{}', { qos: 1 });
    expect(harness.broker.presence.isConnected('device:ox-1')).toBe(true);
  });

  it('knows who is connected and says when that changes', async () => {
    const changes: string[] = [];
    harness = await createHarness({
      onPresence: ({ identity, connected }) => changes.push(`${identity.id} ${connected ? 'on' : 'off'}`),
    });
    const client = await harness.connect('ox-1');
    await harness.connect('ox-1');
    expect(harness.broker.presence.list()).toMatchObject([
      { identity: 'device:ox-1', site: 'les-tilleuls', connections: 2 },
    ]);
    await client.endAsync();
    await until('one connection', () => harness.broker.presence.list()[0]?.connections === 1);
    harness.broker.disconnect('device:ox-1');
    await until('nobody', () => harness.broker.presence.list().length === 0);
    expect(changes).toEqual(['ox-1 on', 'ox-1 off']);
  });

  it('closes the oldest connection of an identity that has too many, and refuses connections beyond the total', async () => {
    harness = await createHarness({ limits: { connectionsPer: { device: 2, box: 2, service: 2 }, connections: 3 } });
    const first = await harness.connect('ox-1');
    const gone = closed(first);
    await harness.connect('ox-1');
    await harness.connect('ox-1');
    await gone;
    await harness.connect('ox-2');
    const peer = await harness.raw();
    await peer.closed;
    expect(harness.broker.stats().connections).toBe(3);
  });

  it('does not publish the wills of its clients when the broker itself stops', async () => {
    harness = await createHarness();
    await harness.connect('ox-1', {
      will: { topic: own('ox-1', 'status'), payload: Buffer.from('off'), qos: 1, retain: false },
    });
    await harness.broker.close();
    expect(harness.inbox.rows).toEqual([]);
  });
});

describe('state that outlives the broker', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  it('saves a retained message before PUBACK, gives it to services, and again after a restart', async () => {
    harness = await createHarness();
    const client = await harness.connect('ox-1');
    await client.publishAsync(own('ox-1', 'status'), 'online', { qos: 1, retain: true });
    expect([...harness.retained.kept.keys()]).toEqual([own('ox-1', 'status')]);
    expect(harness.inbox.rows.map(({ retained }) => retained)).toEqual([false]); // it was live
    const { retained } = harness;
    await harness.stop();
    harness = await createHarness({ retainedStore: retained });
    const service = await harness.connect('relay');
    const received: string[] = [];
    service.on('message', (topic, payload, { retain }) => received.push(`${topic} ${payload} ${retain}`));
    await service.subscribeAsync('vigie/#', { qos: 1 });
    await until('the retained message', () => received.length === 1);
    expect(received).toEqual([`${own('ox-1', 'status')} online true`]);
    expect(harness.inbox.rows).toEqual([]); // published again by us, not received again
    const device = await harness.connect('ox-1');
    await device.publishAsync(own('ox-1', 'status'), '', { qos: 1, retain: true });
    expect(retained.kept.size).toBe(0);
  });

  it('keeps a command until the device has acknowledged it, and gives them one at a time in order', async () => {
    harness = await createHarness();
    const service = await harness.connect('relay');
    await service.publishAsync(own('ox-1', 'commands/led'), 'first', { qos: 1 });
    await harness.broker.publish({ topic: own('ox-1', 'commands/led'), payload: Buffer.from('second') });
    expect(harness.inbox.rows).toEqual([]);

    const peer = await harness.raw();
    const publishes = (): Packet[] => peer.packets.filter(({ cmd }) => cmd === 'publish');
    peer.send(connectPacket('ox-1'));
    peer.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: own('ox-1', 'commands/#'), qos: 1 }],
    } as Packet);
    await until('the first command', () => publishes().length === 1);
    expect(harness.commands.waiting.map(({ sentAt }) => sentAt)).toEqual([null, null]);
    peer.socket.destroy(); // never acknowledged: must come again

    const client = await harness.connect('ox-1');
    const received: string[] = [];
    client.on('message', (_topic, payload) => received.push(payload.toString()));
    await client.subscribeAsync(own('ox-1', 'commands/#'), { qos: 1 });
    await until('both marked', () => harness.commands.waiting.every(({ sentAt }) => sentAt !== null));
    await service.publishAsync(own('ox-1', 'commands/led'), 'third', { qos: 1 });
    await until('the third', () => received.length === 3);
    expect(received).toEqual(['first', 'second', 'third']);
  });
});
