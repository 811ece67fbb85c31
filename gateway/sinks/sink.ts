import type { Millis } from '../../domain/time.js';
import type { LoggedReading } from '../../platform/store/readings.js';

export type { LoggedReading };

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
 * Where readings go after they are stored. Called with one batch at a time, in `seq` order, never concurrently;
 * a message's readings are never split over two batches. A throw means the whole batch is kept. Must be idempotent
 * by reading id. `signal` aborts at shutdown and at the drain's time limit.
 */
export interface Sink {
  readonly name: string;
  readonly batchSize: number;
  deliver(batch: readonly LoggedReading[], signal: AbortSignal): Promise<Delivery>;
  close?(): Promise<void>;
}
