import { randomUUID } from 'node:crypto';
import { MINUTE, SECOND, type EpochMillis, type Millis } from '../../domain/time.js';
import type { PartReport } from '../../platform/health.js';
import type { Log } from '../../platform/log.js';
import { sleep } from '../../platform/retry.js';
import { openAlerts } from '../../platform/store/alerts.js';
import type { Store } from '../../platform/store/db.js';
import { faultsOf, seenKey, type Fault, type SinkState } from '../alerts/watchdog.js';
import { postSigned } from './signed-post.js';

export interface WatchdogOptions {
  readonly store: Store;
  readonly sinks: () => readonly SinkState[];
  /** Where the heartbeat goes; its silence is the alarm when we are dead. */
  readonly heartbeat: { readonly url: string; readonly secret: string } | null;
  readonly log: Log;
  readonly now: () => EpochMillis;
  readonly every?: Millis;
}

export interface Watchdog {
  health(): PartReport;
  close(): Promise<void>;
}

const EVERY: Millis = MINUTE;
const TIME_LIMIT: Millis = 10 * SECOND;

/**
 * Looks every minute whether what should have happened did, in a loop that shares nothing with those it watches but the
 * store, and says so by a road of its own: a signed heartbeat, `ok` or with its faults. A heartbeat that stays away is
 * for its receiver to notice.
 */
export const startWatchdog = (options: WatchdogOptions): Watchdog => {
  const { store, sinks, heartbeat, log, now, every = EVERY } = options;
  const stop = new AbortController();
  let seen = new Map<string, EpochMillis>();
  let faults: readonly Fault[] = [];
  let trouble: string | null = null;
  let unheard: string | null = null;
  let lastRound = now();

  const look = async (): Promise<void> => {
    const alerts = await openAlerts(store.db);
    const at = now();
    seen = new Map(alerts.map((alert) => [seenKey(alert), seen.get(seenKey(alert)) ?? at]));
    const found = faultsOf({ alerts, sinks: sinks(), seen, now: at });
    for (const { code, site, subject } of found)
      if (!faults.some((known) => known.code === code && known.subject === subject))
        log.error({ code, site, subject }, 'the watchdog found what should not be');
    faults = found;
  };

  const beat = async (): Promise<void> => {
    if (!heartbeat) return;
    const content = {
      kind: 'heartbeat',
      ok: trouble === null && faults.length === 0,
      at: new Date(now()).toISOString(),
      faults: trouble === null ? faults : [{ code: 'watchdog.blind', site: null, subject: 'store' }, ...faults],
    };
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(TIME_LIMIT)]);
    const { result, detail } = await postSigned({ ...heartbeat, id: randomUUID() }, content, signal);
    unheard = result === 'accepted' ? null : detail;
  };

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await look();
        trouble = null;
      } catch (error) {
        trouble = 'the store cannot be read';
        log.error({ err: error }, 'the watchdog sees nothing');
      }
      try {
        await beat();
      } catch (error) {
        if (!stop.signal.aborted) unheard = error instanceof Error ? error.name : 'unknown';
      }
      lastRound = now();
      await sleep(every, stop.signal);
    }
  };
  const running = run();

  return {
    health() {
      if (trouble !== null) return { state: 'degraded', detail: trouble };
      if (now() - lastRound > 3 * every) return { state: 'degraded', detail: 'the watchdog does not run' };
      const [first] = faults;
      if (first) return { state: 'degraded', detail: `${faults.length} fault(s): ${first.code} ${first.subject}` };
      if (unheard !== null) return { state: 'degraded', detail: `the heartbeat is not heard: ${unheard}` };
      return { state: 'ok', detail: heartbeat ? 'heartbeat heard' : 'no heartbeat is configured' };
    },
    async close() {
      stop.abort();
      await running;
    },
  };
};
