/** The history of one measure with everything that is drawn or listed about it. Pure. */
import type { Metric } from '../../../domain/metrics.js';
import { type EpochMillis, type Millis, MINUTE } from '../../../domain/time.js';
import type { AlertView } from '../../protocol.js';
import {
  causeOf,
  type Gap,
  gapAfter,
  gapsOf,
  type HistoryPoint,
  isByHand,
  LENGTH,
  type Limits,
  type Period,
  WINDOW,
} from './history.js';
import type { MeasureName } from './measures.js';

export interface Trend {
  readonly name: MeasureName;
  readonly metric: Metric;
  readonly points: readonly HistoryPoint[];
  readonly lower: ReadonlyMap<EpochMillis, number> | null;
  readonly gaps: readonly (Gap & { readonly cause: AlertView | null })[];
  readonly limits: Limits | null;
}

interface TrendInput {
  readonly name: MeasureName;
  readonly metric: Metric;
  readonly points: readonly HistoryPoint[];
  readonly diastolic: readonly HistoryPoint[] | null;
  readonly period: Period;
  readonly to: EpochMillis;
  readonly limits: Limits | null;
  readonly alerts: readonly AlertView[];
  cadenceOf(device: string): number | null;
}

/** Further apart they are not the same measurement. */
const SAME_MEASURE: Millis = MINUTE;

/** The diastolic of each systolic, by the instant of the systolic; both lists oldest first. */
const pairsOf = (upper: readonly HistoryPoint[], lower: readonly HistoryPoint[]): ReadonlyMap<EpochMillis, number> => {
  const pairs = new Map<EpochMillis, number>();
  let index = 0;
  for (const { at } of upper) {
    while ((lower[index]?.at ?? Infinity) < at - SAME_MEASURE) index += 1;
    const found = lower[index];
    if (found && Math.abs(found.at - at) <= SAME_MEASURE) pairs.set(at, found.value);
  }
  return pairs;
};

/** Windows stand at their middle; measures where they were made. */
export const trendOf = (input: TrendInput): Trend => {
  const { name, metric, period, to } = input;
  const window = WINDOW[period]?.length ?? 0;
  const device = input.points.at(-1)?.device ?? null;
  const after = gapAfter(input.points, device === null ? null : input.cadenceOf(device), window);
  const gaps = isByHand(metric) ? [] : gapsOf(input.points, { after, to, window });
  /** The server widens a range to whole windows: one that stands before the range is not drawn. */
  const moved = (points: readonly HistoryPoint[]): readonly HistoryPoint[] =>
    window === 0
      ? points
      : points
          .map((point) => ({ ...point, at: Math.min(to, point.at + window / 2) }))
          .filter(({ at }) => at >= to - LENGTH[period]);
  return {
    name,
    metric,
    points: moved(input.points),
    lower: input.diastolic && pairsOf(moved(input.points), moved(input.diastolic)),
    gaps: gaps.map((gap) => ({ ...gap, cause: causeOf(gap, input.alerts, metric) })),
    limits: input.limits,
  };
};
