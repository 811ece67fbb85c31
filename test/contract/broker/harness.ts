import { connect as connectTcp, type Socket } from 'node:net';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { startBroker, type Broker, type BrokerOptions } from '../../../broker/broker.js';
import type { Command, CommandStore } from '../../../broker/commands.js';
import type { RetainedMessage, RetainedStore } from '../../../broker/retained.js';
import type { MqttIdentity } from '../../../domain/device.js';
import { silentLog } from '../../../platform/log.js';
import { createMetrics } from '../../../platform/metrics.js';
import type { IncomingMessage } from '../../../platform/store/inbox.js';

export const SITE = 'les-tilleuls';
export const device = (id: string): MqttIdentity => ({ kind: 'device', id, site: SITE });
export const own = (id: string, rest = 'readings'): string => `vigie/v1/${SITE}/${id}/${rest}`;

/** An inbox in memory that can be held, slowed or broken. */
export const createFakeInbox = () => {
  const rows: IncomingMessage[] = [];
  let gate: Promise<void> = Promise.resolve();
  let open = (): void => {};
  const inbox = {
    rows,
    appends: 0,
    /** When set, every append rejects with it. */
    failure: null as Error | null,
    /** Messages this returns true for can never be stored. */
    isPoison: (_message: IncomingMessage): boolean => false,
    hold(): void {
      gate = new Promise((resolve) => (open = resolve));
    },
    release: (): void => open(),
    async append(messages: readonly IncomingMessage[]): Promise<void> {
      inbox.appends++;
      await gate;
      if (inbox.failure) throw inbox.failure;
      if (messages.some((message) => inbox.isPoison(message))) throw new Error('poison');
      rows.push(...messages.map((message) => ({ ...message, payload: Uint8Array.from(message.payload) })));
    },
  };
  return inbox;
};
export type FakeInbox = ReturnType<typeof createFakeInbox>;

export const createFakeRetained = (): RetainedStore & { kept: Map<string, RetainedMessage> } => {
  const kept = new Map<string, RetainedMessage>();
  return {
    kept,
    all: async () => [...kept.values()],
    async save(message) {
      if (message.payload.length === 0) kept.delete(message.topic);
      else kept.set(message.topic, message);
    },
  };
};

export const createFakeCommands = (): CommandStore & {
  waiting: (Command & { device: string; sentAt: number | null })[];
} => {
  const waiting: (Command & { device: string; sentAt: number | null })[] = [];
  return {
    waiting,
    async queue({ device, topic, payload }) {
      waiting.push({ id: waiting.length + 1, device, topic, payload, sentAt: null });
    },
    pending: async (id) => waiting.filter(({ device, sentAt }) => device === id && sentAt === null),
    devicesWaiting: async () => [
      ...new Set(waiting.flatMap(({ device, sentAt }) => (sentAt === null ? [device] : []))),
    ],
    async markSent(id, at) {
      for (const command of waiting) if (command.id === id) command.sentAt = at;
    },
  };
};

/** Username → identity; everybody's password is `secret`. */
export const PEOPLE: Record<string, MqttIdentity> = {
  'ox-1': device('ox-1'),
  'ox-2': device('ox-2'),
  'box-1': { kind: 'box', id: 'box-1', site: SITE },
  relay: { kind: 'service', id: 'relay' },
};

export const createHarness = async (options: Partial<BrokerOptions> = {}) => {
  const inbox = createFakeInbox();
  const retained = createFakeRetained();
  const commands = createFakeCommands();
  const metrics = createMetrics();
  const clients: MqttClient[] = [];
  const sockets: Socket[] = [];
  const storeEvents: string[] = [];
  const verified: string[] = [];
  const settings: BrokerOptions = {
    listeners: { tcp: { host: '127.0.0.1', port: 0 } },
    inbox,
    identities: {
      async byUsername(username) {
        const identity = PEOPLE[username];
        return identity ? { identity, passwordHash: 'hash:secret' } : null;
      },
      byCertificate: async (name) => PEOPLE[name] ?? null,
    },
    async verifyPassword(hash, password) {
      verified.push(password);
      return hash === `hash:${password}`;
    },
    retainedStore: retained,
    commands,
    log: silentLog,
    metrics,
    onStoreError: (error) => storeEvents.push(error.message),
    onStoreRecovered: () => storeEvents.push('recovered'),
    ...options,
  };
  const broker: Broker = await startBroker(settings);

  return {
    broker,
    settings,
    inbox,
    retained,
    commands,
    metrics,
    storeEvents,
    verified,
    /** A connected mqtt.js client. `allowRetries` is off: a refusal rejects. */
    async connect(username: string, more: IClientOptions = {}): Promise<MqttClient> {
      const client = await connectAsync(
        `mqtt://127.0.0.1:${broker.ports.tcp}`,
        { username, password: 'secret', protocolVersion: 4, reconnectPeriod: 0, ...more },
        false,
      );
      client.on('error', () => {});
      clients.push(client);
      return client;
    },
    /** A bare socket with an MQTT packet parser. */
    async raw(): Promise<{ socket: Socket; packets: Packet[]; closed: Promise<void>; send(packet: Packet): void }> {
      const socket = connectTcp(broker.ports.tcp!, '127.0.0.1');
      sockets.push(socket);
      const packets: Packet[] = [];
      const parser = mqttPacket.parser({ protocolVersion: 4 });
      parser.on('packet', (packet) => packets.push(packet));
      socket.on('data', (chunk) => parser.parse(chunk));
      socket.on('error', () => {});
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      await new Promise((resolve) => socket.once('connect', resolve));
      return { socket, packets, closed, send: (packet) => void socket.write(mqttPacket.generate(packet)) };
    },
    metric: async (name: string): Promise<{ value: number; labels: Record<string, unknown> }[]> =>
      ((await metrics.registry.getSingleMetric(name)?.get())?.values ?? []) as never,
    async stop(): Promise<void> {
      for (const client of clients) client.end(true);
      for (const socket of sockets) socket.destroy();
      inbox.failure = null;
      inbox.release();
      await broker.close();
    },
  };
};
export type Harness = Awaited<ReturnType<typeof createHarness>>;

/** CONNECT of a raw client. */
export const connectPacket = (username: string, more: object = {}): Packet =>
  ({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: `raw-${username}`,
    clean: true,
    keepalive: 30,
    username,
    password: Buffer.from('secret'),
    ...more,
  }) as Packet;
