import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '../../../platform/log.js';
import { demoProvisioning } from '../../../simulators/demo-provisioning.js';
import { type Fleet, startFleet } from '../../../simulators/fleet.js';
import { replayRecording } from '../../../simulators/replay.js';
import { until } from '../../support/until.js';

interface Heard {
  readonly username: string;
  readonly clientId: string;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
}

/** An MQTT broker that knows the passwords and writes down what it hears. */
const listen = async (passwords: ReadonlyMap<string, string>, port = 0) => {
  const broker = await Aedes.createBroker();
  const users = new Map<string, string>();
  const heard: Heard[] = [];
  const sockets = new Set<Socket>();
  broker.authenticate = (client, username, password, done) => {
    if (username !== undefined) users.set(client.id, username);
    const known = username !== undefined && passwords.get(username) === password?.toString();
    done(known ? null : Object.assign(new Error('refused'), { returnCode: 4 }), known);
  };
  broker.authorizePublish = (client, packet, done) => {
    const { topic, payload, qos, retain } = packet;
    if (client)
      heard.push({
        username: users.get(client.id) ?? '',
        clientId: client.id,
        topic,
        payload: Buffer.from(payload),
        qos,
        retain,
      });
    done(null);
  };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    broker.handle(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => broker.close(resolve));
    },
  };
};

const provisioning = demoProvisioning({ seed: '7', residents: 9, homes: 2 });
const passwords = new Map(
  [...provisioning.boxes, ...provisioning.devices].flatMap(({ username, password }) =>
    username !== undefined && password !== undefined ? [[username, password] as const] : [],
  ),
);

let running: { fleet?: Fleet; broker?: Awaited<ReturnType<typeof listen>> } = {};
afterEach(async () => {
  await running.fleet?.stop();
  await running.broker?.close();
  running = {};
});

describe('a fleet on a broker', () => {
  it('connects each identity with its own password and gives everybody values within seconds', async () => {
    const broker = await listen(passwords);
    const fleet = await startFleet({
      brokerUrl: `mqtt://127.0.0.1:${broker.port}`,
      provisioning,
      seed: '7',
      speed: 8,
      log: silentLog,
      history: 0,
    });
    running = { fleet, broker };
    expect(fleet.counts()).toMatchObject({ identities: passwords.size, connected: passwords.size });

    const oximeters = provisioning.devices.filter((device) => device.model === 'pulse-oximeter');
    await until('a spot check of every resident', () =>
      oximeters.every(({ identifiers }) =>
        broker.heard.some(({ topic }) => topic.endsWith(`/${identifiers[0]}/1822/2a5e`)),
      ),
    );
    await until('a message of every wearable', () =>
      provisioning.devices
        .filter((device) => device.model === 'wearable')
        .every(({ id, site, username }) =>
          broker.heard.some((each) => each.topic === `vigie/v1/${site}/${id}/readings` && each.username === username),
        ),
    );
    for (const { topic, username, qos, retain } of broker.heard) {
      expect(qos).toBe(1);
      expect(retain).toBe(topic.endsWith('/availability') || topic === 'zigbee2mqtt/bridge/state');
      if (topic.startsWith('gatt/')) expect(topic.split('/')[1]).toBe(username);
    }

    await fleet.stop();
    const { sent, acknowledged, waiting, dropped } = fleet.counts();
    expect({ acknowledged, waiting, dropped }).toEqual({ acknowledged: sent, waiting: 0, dropped: 0 });
  });

  it('keeps what it measures while the broker is away and sends it afterwards', async () => {
    const first = await listen(passwords);
    const fleet = await startFleet({
      brokerUrl: `mqtt://127.0.0.1:${first.port}`,
      provisioning,
      seed: '7',
      speed: 10,
      log: silentLog,
      history: 0,
    });
    running = { fleet, broker: first };
    const topic = 'vigie/v1/les-mirabelles/mo-003/readings';
    const numbers = (heard: readonly Heard[]): number[] =>
      heard
        .filter((each) => each.topic === topic)
        .map(({ payload }) => (JSON.parse(payload.toString()) as { seq: number }).seq);
    await until('some messages', () => numbers(first.heard).length >= 3);
    await first.close();
    delete running.broker;
    await until('messages in memory', () => fleet.counts().connected === 0 && fleet.counts().waiting > 20);
    const second = await listen(passwords, first.port);
    running.broker = second;
    await until(
      'the memory to be sent',
      () => fleet.counts().connected === passwords.size && fleet.counts().waiting < 5,
    );

    const all = [...new Set([...numbers(first.heard), ...numbers(second.heard)])].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: all.length }, (_, index) => (all[0] ?? 0) + index));
    expect(fleet.counts().dropped).toBe(0);
  });

  it('runs beside another fleet of the same identities without taking its sessions', async () => {
    const broker = await listen(passwords);
    const options = {
      brokerUrl: `mqtt://127.0.0.1:${broker.port}`,
      provisioning,
      seed: '7',
      log: silentLog,
      history: 0,
    };
    const demo = await startFleet(options);
    running = { fleet: demo, broker };
    const beside = await startFleet({
      ...options,
      clientSuffix: '~fall',
      only: (device) => device.assignedTo.resident === 'r-007',
    });
    try {
      await until('a word of the second fleet', () => broker.heard.some(({ clientId }) => clientId.endsWith('~fall')));
      expect(demo.counts().connected).toBe(passwords.size);
      expect(beside.counts().identities).toBeLessThan(5);
    } finally {
      await beside.stop();
    }
  });

  it('starts without a broker and says so by its counts', async () => {
    const gone = await listen(passwords);
    await gone.close();
    const box = provisioning.boxes[0]?.id;
    const fleet = await startFleet({
      brokerUrl: `mqtt://127.0.0.1:${gone.port}`,
      provisioning: {
        ...provisioning,
        boxes: provisioning.boxes.slice(0, 1),
        devices: provisioning.devices.slice(0, 1),
      },
      seed: '7',
      log: silentLog,
      history: 0,
    });
    running = { fleet };
    expect(box).toBeDefined();
    expect(fleet.counts().connected).toBe(0);
  });

  it('replays a recording with its times moved to now', async () => {
    const broker = await listen(passwords);
    running = { broker };
    const [username = '', password = ''] = [...passwords][0] ?? [];
    const corpus = new URL('../../fixtures/corpus/zigbee2mqtt.json', import.meta.url).pathname;
    const before = Date.now();
    const counts = await replayRecording(corpus, {
      brokerUrl: `mqtt://127.0.0.1:${broker.port}`,
      username,
      password,
      longestGap: 5,
      log: silentLog,
    });
    expect(counts).toEqual({ sent: 26, acknowledged: 26, waiting: 0, dropped: 0 });
    expect(broker.heard).toHaveLength(26);
    const dated = broker.heard
      .map(({ payload }) => /"last_seen":"([^"]+)"/.exec(payload.toString())?.[1])
      .find(Boolean);
    expect(Math.abs(Date.parse(dated ?? '') - before)).toBeLessThan(3_600_000);
  });

  it('gives up a replay that no broker takes', async () => {
    const broker = await listen(new Map());
    running = { broker };
    const corpus = new URL('../../fixtures/corpus/zigbee2mqtt.json', import.meta.url).pathname;
    const replay = replayRecording(corpus, {
      brokerUrl: `mqtt://127.0.0.1:${broker.port}`,
      log: silentLog,
      username: 'x',
      password: 'y',
    });
    await expect(replay).rejects.toMatchObject({ code: 'replay.unreachable' });
  });
});
