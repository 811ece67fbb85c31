import { DAY, HOUR, type EpochMillis, type Millis } from '../../domain/time.js';
import type { Log } from '../../platform/log.js';
import type { Store } from '../../platform/store/db.js';
import { trimIdempotency } from '../../platform/store/idempotency.js';
import { trimSessions } from '../../platform/store/sessions.js';

const EVERY: Millis = HOUR;
/** A phone that was out of reach for a day may still repeat what it could not send. */
const KEEP_ANSWERS: Millis = 7 * DAY;

/** Forgets expired sessions and old idempotent answers, hourly. Returns the function that stops it. */
export const startHousekeeping = (options: { store: Store; log: Log; now: () => EpochMillis }): (() => void) => {
  const { store, log, now } = options;
  const round = async (): Promise<void> => {
    await trimSessions(store.db, now());
    await trimIdempotency(store.db, now() - KEEP_ANSWERS);
  };
  const timer = setInterval(() => {
    round().catch((error: unknown) => log.warn({ err: error }, 'sessions could not be trimmed'));
  }, EVERY);
  timer.unref();
  return () => clearInterval(timer);
};
