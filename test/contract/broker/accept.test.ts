import { afterEach, describe, expect, it } from '@jest/globals';
import type { Packet } from 'mqtt-packet';
import { until } from '../../support/until.js';
import { connectPacket, createHarness, own, type Harness, SITE } from './harness.js';

const publishPacket = (topic: string, messageId: number, more: object = {}): Packet =>
  ({ cmd: 'publish', topic, payload: '{}', qos: 1, messageId, dup: false, retain: false, ...more }) as Packet;
const acks = (packets: Packet[], cmd: string): Packet[] => packets.filter((packet) => packet.cmd === cmd);

describe('accept: stored, then acknowledged', () => {
  let harness: Harness;
  afterEach(() => harness.stop());

  const rawDevice = async () => {
    const peer = await harness.raw();
    peer.send(connectPacket('ox-1'));
    await until('CONNACK', () => acks(peer.packets, 'connack').length === 1);
    return peer;
  };

  it('writes PUBACK only after the append has resolved', async () => {
    harness = await createHarness();
    const peer = await rawDevice();
    harness.inbox.hold();
    peer.send(publishPacket(own('ox-1'), 7));
    await until('the append to have begun', () => harness.inbox.appends === 1);
    peer.send({ cmd: 'pingreq' });
    expect(acks(peer.packets, 'puback')).toHaveLength(0);
    harness.inbox.release();
    await until('PUBACK', () => acks(peer.packets, 'puback').length === 1);
    expect(harness.inbox.rows).toHaveLength(1);
  });

  it('writes PUBREC only after the append has resolved, and stores a repeated QoS 2 publish with its DUP flag', async () => {
    harness = await createHarness();
    const peer = await rawDevice();
    harness.inbox.hold();
    peer.send(publishPacket(own('ox-1'), 9, { qos: 2 }));
    await until('the append to have begun', () => harness.inbox.appends === 1);
    expect(acks(peer.packets, 'pubrec')).toHaveLength(0);
    harness.inbox.release();
    await until('PUBREC', () => acks(peer.packets, 'pubrec').length === 1);
    peer.send(publishPacket(own('ox-1'), 9, { qos: 2, dup: true }));
    await until('second PUBREC', () => acks(peer.packets, 'pubrec').length === 2);
    expect(harness.inbox.rows.map(({ dup }) => dup)).toEqual([false, true]);
    peer.send({ cmd: 'pubrel', messageId: 9 });
    await until('PUBCOMP', () => acks(peer.packets, 'pubcomp').length === 1);
  });

  it('stores the message byte for byte with its identity, site and lane', async () => {
    let clock = 1_790_000_000_000;
    harness = await createHarness({ now: () => clock++ });
    const client = await harness.connect('ox-1');
    const payload = Buffer.from([0, 255, 1, 128]);
    await client.publishAsync(own('ox-1', 'events'), payload, { qos: 1 });
    await client.publishAsync(own('ox-1'), payload, { qos: 0 });
    const rows = await until('both rows', () => harness.inbox.rows.length === 2 && harness.inbox.rows);
    expect(rows.map(({ lane }) => lane)).toEqual([0, 1]);
    expect(rows[0]).toMatchObject({ site: SITE, identity: 'device:ox-1', topic: own('ox-1', 'events'), dup: false });
    expect(rows[0]!.receivedAt).toBeGreaterThanOrEqual(1_790_000_000_000);
    expect([...rows[0]!.payload]).toEqual([0, 255, 1, 128]);
    expect((await harness.metric('vigie_messages_accepted_total'))[0]!.value).toBe(2);
  });

  it('shares one commit between messages that wait for it', async () => {
    harness = await createHarness();
    const client = await harness.connect('ox-1');
    await Promise.all(Array.from({ length: 500 }, () => client.publishAsync(own('ox-1'), '{}', { qos: 1 })));
    expect(harness.inbox.rows).toHaveLength(500);
    expect(harness.inbox.appends).toBeLessThan(250);
  });

  it('keeps an alarm from waiting behind the commit of a backlog', async () => {
    harness = await createHarness();
    const client = await harness.connect('ox-1');
    const slow = harness.inbox.append;
    let backlog = (): void => {};
    harness.inbox.append = async (messages) => {
      if (messages[0]!.lane === 1) await new Promise<void>((resolve) => (backlog = resolve));
      return slow(messages);
    };
    // The intake reads `inbox.append` at each call.
    const reading = client.publishAsync(own('ox-1'), '{}', { qos: 1 });
    const other = await harness.connect('ox-2');
    await other.publishAsync(own('ox-2', 'events'), '{}', { qos: 1 });
    expect(harness.inbox.rows.map(({ lane }) => lane)).toEqual([0]);
    backlog();
    await reading;
  });

  it('holds the acknowledgement while the disk is full, tells it once, and goes on by itself', async () => {
    harness = await createHarness();
    const client = await harness.connect('ox-1');
    harness.inbox.failure = new Error('disk full');
    const publishing = client.publishAsync(own('ox-1'), '{}', { qos: 1 });
    await until('a second attempt', () => harness.inbox.appends >= 2);
    expect(harness.broker.health().state).toBe('down');
    expect(harness.inbox.rows).toHaveLength(0);
    harness.inbox.failure = null;
    await publishing;
    expect(client.connected).toBe(true);
    expect(harness.inbox.rows).toHaveLength(1);
    expect(harness.storeEvents).toEqual(['disk full', 'recovered']);
    expect(harness.broker.health().state).toBe('ok');
  });

  it('gives up after its time: no PUBACK, the connection ends, and the message sent again is stored', async () => {
    harness = await createHarness({ giveUpAfter: 200 });
    const peer = await rawDevice();
    harness.inbox.failure = new Error('disk full');
    peer.send(publishPacket(own('ox-1'), 3));
    await peer.closed;
    expect(acks(peer.packets, 'puback')).toHaveLength(0);
    harness.inbox.failure = null;
    const again = await rawDevice();
    again.send(publishPacket(own('ox-1'), 3, { dup: true }));
    await until('PUBACK', () => acks(again.packets, 'puback').length === 1);
    expect(harness.inbox.rows.map(({ dup }) => dup)).toEqual([true]);
  });

  it('never acknowledges while a commit hangs, and lets go of the sender after its time', async () => {
    harness = await createHarness({ giveUpAfter: 200 });
    const peer = await rawDevice();
    harness.inbox.hold();
    peer.send(publishPacket(own('ox-1'), 3));
    await peer.closed;
    expect(acks(peer.packets, 'puback')).toHaveLength(0);
    expect(harness.storeEvents).toHaveLength(1);
  });

  it('keeps a QoS 0 sender connected when its message cannot be stored, and counts it', async () => {
    harness = await createHarness({ giveUpAfter: 100 });
    const client = await harness.connect('ox-1');
    harness.inbox.failure = new Error('disk full');
    await client.publishAsync(own('ox-1'), '{}', { qos: 0 });
    await until('the drop to be counted', async () =>
      (await harness.metric('vigie_mqtt_dropped_total')).some(({ labels }) => labels.what === 'qos0'),
    );
    expect(client.connected).toBe(true);
  });

  it('lets one message the store can never take hold back nobody else', async () => {
    harness = await createHarness({ giveUpAfter: 2_000 });
    harness.inbox.isPoison = ({ payload }) => Buffer.from(payload).toString() === 'poison';
    const bad = await harness.connect('ox-2');
    const gone = new Promise<void>((resolve) => bad.once('close', () => resolve()));
    bad.publish(own('ox-2'), 'poison', { qos: 1 });
    const client = await harness.connect('ox-1');
    await Promise.all(Array.from({ length: 50 }, () => client.publishAsync(own('ox-1'), '{}', { qos: 1 })));
    expect(harness.inbox.rows).toHaveLength(50);
    await gone;
  });

  it('keeps a message with an ill-formed topic, acknowledges it and ends the connection [MQTT-1.5.3-1]', async () => {
    harness = await createHarness();
    const peer = await rawDevice();
    const topic = Buffer.concat([Buffer.from(own('ox-1', '')), Buffer.from([0xff, 0x00, 0xfe])]);
    peer.send({ ...publishPacket('x', 5), topic } as never);
    await until('PUBACK', () => acks(peer.packets, 'puback').length === 1);
    await peer.closed;
    expect(harness.inbox.rows[0]!.topic).toBe(own('ox-1', '\uFFFD\uFFFD\uFFFD'));
  });

  it('accepts a payload of 1 MB', async () => {
    harness = await createHarness();
    const client = await harness.connect('ox-1');
    await client.publishAsync(own('ox-1'), Buffer.alloc(1024 * 1024, 65), { qos: 1 });
    expect(harness.inbox.rows[0]!.payload).toHaveLength(1024 * 1024);
  });

  it('acknowledges what is pending before it closes', async () => {
    harness = await createHarness();
    const client = await harness.connect('ox-1');
    harness.inbox.hold();
    const publishing = client.publishAsync(own('ox-1'), '{}', { qos: 1 });
    await until('the append to have begun', () => harness.inbox.appends === 1);
    const closing = harness.broker.close();
    harness.inbox.release();
    await publishing;
    await closing;
  });
});
