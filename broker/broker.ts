import type { Duplex } from 'node:stream';
import { Aedes, type AedesOptions, type Client, type PublishPacket } from 'aedes';
import { Counter, Gauge } from 'prom-client';
import type { EpochMillis } from '../domain/time.js';
import type { PartReport } from '../platform/health.js';
import { openIntake, type IntakeOptions } from '../platform/intake.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import { commandAddress } from '../platform/topics.js';
import { createAccept } from './accept.js';
import {
  clientCertificate,
  CONNACK,
  createAuthenticate,
  type Identities,
  type VerifyPassword,
} from './authenticate.js';
import { subscribeFault } from './authorize.js';
import { COMMAND_SENDER, createCommandDesk, type CommandStore } from './commands.js';
import { boundKeepalive, connectFault } from './connect.js';
import { createFirstCopy, forgetOrder, internals, limitPacketSize } from './guards.js';
import { DEFAULT_LIMITS, topicFault, type Limits } from './limits.js';
import { startListeners, type ListenerOptions, type Ports } from './listeners.js';
import { createPresence, type Presence, type PresenceChange, type Session } from './presence.js';
import { boundQueues } from './queues.js';
import { createRefusals, type Refusal } from './refusals.js';
import { createRetained, type RetainedStore } from './retained.js';

export interface BrokerOptions extends IntakeOptions {
  readonly listeners: ListenerOptions;
  readonly identities: Identities;
  readonly verifyPassword: VerifyPassword;
  readonly retainedStore: RetainedStore;
  readonly commands: CommandStore;
  readonly limits?: Partial<Limits>;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'registry' | 'messagesAccepted'>;
  /** Refused connects, publishes and subscribes; at most one entry per kind, identity and minute. */
  readonly audit?: (refusal: Refusal) => void;
  readonly onPresence?: (change: PresenceChange) => void;
}

export interface Broker {
  readonly ports: Ports;
  readonly presence: Presence;
  /** Publishes in the product's own name: not to the inbox; a command topic goes through the device's command queue. */
  publish(message: { topic: string; payload: Uint8Array; qos?: 0 | 1 | 2; retain?: boolean }): Promise<void>;
  /** Looks for commands another process has queued. */
  deliverCommands(): void;
  /** Closes every connection of an identity whose rights were taken away or changed (`device:ox-1`). */
  disconnect(identity: string): void;
  stats(): { connections: number; pending: number; offlineSessions: number };
  health(): PartReport;
  /** Stores and acknowledges what is pending, then closes everything. Wills are not published: nobody died. */
  close(): Promise<void>;
}

const SWEEP = 60_000;
/** How often commands are looked for that the gateway or another process has queued. */
const COMMAND_POLL = 1_000;
/** Long enough for PUBACK or PUBREC to leave before the connection is closed. */
const LAST_WORDS = 200;

/** aedes reports the refusal to the client through `returnCode`. */
const refusal = (reason: string, returnCode: number) => Object.assign(new Error(reason), { returnCode });

/**
 * Starts the broker: the first five steps of the road, in order. listeners → authenticate → authorize → accept → PUBACK.
 * Resolves when every listener is open; rejects with `broker.listen` when one cannot be.
 */
