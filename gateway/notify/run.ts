import { SECOND, type EpochMillis, type Millis } from '../../domain/time.js';
import type { Site } from '../../domain/site.js';
import { createDoorbell } from '../../platform/doorbell.js';
import type { PartReport } from '../../platform/health.js';
import type { Log } from '../../platform/log.js';
import type { Metrics } from '../../platform/metrics.js';
import { loadPlugins } from '../../platform/plugins.js';
import { backoff, sleep } from '../../platform/retry.js';
import type { Db, Store } from '../../platform/store/db.js';
import { nextNotificationAt } from '../../platform/store/notifications.js';
import type { Wakeup } from '../../platform/wakeup.js';
import { createDispatcher } from './dispatcher.js';
import { createEscalator } from './escalate.js';
import { isNotifier, type Channel, type Notifier, type NotifierSettings } from './notifier.js';

/** Every notifier of the folder: a new one is a new file. */
export const loadNotifiers = (): Promise<readonly Notifier[]> =>
  loadPlugins(new URL('./notifiers/', import.meta.url), isNotifier);

/** The channels this configuration opens. */
export interface OpenChannels {
  readonly channels: ReadonlyMap<string, Channel>;
  readonly personal: ReadonlySet<string>;
  readonly broadcast: readonly string[];
}

export const openChannels = (notifiers: readonly Notifier[], settings: NotifierSettings): OpenChannels => {
  const open = notifiers.flatMap((notifier) => {
    const options = notifier.options.safeParse(settings);
    return options.success ? [{ notifier, channel: notifier.open(options.data) }] : [];
  });
  return {
    channels: new Map(open.map(({ notifier, channel }) => [notifier.name, channel])),
    personal: new Set(open.filter(({ notifier }) => !notifier.broadcast).map(({ notifier }) => notifier.name)),
    broadcast: open.filter(({ notifier }) => notifier.broadcast).map(({ notifier }) => notifier.name),
  };
};

export interface NotifyOptions {
  readonly store: Store;
  readonly open: OpenChannels;
  readonly secret: string;
  readonly siteOf: (site: string) => Promise<Site | null>;
  /** The right to tell people: one gateway has it at a time. */
  readonly lease: { held(): boolean; assert(tx: Db): Promise<void> };
  readonly wakeup: Wakeup;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => EpochMillis;
}

export interface Notify {
  health(): PartReport;
  close(): Promise<void>;
}

/** A wake-up is only a hint, and a claim in another process does not wake us: so the store is also polled. */
const POLL: Millis = SECOND;
const PAUSE = { first: 200, most: 5 * SECOND };

/** Plans and tells, in a loop of its own: readings that are slow to process hold up nobody's call. */
export const startNotify = (options: NotifyOptions): Notify => {
  const { store, open, siteOf, lease, wakeup, metrics, log, now } = options;
  const stop = new AbortController();
  const news = createDoorbell();
  const stopListening = wakeup.listen(news.ring);
  const assertLease = (tx: Db): Promise<void> => lease.assert(tx);
  const escalator = createEscalator({
    store,
    personal: open.personal,
    broadcast: open.broadcast,
    siteOf,
    assertLease,
    now,
  });
  const dispatcher = createDispatcher({
    store,
    channels: open.channels,
    secret: options.secret,
    siteOf,
    assertLease,
    now,
    metrics,
    log,
    onSettled: news.ring,
  });
  let trouble: string | null = null;
  let unreachable: readonly string[] = [];

  /** Plans and starts what is due; returns when the next thing is. */
  const step = async (): Promise<EpochMillis | null> => {
    const round = await escalator.round();
    if (round.unreachable.join() !== unreachable.join() && round.unreachable.length > 0)
      log.warn({ sites: round.unreachable }, 'an alert asks for somebody and nobody of its chain can be reached');
    unreachable = round.unreachable;
    if (round.escalated > 0) wakeup.notify();
    let next = await nextNotificationAt(store.db);
    while (next !== null && next <= now()) {
      if ((await dispatcher.start()) === 0) break;
      next = await nextNotificationAt(store.db);
    }
    return next === null ? round.nextAt : Math.min(next, round.nextAt ?? next);
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        const next = lease.held() ? await step() : null;
        if (trouble) log.info('people are told again');
        trouble = null;
        failures = 0;
        const pause = next === null ? POLL : Math.max(10, Math.min(POLL, next - now()));
        if (!stop.signal.aborted) await news.wait(pause);
      } catch (error) {
        if (stop.signal.aborted) break;
        failures += 1;
        trouble = error instanceof Error ? error.message : 'unknown error';
        log.error({ err: error, failures }, 'people could not be told; it will be tried again');
        await sleep(backoff(failures, PAUSE), stop.signal);
      }
    }
  };
  const running = run();

  return {
    health() {
      if (trouble !== null) return { state: 'degraded', detail: trouble };
      if (unreachable.length > 0)
        return { state: 'degraded', detail: `nobody can be reached for alerts of ${unreachable.join(', ')}` };
      const names = [...open.channels.keys()];
      return { state: 'ok', detail: names.length > 0 ? names.join(', ') : 'no channel is configured' };
    },
    async close() {
      stop.abort();
      news.ring();
      stopListening();
      await running;
      await dispatcher.idle();
      for (const channel of open.channels.values()) await channel.close?.();
    },
  };
};
