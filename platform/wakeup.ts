/**
 * "Something new was committed": a hint between the threads of one process, so that readers of a log need not wait
 * for their next poll. Only a hint: the cursor is the truth, and every reader also polls.
 */
export interface Wakeup {
  notify(): void;
  /** Returns the function that stops listening. */
  listen(listener: () => void): () => void;
  close(): void;
}

/** `inbox` = messages accepted; `readings` = readings or alert events stored. */
export type WakeupTopic = 'inbox' | 'readings';

/** `scope` separates systems that share a process (tests): use the data directory or database URL. */
export const createWakeup = (topic: WakeupTopic, scope: string): Wakeup => {
  const channel = new BroadcastChannel(`vigie:${topic}:${scope}`);
  (channel as unknown as { unref(): void }).unref();
  const listeners = new Set<() => void>();
  const wake = (): void => listeners.forEach((listener) => listener());
  channel.onmessage = wake;
  return {
    notify() {
      channel.postMessage(1);
      wake(); // a BroadcastChannel does not hear itself
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => channel.close(),
  };
};
