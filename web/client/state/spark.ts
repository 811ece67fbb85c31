/** Geometry of the small 24 h curves: a fixed scale per measure, so that normal looks flat and people compare. Pure. */
import { type EpochMillis, HOUR, type Millis, MINUTE } from '../../../domain/time.js';

export interface SparkPoint {
  readonly at: EpochMillis;
  readonly value: number;
}
export interface SparkInput {
  readonly points: readonly SparkPoint[];
  readonly scale: readonly [low: number, high: number];
  readonly now: EpochMillis;
  readonly width: number;
  readonly height: number;
  readonly limit: { readonly value: number; readonly sign: '<' | '>' } | null;
}
export interface SparkShape {
  readonly kind: 'line' | 'dots';
  /** SVG path of the data; gaps are not bridged in a line. */
  readonly path: string;
  /** The parts beyond the limit. */
  readonly out: string;
  readonly dots: readonly { readonly x: number; readonly y: number; readonly out: boolean }[];
  readonly last: { readonly x: number; readonly y: number; readonly out: boolean } | null;
  readonly limitY: number | null;
}

const SPAN: Millis = 24 * HOUR;
/** More values than this in a day is a continuous measure; fewer are visits of a carer. */
const CONTINUOUS_FROM = 30;
const GAP: Millis = 45 * MINUTE;
/** Room for the last dot. */
const PAD = 4;

const round = (value: number): number => Math.round(value * 10) / 10;

/** The shape of the last 24 h before `now`; null when there is nothing to draw. */
export const sparkOf = (input: SparkInput): SparkShape | null => {
  const { scale, now, width, height, limit } = input;
  const from = now - SPAN;
  const points = input.points.filter(({ at }) => at >= from && at <= now + MINUTE).sort((a, b) => a.at - b.at);
  if (points.length === 0) return null;
  const [low, high] = scale;
  const y = (value: number): number =>
    round(PAD + (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low)) * (height - 2 * PAD));
  const x = (at: EpochMillis): number => round(2 + (Math.min(SPAN, at - from) / SPAN) * (width - 2 - PAD));
  const isOut = (value: number): boolean =>
    limit !== null && (limit.sign === '<' ? value < limit.value : value > limit.value);
  const kind = points.length >= CONTINUOUS_FROM ? 'line' : 'dots';
  let path = '';
  let out = '';
  points.forEach((point, index) => {
    const before = points[index - 1];
    const here = `${x(point.at)} ${y(point.value)}`;
    const joined = before !== undefined && (kind === 'dots' || point.at - before.at <= GAP);
    path += `${joined ? 'L' : 'M'}${here}`;
    if (joined && isOut(point.value)) out += `M${x(before.at)} ${y(before.value)}L${here}`;
  });
  const dots = points.map((point) => ({ x: x(point.at), y: y(point.value), out: isOut(point.value) }));
  return {
    kind,
    path,
    out,
    dots: kind === 'dots' ? dots : [],
    last: dots.at(-1) ?? null,
    limitY: limit === null ? null : y(limit.value),
  };
};
