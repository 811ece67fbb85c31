import type { AedesPublishPacket, Client } from 'aedes';
import type { EpochMillis } from '../domain/time.js';
import type { Limits } from './limits.js';

/** The parts of aedes-persistence (memory) that hold what a session has not received yet. */
interface SessionStore {
  outgoingEnqueueCombi(subscriptions: readonly { clientId: string }[], packet: AedesPublishPacket): Promise<void>;
  outgoingClearMessageId(
    client: { id: string; clean?: boolean },
    packet: { messageId?: number },
  ): Promise<object | undefined>;
  outgoingStream(client: { id: string }): AsyncIterable<{ messageId?: number }>;
  cleanSubscriptions(client: { id: string }): Promise<unknown>;
}

/** A connected session may have this many times more unacknowledged messages than a disconnected one may queue. */
const CONNECTED_FACTOR = 20;

/**
 * Bounds what aedes keeps in memory for the persistent sessions of services: messages per session, sessions, and how
 * long a disconnected one lives. aedes itself has no bound (stack.md §3.1). Beyond the bound the newest message is
 * dropped for that session only, and counted: the inbox has it.
 */
export const boundQueues = (
  persistence: unknown,
  options: { limits: Limits; now: () => EpochMillis; dropped: () => void },
) => {
  const { limits, now, dropped } = options;
  const store = persistence as SessionStore;
  const queued = new Map<string, number>();
  const offline = new Map<string, EpochMillis>();
  const nobody = Promise.resolve();
  const enqueue = store.outgoingEnqueueCombi.bind(store);
  const clear = store.outgoingClearMessageId.bind(store);

  const admits = (id: string): boolean => {
    const count = queued.get(id) ?? 0;
    if (count >= limits.queued * (offline.has(id) ? 1 : CONNECTED_FACTOR)) {
      dropped();
      return false;
    }
    queued.set(id, count + 1);
    return true;
  };
  // One place in the queue per session, however many of its subscriptions match.
  store.outgoingEnqueueCombi = (subscriptions, packet) => {
    if (subscriptions.length === 0) return nobody;
    const sessions = new Map(subscriptions.map((subscription) => [subscription.clientId, subscription]));
    return enqueue(
      [...sessions.values()].filter(({ clientId }) => admits(clientId)),
      packet,
    );
  };
  store.outgoingClearMessageId = async (client, packet) => {
    // Nothing is stored for a clean session; looking would leave an empty queue behind.
    if (client.clean) return undefined;
    // The second copy of a packet that is on its way: clearing "no message id" would remove the first one.
    if (packet.messageId === undefined) return undefined;
    const cleared = await clear(client, packet);
    if (cleared) queued.set(client.id, Math.max(0, (queued.get(client.id) ?? 0) - 1));
    return cleared;
  };

  const forget = async (id: string): Promise<void> => {
    offline.delete(id);
    await store.cleanSubscriptions({ id });
    for await (const packet of store.outgoingStream({ id })) await clear({ id }, packet);
    queued.delete(id);
  };

  return {
    online(client: Client): void {
      offline.delete(client.id);
    },
    async offline(client: Client): Promise<void> {
      if (client.clean) return;
      offline.set(client.id, now());
      const [oldest] = offline.keys();
      if (offline.size > limits.sessions && oldest !== undefined) await forget(oldest);
    },
    async expire(): Promise<void> {
      const before = now() - limits.sessionExpiry;
      for (const [id, since] of offline) if (since < before) await forget(id);
    },
    sessions: (): number => offline.size,
  };
};
