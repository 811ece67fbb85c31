import { MINUTE, SECOND, type EpochMillis, type Millis } from '../../../domain/time.js';

export interface BackoffOptions {
  /** Failures that cost nothing: a tired person mistypes. */
  readonly free: number;
  readonly first: Millis;
  readonly longest: Millis;
  /** Failures are forgotten this long after the last one. */
  readonly forget: Millis;
  /** Keys kept at most: an attacker invents names for free. */
  readonly keys: number;
}

export interface Backoff {
  /** How long this key must still wait; 0 = may try now. */
  wait(key: string, now: EpochMillis): Millis;
  failed(key: string, now: EpochMillis): void;
  succeeded(key: string): void;
}

const DEFAULTS: BackoffOptions = { free: 5, first: SECOND, longest: MINUTE, forget: 15 * MINUTE, keys: 10_000 };

/**
 * Doubling waits after repeated failures. The wait is short at its longest: nobody can lock a nurse out of her alerts
 * by typing her name, while guessing falls to one try a minute.
 */
export const createBackoff = (given: Partial<BackoffOptions> = {}): Backoff => {
  const options = { ...DEFAULTS, ...given };
  const failures = new Map<string, { count: number; last: EpochMillis }>();
  const current = (key: string, now: EpochMillis) => {
    const entry = failures.get(key);
    if (!entry || now - entry.last < options.forget) return entry;
    failures.delete(key);
    return undefined;
  };
  return {
    wait(key, now) {
      const entry = current(key, now);
      if (!entry || entry.count < options.free) return 0;
      const pause = Math.min(options.longest, options.first * 2 ** (entry.count - options.free));
      return Math.max(0, entry.last + pause - now);
    },
    failed(key, now) {
      const count = (current(key, now)?.count ?? 0) + 1;
      failures.delete(key); // re-inserted last: the map is ordered by age of the last failure
      failures.set(key, { count, last: now });
      if (failures.size > options.keys) failures.delete(failures.keys().next().value ?? key);
    },
    succeeded: (key) => void failures.delete(key),
  };
};