export const startBroker = async (options: BrokerOptions): Promise<Broker> => {
  const { log, metrics, now = Date.now } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const registers = [metrics.registry];
  const connections = new Gauge({ name: 'vigie_mqtt_connections', help: 'MQTT connections open', registers });
  const droppedTotal = new Counter({
    name: 'vigie_mqtt_dropped_total',
    help: 'What the broker could not keep and nobody was promised',
    labelNames: ['what'],
    registers,
  });
  const dropped = (what: string): void => droppedTotal.inc({ what });

  const refusals = createRefusals({ registry: metrics.registry, audit: options.audit ?? (() => {}), log, now });
  const presence = createPresence({ limits, now, onChange: options.onPresence ?? (() => {}) });
  const authenticate = createAuthenticate({ ...options, now });
  const firstCopy = createFirstCopy();
  const intake = openIntake(options);
  const retained = createRetained({
    store: options.retainedStore,
    topicsPerIdentity: limits.retainedTopicsPerIdentity,
    onError: (error) => log.error({ err: error }, 'retained state could not be saved; trying again'),
  });
  const commands = createCommandDesk({ store: options.commands, now, log });
  const accept = createAccept({ intake, retained, commands, accepted: metrics.messagesAccepted, dropped, now });
  const peers = new WeakMap<Client, { address: string; socket: unknown }>();
  let open = 0;
  let closing = false;

  const hooks: AedesOptions = {
    preConnect(client, packet, next) {
      forgetOrder(client);
      boundKeepalive(packet, limits);
      const fault = connectFault(packet, limits);
      if (!fault) return next(null, true);
      refusals.refuse('connect', fault.reason, peers.get(client)?.address ?? 'unknown');
      client.conn.write(fault.connack, () => next(new Error(fault.reason), false));
    },

    authenticate(client, username, password, next) {
      const peer = peers.get(client) ?? { address: 'unknown', socket: null };
      const certificate = clientCertificate(peer.socket);
      void authenticate({ username, password, address: peer.address, certificate }).then((found) => {
        if (closing) return next(refusal('closing', CONNACK.unavailable), false);
        if ('refused' in found) {
          refusals.refuse(
            'connect',
            found.refused,
            username ? `${peer.address} ${username.slice(0, 64)}` : peer.address,
          );
          return next(refusal(found.refused, found.returnCode), false);
        }
        if (client.closed) return;
        const { identity } = found;
        for (const { client: oldest, key } of presence.arrive(client, identity)) {
          refusals.refuse('connect', 'too_many_of_identity', key);
          oldest.close();
        }
        client.conn.once('close', () => leave(client));
        // Only an identity's own clients can take each other over, or find each other's session.
        internals(client).id = `${identity.kind}:${identity.id}/${client.id}`;
        // What waits for a device waits in our store; sessions in memory are for services.
        if (identity.kind !== 'service') internals(client).clean = true;
        next(null, true);
      });
    },

    authorizePublish(client, packet, acknowledge) {
      const session = client && presence.sessionOf(client);
      if (!session || closing) return acknowledge(new Error('not accepted'));
      const route = session.route(packet.topic);
      if (route.kind === 'refused') {
        refusals.refuse('publish', route.reason, session.key);
        return acknowledge(new Error(route.reason));
      }
      if (route.kind === 'inbox' && route.illFormed) acknowledge = closeAfter(session, acknowledge);
      session.pacer.pass(() => accept(session, route, packet, acknowledge));
    },

    authorizeSubscribe(client, subscription, next) {
      const session = presence.sessionOf(client);
      const fault = session ? subscriptionFault(session, subscription.topic) : 'unknown';
      if (!session || fault) {
        refusals.refuse('subscribe', fault ?? 'unknown', session?.key ?? 'unknown');
        return next(null, null); // SUBACK 0x80 [MQTT-3.9.3-2]
      }
      session.subscriptions.add(subscription.topic);
      next(null, subscription);
    },

    authorizeForward(client, packet) {
      const session = presence.sessionOf(client);
      const isCommand = (packet as { clientId?: string }).clientId === COMMAND_SENDER;
      if (!session || (session.identity.kind !== 'service' && !isCommand)) return null;
      return firstCopy(client, packet) ? packet : null;
    },
  };

  const subscriptionFault = (session: Session, filter: string): string | null => {
    const { identity, subscriptions } = session;
    if (!subscriptions.has(filter) && subscriptions.size >= limits.subscriptionsPer[identity.kind]) return 'too_many';
    return topicFault(filter, limits) ?? subscribeFault(identity, filter);
  };
  /** [MQTT-1.5.3-1]: the connection ends; but the message is kept, and acknowledged so that it is not sent for ever. */
  const closeAfter =
    (session: Session, acknowledge: (error?: Error | null) => void) =>
    (error?: Error | null): void => {
      refusals.refuse('publish', 'ill_formed_topic', session.key);
      acknowledge(error);
      setTimeout(() => session.client.conn.end(), LAST_WORDS);
    };
  const leave = (client: Client): void => {
    const session = presence.sessionOf(client);
    presence.leave(client);
    if (session && session.identity.kind !== 'service') commands.gone(session.identity.id, client);
  };

  const aedes = await Aedes.createBroker({
    ...hooks,
    connectTimeout: limits.connectTimeout,
    drainTimeout: limits.drainTimeout,
    maxInflightInbound: limits.inflight,
    maxTopicLevels: 100,
    maxClientsIdLength: limits.clientIdLength,
  });
  const queues = boundQueues((aedes as unknown as { persistence: unknown }).persistence, {
    limits,
    now,
    dropped: () => dropped('queued'),
  });
  const logFailure = (error: unknown): void => log.error({ err: error }, 'mqtt session could not be removed');

  aedes.on('error' as 'closed', ((error: Error) => log.error({ err: error }, 'broker error')) as () => void);
  aedes.on('clientError', (client, error) => log.debug({ client: client.id, err: error }, 'mqtt client error'));
  aedes.on('clientReady', (client) => queues.online(client));
  aedes.on('clientDisconnect', (client) => void queues.offline(client).catch(logFailure));
  aedes.on('subscribe', (_subscriptions, client) => {
    const session = presence.sessionOf(client);
    if (session && session.identity.kind !== 'service' && session.subscriptions.size > 0)
      commands.serve(session.identity.id, client);
  });
  aedes.on('unsubscribe', (filters, client) => {
    for (const filter of filters) presence.sessionOf(client)?.subscriptions.delete(filter);
  });
  aedes.on('ack', (_packet, client) => {
    const session = presence.sessionOf(client);
    if (session && session.identity.kind !== 'service') void commands.acknowledged(session.identity.id, client);
  });

  const publish = (packet: Pick<PublishPacket, 'topic' | 'payload' | 'qos' | 'retain'>): Promise<void> =>
    new Promise((resolve, reject) => {
      aedes.publish({ ...packet, cmd: 'publish', dup: false }, (error) => (error ? reject(error) : resolve()));
    });

  const handle = (stream: Duplex, peer: { address: string; socket: unknown }): void => {
    if (closing || open >= limits.connections) {
      refusals.refuse('connect', closing ? 'closing' : 'too_many', peer.address);
      stream.on('error', () => {});
      stream.destroy();
      return;
    }
    connections.set(++open);
    stream.once('close', () => connections.set(--open));
    const client = aedes.handle(stream);
    peers.set(client, peer);
    const most = (): number => (presence.sessionOf(client) ? limits.packetBytes : limits.connectBytes);
    limitPacketSize(client, most, () =>
      refusals.refuse('packet', 'too_large', presence.sessionOf(client)?.key ?? peer.address),
    );
  };

  const closeAedes = (): Promise<void> => new Promise((resolve) => aedes.close(() => resolve()));
  const openRoad = async () => {
    for (const { topic, payload, qos } of await options.retainedStore.all())
      await publish({ topic, payload: Buffer.from(payload), qos, retain: true });
    return startListeners(options.listeners, limits.packetBytes, handle);
  };
  const listeners = await openRoad().catch(async (error: unknown) => {
    await closeAedes();
    throw error;
  });
  const sweep = setInterval(() => {
    refusals.flush();
    queues.expire().catch(logFailure);
  }, SWEEP);
  sweep.unref();
  const commandPoll = setInterval(() => commands.poll(), COMMAND_POLL);
  commandPoll.unref();
  log.info({ ports: listeners.ports }, 'broker listening');

  return {
    ports: listeners.ports,
    presence: presence.view,
    async publish({ topic, payload, qos = 1, retain = false }) {
      const command = commandAddress(topic);
      if (command) return commands.queue(command.device, topic, payload);
      const at: EpochMillis = now();
      if (retain) await new Promise<void>((resolve) => retained.save({ topic, payload, qos, at }, resolve));
      await publish({ topic, payload: Buffer.from(payload), qos, retain });
    },
    deliverCommands: () => commands.poll(),
    disconnect(identity) {
      for (const { client } of presence.sessionsOf(identity)) client.close();
    },
    stats: () => ({ connections: open, pending: intake.pending(), offlineSessions: queues.sessions() }),
    health() {
      const since = intake.failingSince();
      if (since === null) return { state: 'ok' };
      return { state: 'down', detail: `the inbox has refused messages since ${new Date(since).toISOString()}` };
    },
    async close() {
      if (closing) return;
      closing = true;
      clearInterval(sweep);
      clearInterval(commandPoll);
      await intake.close();
      await closeAedes();
      await listeners.close();
      await retained.close();
      refusals.flush();
    },
  };
};
