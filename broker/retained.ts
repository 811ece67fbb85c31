import type { EpochMillis } from '../domain/time.js';
import { sleep } from '../platform/retry.js';

export interface RetainedMessage {
  readonly topic: string;
  /** Empty = forget the topic ([MQTT-3.3.1-10]). */
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly at: EpochMillis;
}
export interface RetainedStore {
  all(): Promise<readonly Omit<RetainedMessage, 'at'>[]>;
  save(message: RetainedMessage): Promise<void>;
}

export interface Retained {
  /** May this identity retain here? False beyond its share of topics. Forgetting a topic is always allowed. */
  admits(key: string, topic: string, payload: Uint8Array): boolean;
  /** `done` after the first attempt to save; a failed one goes on in the background with the newest state. */
  save(message: RetainedMessage, done: () => void): void;
  close(): Promise<void>;
}

const RETRY_AFTER = 1_000;

/** Retained state outlives the broker in our store. Saves of one topic are in order; the newest state wins. */
export const createRetained = (options: {
  store: RetainedStore;
  topicsPerIdentity: number;
  onError: (error: unknown) => void;
}): Retained => {
  const { store, topicsPerIdentity, onError } = options;
  const topics = new Map<string, Set<string>>();
  const newest = new Map<string, { message: RetainedMessage; done: (() => void)[] }>();
  const saving = new Map<string, Promise<void>>();
  const stop = new AbortController();

  const saveTopic = async (topic: string): Promise<void> => {
    for (let next = newest.get(topic); next; next = newest.get(topic)) {
      newest.delete(topic);
      let failed = false;
      await store.save(next.message).catch((error: unknown) => {
        failed = true;
        onError(error);
      });
      for (const done of next.done) done();
      if (!failed) continue;
      if (stop.signal.aborted) break;
      if (!newest.has(topic)) newest.set(topic, { message: next.message, done: [] });
      await sleep(RETRY_AFTER, stop.signal);
    }
    saving.delete(topic);
  };

  return {
    admits(key, topic, payload) {
      let own = topics.get(key);
      if (!own) topics.set(key, (own = new Set()));
      if (payload.length === 0) own.delete(topic);
      else if (!own.has(topic) && own.size >= topicsPerIdentity) return false;
      else own.add(topic);
      return true;
    },
    save(message, done) {
      const queued = newest.get(message.topic);
      newest.set(message.topic, { message, done: [...(queued?.done ?? []), done] });
      if (!saving.has(message.topic)) saving.set(message.topic, saveTopic(message.topic));
    },
    async close() {
      stop.abort();
      await Promise.all(saving.values());
    },
  };
};
