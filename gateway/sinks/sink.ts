import type { Alert } from '../../domain/alert.js';
import type { EpochMillis, Millis } from '../../domain/time.js';
import type { LoggedReading } from '../../platform/store/readings.js';

export type { LoggedReading };

/** A row of a log a drain reads. */
export interface Row {
  readonly seq: number;
  readonly receivedAt: EpochMillis;
}

/** An alert as it stands now, at the place of an event in the event log. */
export interface AlertRow extends Row {
  readonly alert: Alert;
}

/**
 * What became of a batch, row by row: a row is accepted unless it is listed in `rejected` (dead letter: kept,
 * visible, replayable) or stands at or after `retryFrom` (kept: offered again, at least `retryAfter` later).
 */
export interface Delivery {
  readonly rejected: readonly { readonly seq: number; readonly reason: string }[];
  readonly retryFrom?: number;
  readonly retryAfter?: Millis;
  /** Why rows are kept; for the log and `/readyz`. No personal data. */
  readonly retryReason?: string;
}

/**
 * Where readings (or alerts) go after they are stored. Called with one batch at a time, in `seq` order, never
 * concurrently; a message's readings are never split over two batches. A throw means the whole batch is kept. Must be
 * idempotent by reading id. `signal` aborts at shutdown and at the drain's time limit.
 */
export interface Sink<R extends Row = LoggedReading> {
  readonly name: string;
  readonly batchSize: number;
  deliver(batch: readonly R[], signal: AbortSignal): Promise<Delivery>;
  close?(): Promise<void>;
}
