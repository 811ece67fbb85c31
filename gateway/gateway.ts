/**
 * The gateway, composed: sources feed the inbox, the processor walks the road (see process.ts), drains carry the
 * readings log to every sink. Read this file and process.ts first.
 */
import { HOUR, SECOND, type EpochMillis, type Millis } from '../domain/time.js';
import { createDoorbell } from '../platform/doorbell.js';
import { ALARM_LANE, ORDINARY_LANE, type Lane } from '../platform/lanes.js';
import type { PartReport } from '../platform/health.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import { backoff, sleep } from '../platform/retry.js';
import type { Store } from '../platform/store/db.js';
import { partitionOf, type Inbox } from '../platform/store/inbox.js';
import type { Wakeup } from '../platform/wakeup.js';
import type { Rule } from './alerts/rule.js';
import type { Codec } from './codecs/codec.js';
import { createEvaluator } from './evaluator.js';
import { createInterpreter } from './interpret.js';
import { holdLeases } from './lease.js';
import { runMaintenance } from './maintenance.js';
import { startNotify, type OpenChannels } from './notify/run.js';
import { startWatchdog } from './notify/watchdog.js';
import { createProcessor, type BatchReport, type Processor } from './process.js';
import { createRegistryView } from './registry-view.js';
import { createRuleSettings } from './rule-settings.js';
import { ALERTS_LOG, READINGS_LOG, drainStore } from './sinks/drain-store.js';
import { startDrain, type Drain, type DrainStore } from './sinks/drain.js';
import type { AlertRow, Row, Sink } from './sinks/sink.js';

/** Something that feeds the inbox for as long as it runs. */
export interface Source {
  readonly name: string;
  health(): PartReport;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly store: Store;
  readonly inbox: Inbox;
  readonly codecs: readonly Codec[];
  readonly rules: readonly Rule[];
  readonly sinks: readonly Sink[];
  /** Sinks of alerts: each has a drain of its own over the event log. */
  readonly alertSinks?: readonly Sink<AlertRow>[];
  readonly sources: readonly Source[];
  /** By which channels people are told; left out = alerts are planned and shown, and nobody is told. */
  readonly notify?: {
    readonly open: OpenChannels;
    readonly secret: string;
    /** Where the watchdog's heartbeat goes. */
    readonly heartbeatUrl?: string;
  };
  readonly wakeups: { readonly inbox: Wakeup; readonly readings: Wakeup };
  readonly metrics: Metrics;
  readonly log: Log;
  /** Distinguishes this gateway from others that share the database. */
  readonly holder: string;
  readonly now?: () => EpochMillis;
}

export interface Gateway {
  /** Each part's state for `/readyz`. A sink or source in trouble degrades; only `process` makes the system unready. */
  health(): Record<string, PartReport>;
  close(): Promise<void>;
}

const POLL: Millis = 500;
const TICK: Millis = 5 * SECOND;
const MAINTENANCE: Millis = HOUR;
const PAUSE = { first: 100, most: 5 * SECOND };

