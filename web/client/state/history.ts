/** What a measure did over a day, a week or a month, ready to be drawn and listed. Pure; times are epoch ms. */
import type { Metric } from '../../../domain/metrics.js';
import { DAY, type EpochMillis, HOUR, type Millis, MINUTE, SECOND } from '../../../domain/time.js';
import type { AlertView } from '../../protocol.js';

export const PERIODS = ['24h', '7d', '30d'] as const;
export type Period = (typeof PERIODS)[number];
export const LENGTH: Record<Period, Millis> = { '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY };
/** Null = every measure as it came. */
export const WINDOW: Record<Period, { readonly name: '1h' | '1d'; readonly length: Millis } | null> = {
  '24h': null,
  '7d': { name: '1h', length: HOUR },
  '30d': { name: '1d', length: DAY },
};

export interface HistoryPoint {
  readonly at: EpochMillis;
  /** A measure, or the mean of its window. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly late: boolean;
  readonly questionable: boolean;
  /** Null for a window. */
  readonly device: string | null;
}

export interface Gap {
  readonly from: EpochMillis;
  readonly to: EpochMillis;
}

/** Measured by hand now and then: no interval between two measures is a loss. */
const BY_HAND: ReadonlySet<Metric> = new Set([
  'systolic_bp',
  'diastolic_bp',
  'mean_bp',
  'body_temperature',
  'body_weight',
  'glucose',
]);
export const isByHand = (metric: Metric): boolean => BY_HAND.has(metric);

/** Three missed measures, and never less than a quarter of an hour: the rule of stale values. */
const SHORTEST_GAP: Millis = 15 * MINUTE;
const MISSED = 3;

const medianOf = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

/** How long without a point is a gap, from the cadence of the device or, unknown, the usual interval. */
export const gapAfter = (points: readonly HistoryPoint[], cadenceSeconds: number | null, window: Millis): Millis => {
  if (window > 0) return window * 1.5;
  const usual =
    cadenceSeconds === null
      ? medianOf(points.slice(1).map((point, index) => point.at - (points[index]?.at ?? point.at)))
      : cadenceSeconds * SECOND;
  return Math.max(SHORTEST_GAP, usual * MISSED);
};

/**
 * Where nothing was measured, the growing one up to `to` included. Before the first point of the range nothing is
 * known: no gap is claimed. A window stands for its whole length.
 */
export const gapsOf = (
  points: readonly HistoryPoint[],
  { after, to, window }: { readonly after: Millis; readonly to: EpochMillis; readonly window: Millis },
): readonly Gap[] => {
  const gaps: Gap[] = [];
  points.forEach((point, index) => {
    const next = points[index + 1]?.at ?? to;
    if (next - point.at > after) gaps.push({ from: point.at + window, to: next });
  });
  return gaps;
};

/** The technical alert that tells why: raised while, or soon after, the data was missing. */
export const causeOf = (gap: Gap, alerts: readonly AlertView[], metric: Metric): AlertView | null =>
  alerts.find((alert) => {
    if (alert.category !== 'technical' || (alert.metric !== null && alert.metric !== metric)) return false;
    const start = Date.parse(alert.startedAt);
    return start >= gap.from - MINUTE && start <= gap.to;
  }) ?? null;

/** Points with a null between two that a gap parts: a line is never drawn over what was not measured. */
export const withBreaks = (
  points: readonly HistoryPoint[],
  gaps: readonly Gap[],
): readonly { readonly at: EpochMillis; readonly point: HistoryPoint | null }[] => {
  const inner = gaps.filter(({ from }) => points.some(({ at }) => at > from));
  return [
    ...points.map((point) => ({ at: point.at, point })),
    ...inner.map(({ from, to }) => ({ at: Math.floor((from + to) / 2), point: null })),
  ].sort((a, b) => a.at - b.at);
};

/** Below a low limit or above a high one, the nearer of the two that exist. */
export interface Limits {
  readonly criticalLow: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly criticalHigh: number | null;
}
export const isOutside = (value: number, limits: Limits): boolean => {
  const low = limits.low ?? limits.criticalLow;
  const high = limits.high ?? limits.criticalHigh;
  return (low !== null && value < low) || (high !== null && value > high);
};

/** The range to draw: the usual scale, widened to what was measured. Limits out of it are named, not drawn. */
export const scaleOf = (
  points: readonly Pick<HistoryPoint, 'min' | 'max'>[],
  usual: readonly [low: number, high: number] | undefined,
): readonly [low: number, high: number] => {
  const low = Math.min(...points.map(({ min }) => min), usual?.[0] ?? Infinity);
  const high = Math.max(...points.map(({ max }) => max), usual?.[1] ?? -Infinity);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const pad = high === low ? 1 : (high - low) * 0.04;
  return [low - (usual && low >= usual[0] ? 0 : pad), high + (usual && high <= usual[1] ? 0 : pad)];
};
