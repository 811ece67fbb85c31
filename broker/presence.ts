import type { Client } from 'aedes';
import type { MqttIdentity } from '../domain/device.js';
import type { EpochMillis } from '../domain/time.js';
import { identityKey, publishRoute, type Route } from './authorize.js';
import { createPacer, topicFault, type Limits, type Pacer } from './limits.js';

/** One authenticated connection. */
export interface Session {
  readonly identity: MqttIdentity;
  /** `device:ox-1`; what inbox rows carry. */
  readonly key: string;
  readonly client: Client;
  readonly pacer: Pacer;
  readonly subscriptions: Set<string>;
  /** Where this identity's publishes go, remembered per topic. */
  route(topic: string): Route;
}
export interface PresenceEntry {
  readonly identity: string;
  readonly site: string | null;
  readonly since: EpochMillis;
  readonly connections: number;
}
export interface Presence {
  isConnected(identity: string): boolean;
  list(): readonly PresenceEntry[];
}
export interface PresenceChange {
  readonly identity: MqttIdentity;
  readonly connected: boolean;
  readonly at: EpochMillis;
}

/** A device uses two or three topics; a box a few hundred. Beyond it the memory starts again. */
const REMEMBERED_ROUTES = 512;

const rememberRoutes = (identity: MqttIdentity, limits: Limits): ((topic: string) => Route) => {
  const routes = new Map<string, Route>();
  return (topic) => {
    let route = routes.get(topic);
    if (!route) {
      const fault = topicFault(topic, limits);
      if (fault) return { kind: 'refused', reason: fault };
      if (routes.size >= REMEMBERED_ROUTES) routes.clear();
      routes.set(topic, (route = publishRoute(identity, topic)));
    }
    return route;
  };
};

/** Who is connected now. An identity is present while it has at least one connection; its rate is shared by all of them. */
export const createPresence = (options: {
  limits: Limits;
  now: () => EpochMillis;
  onChange: (change: PresenceChange) => void;
}) => {
  const { limits, now, onChange } = options;
  const present = new Map<
    string,
    { identity: MqttIdentity; since: EpochMillis; sessions: Set<Session>; pacer: Pacer }
  >();
  const sessions = new WeakMap<Client, Session>();

  return {
    sessionOf: (client: Client): Session | undefined => sessions.get(client),
    sessionsOf: (key: string): readonly Session[] => [...(present.get(key)?.sessions ?? [])],

    /** Returns the connections this one is one too many for, oldest first: to be closed. */
    arrive(client: Client, identity: MqttIdentity): readonly Session[] {
      const key = identityKey(identity);
      let entry = present.get(key);
      const isNew = !entry;
      if (!entry) {
        const rate = limits.messagesPerSecond[identity.kind];
        const pacer = createPacer(rate, rate * limits.burstSeconds, now);
        present.set(key, (entry = { identity, since: now(), sessions: new Set(), pacer }));
      }
      const session: Session = {
        identity,
        key,
        client,
        pacer: entry.pacer,
        subscriptions: new Set(),
        route: rememberRoutes(identity, limits),
      };
      const surplus = [...entry.sessions].slice(
        0,
        Math.max(0, entry.sessions.size + 1 - limits.connectionsPer[identity.kind]),
      );
      entry.sessions.add(session);
      sessions.set(client, session);
      if (isNew) onChange({ identity, connected: true, at: entry.since });
      return surplus;
    },

    leave(client: Client): void {
      const session = sessions.get(client);
      const entry = session && present.get(session.key);
      if (!session || !entry?.sessions.delete(session) || entry.sessions.size > 0) return;
      present.delete(session.key);
      entry.pacer.stop();
      onChange({ identity: session.identity, connected: false, at: now() });
    },

    view: {
      isConnected: (key) => present.has(key),
      list: () =>
        [...present].map(
          ([
            key,
            {
              identity,
              since,
              sessions: { size },
            },
          ]) => ({
            identity: key,
            site: identity.kind === 'service' ? null : identity.site,
            since,
            connections: size,
          }),
        ),
    } satisfies Presence,
  };
};
export type PresenceBook = ReturnType<typeof createPresence>;
