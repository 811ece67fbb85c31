import { SECOND, type EpochMillis, type Millis } from '../../domain/time.js';
import { createDoorbell } from '../../platform/doorbell.js';
import type { Log } from '../../platform/log.js';
import { backoff, sleep } from '../../platform/retry.js';
import type { Delivery, LoggedReading, Row, Sink } from './sink.js';

/** The drain's view of the store: a log to read, a cursor to move, a place for what a sink refuses. */
export interface DrainStore<R extends Row = LoggedReading> {
  position(): Promise<number>;
  /** Whole messages after `after`, in order. */
  readAfter(after: number, limit: number): Promise<R[]>;
  /** Dead letters and the cursor move in one transaction. */
  settle(position: number, rejected: readonly { row: R; reason: string }[]): Promise<void>;
  /** Dead letters somebody asked to offer again, in log order. */
  replayable?(limit: number): Promise<readonly { letter: number; row: R }[]>;
  settleReplay?(result: {
    delivered: readonly number[];
    rejected: readonly { letter: number; reason: string }[];
  }): Promise<void>;
}

export interface DrainState {
  /** Age of the oldest row not delivered yet; 0 when the sink has everything. */
  readonly lag: Millis;
  /** Why the sink is behind; null when it is not refusing anything. */
  readonly trouble: string | null;
  /** Failures in a row; 0 while the sink takes what it is given. */
  readonly failures: number;
  /** The circuit is open: nothing is sent until then. */
  readonly retryAt: EpochMillis | null;
}

export interface DrainOptions<R extends Row = LoggedReading> {
  readonly sink: Sink<R>;
  readonly store: DrainStore<R>;
  readonly log: Log;
  /** Calls back when new readings were stored; returns the function that stops listening. */
  readonly onNews: (listener: () => void) => () => void;
  readonly onRejected?: (count: number) => void;
  readonly now?: () => EpochMillis;
  /** Longest a delivery may take before it is aborted and offered again. */
  readonly timeLimit?: Millis;
  /** Waits between tries; for tests on simulated time. */
  readonly pause?: typeof sleep;
}

export interface Drain {
  state(): DrainState;
  close(): Promise<void>;
}

const PAUSE = { first: 200, most: 30 * SECOND };
/** A wake-up is only a hint, so the log is also polled. */
const POLL: Millis = 500;

/**
 * Carries a log to one sink, batch by batch, for ever: deliver, settle, move on. Batching, retry, back-off,
 * dead letters and lag are here once, so that a sink only knows its protocol. A sink that is down holds nobody up but
 * itself; delivery is at least once and sinks are idempotent by reading id.
 */
export const startDrain = <R extends Row = LoggedReading>(options: DrainOptions<R>): Drain => {
  const { sink, store, log, onNews, now = Date.now, timeLimit = 60 * SECOND, pause: wait = sleep } = options;
  const stop = new AbortController();
  let oldest: EpochMillis | null = null;
  let trouble: string | null = null;
  let failures = 0;
  let retryAt: EpochMillis | null = null;
  const news = createDoorbell();
  const stopListening = onNews(news.ring);

  const deliver = async (batch: readonly R[]): Promise<Delivery> => {
    try {
      return await sink.deliver(batch, AbortSignal.any([stop.signal, AbortSignal.timeout(timeLimit)]));
    } catch (error) {
      return {
        rejected: [],
        retryFrom: batch[0]!.seq,
        retryReason: error instanceof Error ? error.message : 'unknown',
      };
    }
  };

  /** One batch; returns whether the sink took all of it, or null when there was none. */
  const step = async (position: number): Promise<{ position: number; kept: Delivery | null } | null> => {
    const batch = await store.readAfter(position, sink.batchSize);
    if (batch.length === 0) return null;
    oldest = batch[0]!.receivedAt;
    const delivery = await deliver(batch);
    const { retryFrom } = delivery;
    const settled = retryFrom === undefined ? batch : batch.filter((row) => row.seq < retryFrom);
    const reasons = new Map(delivery.rejected.map(({ seq, reason }) => [seq, reason]));
    const rejected = settled.flatMap((row) => (reasons.has(row.seq) ? [{ row, reason: reasons.get(row.seq)! }] : []));
    const last = settled.at(-1)?.seq ?? position;
    if (last > position) await store.settle(last, rejected);
    if (rejected.length > 0) options.onRejected?.(rejected.length);
    return { position: last, kept: retryFrom === undefined ? null : delivery };
  };

  /** Dead letters that somebody asked for; they wait for their turn behind the log. Returns whether there were any. */
  const replay = async (): Promise<boolean> => {
    const again = (await store.replayable?.(sink.batchSize)) ?? [];
    if (again.length === 0) return false;
    const { rejected, ...kept } = await deliver(again.map(({ row }) => row));
    const reasons = new Map(rejected.map(({ seq, reason }) => [seq, reason]));
    const settled = again.filter(({ row }) => kept.retryFrom === undefined || row.seq < kept.retryFrom);
    await store.settleReplay?.({
      delivered: settled.filter(({ row }) => !reasons.has(row.seq)).map(({ letter }) => letter),
      rejected: settled.flatMap(({ letter, row }) => {
        const reason = reasons.get(row.seq);
        return reason === undefined ? [] : [{ letter, reason }];
      }),
    });
    if (kept.retryFrom !== undefined) throw new Kept({ rejected: [], ...kept });
    return true;
  };

  const run = async (): Promise<void> => {
    let position: number | null = null;
    while (!stop.signal.aborted) {
      try {
        position ??= await store.position();
        const result = await step(position);
        if (result) position = result.position;
        if (result?.kept) throw new Kept(result.kept);
        if (trouble) log.info({ sink: sink.name }, 'sink moves again');
        failures = 0;
        trouble = null;
        if (!result) {
          oldest = null;
          if (!(await replay())) await news.wait(POLL);
        }
      } catch (error) {
        if (stop.signal.aborted) break;
        if (!(error instanceof Kept)) position = null; // the store failed: trust only what it says next
        const reason = error instanceof Error ? error.message : 'unknown';
        if (trouble !== reason) log.warn({ sink: sink.name, reason }, 'sink is held up, readings wait');
        trouble = reason;
        failures += 1;
        const asked = error instanceof Kept ? (error.delivery.retryAfter ?? 0) : 0;
        const pause = Math.max(asked, backoff(failures, PAUSE));
        retryAt = now() + pause;
        await wait(pause, stop.signal);
        retryAt = null;
      }
    }
  };
  const finished = run();

  return {
    state: () => ({ lag: oldest === null ? 0 : Math.max(0, now() - oldest), trouble, failures, retryAt }),
    async close() {
      stop.abort();
      news.ring();
      stopListening();
      await finished;
      await sink.close?.();
    },
  };
};

class Kept extends Error {
  constructor(readonly delivery: Delivery) {
    super(delivery.retryReason ?? 'the sink asked to try again');
  }
}
