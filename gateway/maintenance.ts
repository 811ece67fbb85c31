import { DAY, type EpochMillis, type Millis } from '../domain/time.js';
import { LANES } from '../platform/lanes.js';
import type { Log } from '../platform/log.js';
import { sleep } from '../platform/retry.js';
import { cursor, cursors } from '../platform/store/cursors.js';
import type { Store } from '../platform/store/db.js';
import type { Inbox } from '../platform/store/inbox.js';
import { trimQuarantine } from '../platform/store/quarantine.js';
import { trimReadings, trimSeen } from '../platform/store/readings.js';
import { cursorName, SEEN_FOR } from './process.js';

export interface MaintenanceOptions {
  readonly store: Store;
  readonly inbox: Inbox;
  readonly every: Millis;
  readonly now: () => EpochMillis;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Raw messages are kept this long after they were processed: enough to explain an alert and to replay a week. */
export const KEEP_RAW: Millis = 7 * DAY;
/** The readings log is what sinks catch up from; history keeps the values after that. */
export const KEEP_LOG: Millis = 30 * DAY;

/** One round: nothing is trimmed that the processor or any sink has not passed. */
export const trimOnce = async ({
  store,
  inbox,
  now,
}: Omit<MaintenanceOptions, 'every' | 'log' | 'signal'>): Promise<void> => {
  for (let partition = 0; partition < inbox.partitions; partition += 1)
    for (const lane of LANES) {
      const seq = await cursor(store.db, cursorName(lane), partition);
      await inbox.trim({ partition, lane, seq }, now() - KEEP_RAW);
    }
  const positions = (await cursors(store.db))
    .filter(({ name }) => name.startsWith('sink:'))
    .map(({ position }) => position);
  if (positions.length > 0) await trimReadings(store.db, Math.min(...positions), now() - KEEP_LOG);
  await trimSeen(store.db, now() - SEEN_FOR);
  await trimQuarantine(store.db, now() - KEEP_RAW);
};

/** Trims what is no longer needed, at once and then `every`, until `signal` aborts. */
export const runMaintenance = async ({ every, log, signal, ...round }: MaintenanceOptions): Promise<void> => {
  while (!signal.aborted) {
    try {
      await trimOnce(round);
    } catch (error) {
      log.warn({ err: error }, 'old rows could not be trimmed');
    }
    await sleep(every, signal);
  }
};
