import type { Metric } from '../../domain/metrics.js';
import type { Quality, Reading } from '../../domain/reading.js';
import type { EpochMillis, Millis } from '../../domain/time.js';

export const RESOLUTIONS = ['1m', '5m', '1h', '1d'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export interface RawPoint {
  readonly time: EpochMillis;
  readonly value: number | boolean;
  readonly quality: Quality;
  readonly device: string;
  readonly late: boolean;
}
export interface AggregatePoint {
  /** Start of the window; windows are aligned to UTC. */
  readonly time: EpochMillis;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}
export interface SeriesQuery {
  readonly site: string;
  readonly resident: string;
  readonly metric: Metric;
  /** Included. */
  readonly from: EpochMillis;
  /** Excluded. */
  readonly to: EpochMillis;
}

/** Three verdicts per row: accepted unless in `rejected` (by index) or at/after `retryFrom` (an index). */
export interface WriteResult {
  readonly rejected: readonly { readonly index: number; readonly reason: string }[];
  readonly retryFrom?: number;
  readonly retryAfter?: Millis;
  readonly retryReason?: string;
}

/**
 * The time-series store. `write` is idempotent by reading id and may be given late data, which is re-aggregated. It
 * does not throw for what a row or the server does wrong: the verdicts say it. Points are in ascending time; `next` is
 * the cursor of the following page. Aggregates cover whole windows: the range is widened to their bounds.
 */
export interface History {
  write(readings: readonly Reading[], signal: AbortSignal): Promise<WriteResult>;
  raw(query: SeriesQuery & { limit: number; cursor?: string }): Promise<{ points: RawPoint[]; next: string | null }>;
  aggregate(query: SeriesQuery & { resolution: Resolution }): Promise<AggregatePoint[]>;
  /** Resolves when the store answers; throws with what to do when it does not. */
  check(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
