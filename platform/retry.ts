import type { Millis } from '../domain/time.js';

export interface Backoff {
  /** Pause after the first failure. */
  readonly first: Millis;
  /** No pause is longer than this. */
  readonly most: Millis;
}

/**
 * Pause before try `attempt` (1 = after the first failure): doubled each time up to `most`, then spread evenly over its
 * upper half so that many clients do not come back together. `random` is in [0, 1).
 */
export const backoff = (attempt: number, { first, most }: Backoff, random: () => number = Math.random): Millis => {
  const full = Math.min(most, first * 2 ** Math.min(attempt - 1, 30));
  return full / 2 + (full / 2) * random();
};

/** Resolves after `pause`, or at once when `signal` aborts. */
export const sleep = (pause: Millis, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, pause);
    signal?.addEventListener('abort', done, { once: true });
  });