/** Starts processing and delivering. Resolves when the road is open; `close` finishes the batch in hand. */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const { store, inbox, rules, log, wakeups, metrics, now = Date.now } = options;
  const stop = new AbortController();
  const leases = await holdLeases({
    store,
    partitions: inbox.partitions,
    holder: options.holder,
    now,
    log,
    signal: stop.signal,
  });
  const interpret = createInterpreter(options.codecs);
  const registry = createRegistryView(store);
  const settings = createRuleSettings(
    rules.map(({ name }) => name),
    now,
  );
  const processors = Array.from({ length: inbox.partitions }, (_, partition) => {
    const mine = (site: string): boolean => partitionOf(site, inbox.partitions) === partition;
    return createProcessor({
      store,
      inbox,
      interpret,
      registry,
      evaluator: createEvaluator(rules, settings, mine),
      mine,
      partition,
      assertLease: (tx) => leases.assert(tx, partition),
      now,
    });
  });
  const held = () => processors.filter((_, partition) => leases.held(partition));
  let trouble: string | null = null;
  const news = createDoorbell();
  const stopListening = wakeups.inbox.listen(news.ring);

  const record = (report: BatchReport): void => {
    for (const { reason } of report.quarantined) metrics.messagesQuarantined.inc({ reason });
    const counts = new Map<string, number>();
    for (const { metric } of report.readings) counts.set(metric, (counts.get(metric) ?? 0) + 1);
    for (const [metric, count] of counts) metrics.readings.inc({ metric }, count);
    if (report.duplicates > 0) metrics.duplicates.inc(report.duplicates);
    if (report.alerts > 0 && report.readings.length > 0)
      metrics.alertSeconds.observe({ step: 'accept_to_alert' }, (now() - report.readings[0]!.receivedAt) / SECOND);
    wakeups.readings.notify();
  };

  const batch = async (processor: Processor, lane: Lane): Promise<boolean> => {
    const report = await processor.next(lane);
    if (report) record(report);
    return report !== null;
  };
  /** The alarm lanes are emptied before every ordinary batch. */
  const step = async (): Promise<boolean> => {
    let busy = false;
    for (const processor of held()) {
      for (const urgent of held()) while (await batch(urgent, ALARM_LANE)) busy = true;
      if (await batch(processor, ORDINARY_LANE)) busy = true;
    }
    return busy;
  };
  const tick = async (): Promise<void> => {
    let changed = 0;
    for (const processor of held()) changed += await processor.tick();
    if (changed > 0) wakeups.readings.notify();
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    let ticked = 0;
    while (!stop.signal.aborted) {
      try {
        const busy = await step();
        if (now() - ticked >= TICK) {
          ticked = now();
          await tick();
        }
        if (trouble) log.info('processing goes on');
        trouble = null;
        failures = 0;
        if (!busy) await news.wait(POLL);
      } catch (error) {
        if (stop.signal.aborted) break;
        failures += 1;
        trouble = error instanceof Error ? error.message : 'unknown error';
        log.error({ err: error, failures }, 'a batch could not be committed; it will be tried again');
        await sleep(backoff(failures, PAUSE), stop.signal);
      }
    }
  };

  const running = run();
  const drain = <R extends Row>(sink: Sink<R>, from: DrainStore<R>): [string, Drain] => [
    sink.name,
    startDrain<R>({
      sink,
      store: from,
      log,
      onNews: (listener) => wakeups.readings.listen(listener),
      onRejected: (count) => metrics.sinkRejected.inc({ sink: sink.name }, count),
      now,
    }),
  ];
  const drains = new Map<string, Drain>([
    ...options.sinks.map((sink) => drain(sink, drainStore(store, READINGS_LOG, sink.name, now))),
    ...(options.alertSinks ?? []).map((sink) => drain(sink, drainStore(store, ALERTS_LOG, sink.name, now))),
  ]);
  const telling = await holdLeases({
    name: 'notify',
    store,
    partitions: 1,
    holder: options.holder,
    now,
    log,
    signal: stop.signal,
  });
  const secret = options.notify?.secret ?? '';
  const notify = startNotify({
    store,
    open: options.notify?.open ?? { channels: new Map(), personal: new Set(), broadcast: [] },
    secret,
    siteOf: async (site) => (await registry.current()).site(site),
    lease: { held: () => telling.held(0), assert: (tx) => telling.assert(tx, 0) },
    wakeup: wakeups.readings,
    metrics,
    log,
    now,
  });
  const heartbeatUrl = options.notify?.heartbeatUrl;
  const watchdog = startWatchdog({
    store,
    sinks: () => [...drains].map(([name, drain]) => ({ name, lag: drain.state().lag })),
    heartbeat: heartbeatUrl === undefined ? null : { url: heartbeatUrl, secret },
    log,
    now,
  });
  const maintenance = runMaintenance({
    store,
    inbox,
    every: MAINTENANCE,
    now,
    log,
    signal: stop.signal,
  });
  const gauges = setInterval(() => {
    for (const [sink, drain] of drains) metrics.sinkLag.set({ sink }, drain.state().lag / SECOND);
    Promise.all(held().map((processor) => processor.waiting())).then(
      (rows) => metrics.inboxRows.set(rows.reduce((sum, n) => sum + n, 0)),
      () => undefined, // the store is unwell; the processor reports it
    );
  }, SECOND);

  return {
    health() {
      const parts: Record<string, PartReport> = {
        process: trouble === null ? { state: 'ok' } : { state: 'down', detail: trouble },
      };
      for (const [sink, drain] of drains) {
        const { lag, trouble: reason, failures, retryAt } = drain.state();
        parts[`sink:${sink}`] =
          reason === null
            ? { state: 'ok', detail: `lag ${Math.round(lag / SECOND)} s` }
            : { state: 'degraded', detail: circuitOf(reason, failures, retryAt === null ? null : retryAt - now()) };
      }
      parts.notify = notify.health();
      parts.watchdog = watchdog.health();
      for (const source of options.sources) parts[`source:${source.name}`] = source.health();
      return parts;
    },
    async close() {
      await Promise.all(options.sources.map((source) => source.close()));
      stop.abort();
      news.ring();
      stopListening();
      clearInterval(gauges);
      await running;
      await Promise.all([...drains.values()].map((drain) => drain.close()));
      await maintenance;
      await Promise.all([notify.close(), watchdog.close()]);
      await Promise.all([leases.release(), telling.release()]);
    },
  };
};

/** « fhir.503; circuit open, 7 failures, next try in 12 s ». */
const circuitOf = (reason: string, failures: number, pause: Millis | null): string =>
  pause === null
    ? `${reason}; trying again, ${failures} failures`
    : `${reason}; circuit open, ${failures} failures, next try in ${Math.max(0, Math.ceil(pause / SECOND))} s`;
