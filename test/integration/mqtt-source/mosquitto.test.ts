import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Aedes } from 'aedes';
import { createServer, type AddressInfo } from 'node:net';
import { connectAsync, type MqttClient } from 'mqtt';
import { startMqttSource, type MqttSource, type MqttSourceOptions } from '../../../gateway/sources/mqtt.js';
import { silentLog } from '../../../platform/log.js';
import { openStore } from '../../../platform/store/db.js';
import { openInbox } from '../../../platform/store/inbox.js';
import { createFakeInbox } from '../../contract/broker/harness.js';
import { startMosquitto, type Mosquitto } from '../../support/mosquitto.js';
import { startProgram } from '../../support/program.js';
import { until } from '../../support/until.js';

const READINGS = 'vigie/v1/s1/ox-1/readings';
const EVENTS = 'vigie/v1/s1/ox-1/events';
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const subscriber = new URL('./subscriber.ts', import.meta.url).pathname;

describe('source mqtt on a real Mosquitto', () => {
  let mosquitto: Mosquitto;
  let sources: MqttSource[];
  let publishers: MqttClient[];
  beforeEach(async () => {
    sources = [];
    publishers = [];
    mosquitto = await startMosquitto();
  });
  afterEach(async () => {
    for (const client of publishers) client.end(true);
    await Promise.all(sources.map((source) => source.close()));
    await mosquitto.close();
  });

  const start = async (options: Partial<MqttSourceOptions> = {}) => {
    const inbox = createFakeInbox();
    const source = await startMqttSource({
      url: mosquitto.url,
      shareGroup: 'vigie',
      clientId: 'vigie-test',
      inbox,
      log: silentLog,
      ...options,
    });
    sources.push(source);
    await until('the source to be subscribed', () => source.health().state === 'ok');
    return { inbox, source };
  };
  const publisher = async (): Promise<MqttClient> => {
    const client = await connectAsync(mosquitto.url, {
      clean: false,
      clientId: 'sender',
      protocolVersion: 4,
      reconnectPeriod: 100,
    });
    client.on('error', () => {});
    publishers.push(client);
    return client;
  };
  /** Publishes `count` numbered messages, each until the broker has acknowledged it, as a device does. */
  const publishAll = async (client: MqttClient, count: number, pause: number): Promise<Set<string>> => {
    const acknowledged = new Set<string>();
    const send = async (id: string, topic: string): Promise<void> => {
      while (!acknowledged.has(id))
        await client.publishAsync(topic, id, { qos: 1 }).then(
          () => acknowledged.add(id),
          () => new Promise((resolve) => setTimeout(resolve, 50)),
        );
    };
    const sending: Promise<void>[] = [];
    for (let i = 0; i < count; i++) {
      sending.push(send(`${i}`, i % 10 === 0 ? EVENTS : READINGS));
      if (i % 50 === 49) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    await Promise.all(sending);
    return acknowledged;
  };

  it.each<[4 | 5, string]>([
    [5, 'vigie'],
    [5, ''],
    [4, 'vigie'],
    [4, ''],
  ])(
    'MQTT %s, share group "%s": takes every message once, with its site, lane and identity',
    async (protocolVersion, shareGroup) => {
      const { inbox } = await start({ protocolVersion, shareGroup });
      const client = await publisher();
      await client.publishAsync(READINGS, 'a', { qos: 1 });
      await client.publishAsync(EVENTS, 'b', { qos: 1 });
      await client.publishAsync('site/s2/zigbee2mqtt/button', 'c', { qos: 1 });
      await client.publishAsync('site/s2/zigbee2mqtt/button', 'd', { qos: 0 });
      const rows = await until('four rows', () => inbox.rows.length === 4 && inbox.rows);
      const said = rows.map(
        ({ payload, site, topic, lane, identity }) => `${Buffer.from(payload)} ${site} ${topic} ${lane} ${identity}`,
      );
      expect(said.sort()).toEqual([
        `a s1 ${READINGS} 1 mqtt:foreign`,
        `b s1 ${EVENTS} 0 mqtt:foreign`,
        'c s2 zigbee2mqtt/button 1 mqtt:foreign',
        'd s2 zigbee2mqtt/button 1 mqtt:foreign',
      ]);
    },
  );

  it('marks what the broker had kept as retained, and what is published now as live', async () => {
    const client = await publisher();
    await client.publishAsync('site/s1/shellies/x/online', 'old', { qos: 1, retain: true });
    const { inbox } = await start({ shareGroup: '' });
    await client.publishAsync('site/s1/shellies/x/online', 'new', { qos: 1, retain: true });
    await until('both', () => inbox.rows.length === 2);
    expect(inbox.rows.map(({ payload, retained }) => `${Buffer.from(payload)} ${retained}`)).toEqual([
      'old true',
      'new false',
    ]);
  });

  it.each<4 | 5>([5, 4])(
    'MQTT %s: acknowledges nothing before the commit, so that the broker delivers it again',
    async (protocolVersion) => {
      const { inbox, source } = await start({ protocolVersion });
      inbox.hold();
      const client = await publisher();
      await client.publishAsync(READINGS, 'kept', { qos: 1 });
      await until('the append to have begun', () => inbox.appends === 1);
      // A gateway that dies here: nothing was committed.
      const dying = source.close();
      const second = await start({ protocolVersion }); // takes over the session
      await until('the message again', () => second.inbox.rows.length === 1);
      expect(second.inbox.rows[0]).toMatchObject({ dup: true });
      inbox.release();
      await dying;
    },
  );

  it('an alarm does not wait behind a backlog that cannot be stored', async () => {
    const { inbox } = await start();
    const append = inbox.append;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    inbox.append = async (messages) => {
      if (messages[0]!.lane === 1) await held;
      return append(messages);
    };
    const client = await publisher();
    await Promise.all(Array.from({ length: 600 }, () => client.publishAsync(READINGS, 'x', { qos: 1 })));
    await client.publishAsync(EVENTS, 'sos', { qos: 1 });
    await until('the alarm', () => inbox.rows.some(({ lane }) => lane === 0));
    expect(inbox.rows).toHaveLength(1);
    release();
    await until('the backlog', () => inbox.rows.length >= 601);
  });

  it('comes back when the store failed for longer than it waits, and everything is stored in the end', async () => {
    const { inbox } = await start();
    inbox.failure = new Error('disk full');
    const client = await publisher();
    await Promise.all(Array.from({ length: 50 }, (_, i) => client.publishAsync(READINGS, `${i}`, { qos: 1 })));
    await until('a failed append', () => inbox.appends > 2);
    expect(sources[0]!.health()).toMatchObject({ state: 'degraded' });
    inbox.failure = null;
    await until('50 messages', () => new Set(inbox.rows.map(({ payload }) => `${Buffer.from(payload)}`)).size === 50);
  });

  it.each(['stop', 'kill'] as const)('loses nothing through broker restarts (%s)', async (end) => {
    // Plain subscriptions: Mosquitto 2.0.11 forgets shared ones when it restarts (docs/mqtt.md).
    const { inbox } = await start({ shareGroup: '' });
    const client = await publisher();
    const publishing = publishAll(client, 1_500, 60);
    for (let i = 0; i < 3; i++) {
      const before = inbox.rows.length;
      await until('some progress', () => inbox.rows.length > before + 50);
      await mosquitto[end]();
      await mosquitto.start();
    }
    const acknowledged = await publishing;
    const missing = (): string[] => {
      const stored = new Set(inbox.rows.map(({ payload }) => `${Buffer.from(payload)}`));
      return [...acknowledged].filter((id) => !stored.has(id));
    };
    await until('every acknowledged message', () => missing().length === 0, { timeout: 10_000 }).catch(() => {});
    expect(missing()).toEqual([]);
    expect(acknowledged.size).toBe(1_500);
  });

  it.each<4 | 5>([5, 4])(
    'MQTT %s: loses nothing when the gateway is killed -9 in mid-stream',
    async (protocolVersion) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'vigie-source-'));
      const launch = async () => {
        const child = startProgram(process.execPath, [
          '--import',
          tsx,
          subscriber,
          mosquitto.url,
          dataDir,
          `${protocolVersion}`,
        ]);
        await until('the subscriber to run', () => child.output().includes('started'));
        return child;
      };
      let child = await launch();
      const store = await openStore({ dataDir });
      const inbox = await openInbox(store);
      const stored = async (): Promise<Set<string>> => {
        const lanes = await Promise.all(
          ([0, 1] as const).map((lane) => inbox.read({ partition: 0, lane, after: 0, limit: 100_000 })),
        );
        return new Set(lanes.flat().map(({ payload }) => `${Buffer.from(payload)}`));
      };
      const client = await publisher();
      await until('the first message', async () => {
        await client.publishAsync(READINGS, 'first', { qos: 1 });
        return (await stored()).size > 0;
      });
      const publishing = publishAll(client, 3_000, 60);
      for (let i = 0; i < 3; i++) {
        const before = (await stored()).size;
        await until('some progress', async () => (await stored()).size > before + 20);
        await child.stop('SIGKILL');
        child = await launch();
      }
      const acknowledged = await publishing;
      await until(
        'every acknowledged message',
        async () => {
          const found = await stored();
          return [...acknowledged].every((id) => found.has(id));
        },
        { timeout: 30_000 },
      );
      expect(acknowledged.size).toBe(3_000);
      await child.stop('SIGKILL');
      await inbox.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  );

  it('speaks MQTT 3.1.1 to a broker that refuses MQTT 5', async () => {
    const old = await Aedes.createBroker();
    const server = createServer((socket) => void old.handle(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { inbox, source } = await start({ url, shareGroup: '' });
    await new Promise<void>((resolve) =>
      old.publish({ cmd: 'publish', topic: READINGS, payload: 'x', qos: 1, dup: false, retain: false }, () =>
        resolve(),
      ),
    );
    await until('the message', () => inbox.rows.length === 1);
    await source.close();
    await new Promise<void>((resolve) => old.close(() => resolve()));
    server.close();
  });

  it('says what is wrong while the broker is away, and recovers', async () => {
    const { source, inbox } = await start();
    await mosquitto.kill();
    await until('the fault', () => source.health().state === 'degraded');
    await mosquitto.start();
    await until('recovery', () => source.health().state === 'ok');
    const client = await publisher();
    await client.publishAsync(READINGS, 'x', { qos: 1 });
    await until('the message', () => inbox.rows.length === 1);
  });
});
