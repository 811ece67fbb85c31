import { useEffect } from 'react';
import type { Metric } from '../../../domain/metrics.js';
import { MINUTE } from '../../../domain/time.js';
import type { LatestReading } from '../../protocol.js';
import { useDesk, useLive } from '../state/desk.js';
import type { Flag } from '../state/residents.js';
import { seriesKey } from '../state/series.js';
import { sparkOf, type SparkPoint, type SparkShape } from '../state/spark.js';
import { useStore } from '../state/store.js';

/** Fixed scale per measure (design §3). */
export const SCALES: Partial<Record<Metric, readonly [low: number, high: number]>> = {
  spo2: [84, 100],
  heart_rate: [45, 135],
  pulse_rate: [45, 135],
  systolic_bp: [90, 185],
  body_temperature: [35.4, 39.4],
  respiratory_rate: [8, 32],
};

const NONE: readonly SparkPoint[] = [];

interface UseSparkInput {
  readonly resident: string | null;
  readonly metric: Metric | null;
  /** The newest value, drawn as the last point before the history has it. */
  readonly reading: LatestReading | null;
  readonly flag: Flag | null;
  readonly visible: boolean;
  readonly size: readonly [width: number, height: number];
}

/** The curve of one measure over 24 h; asked from the server the first time it is on screen. */
export const useSpark = ({ resident, metric, reading, flag, visible, size }: UseSparkInput): SparkShape | null => {
  const { series } = useDesk();
  const now = useLive((state) => Math.floor((state.clockAt + state.offset) / MINUTE) * MINUTE);
  const scale = metric === null ? undefined : SCALES[metric];
  const key = resident === null || metric === null ? '' : seriesKey(resident, metric);
  const points = useStore(series, (state) => state.get(key) ?? NONE);
  const isWanted = visible && resident !== null && metric !== null && scale !== undefined;
  useEffect(() => {
    if (isWanted) series.want(resident, metric);
  }, [isWanted, series, resident, metric, now]);
  if (!scale) return null;
  const last =
    reading && typeof reading.value === 'number' ? { at: Date.parse(reading.time), value: reading.value } : null;
  const all = last && (points.at(-1)?.at ?? -Infinity) < last.at ? [...points, last] : points;
  return sparkOf({
    points: all,
    scale,
    now: Math.max(now, last?.at ?? 0),
    width: size[0],
    height: size[1],
    limit: flag?.limit != null && flag.sign ? { value: flag.limit, sign: flag.sign } : null,
  });
};
