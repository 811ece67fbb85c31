import type { Metric } from '../../../domain/metrics.js';
import { DAY, type Millis, MINUTE, toIso } from '../../../domain/time.js';
import * as api from '../api/calls.js';
import type { SparkPoint } from './spark.js';
import { createStore, type ReadonlyStore } from './store.js';

export type SeriesMap = ReadonlyMap<string, readonly SparkPoint[]>;

export const seriesKey = (resident: string, metric: Metric): string => `${resident} ${metric}`;

export interface SeriesLoader extends ReadonlyStore<SeriesMap> {
  /** Fetches the last day when it is not there or old; asking again is free. */
  want(resident: string, metric: Metric): void;
}

const REFRESH: Millis = 10 * MINUTE;
const AT_ONCE = 2;

/** Lazily loaded day curves, two requests at a time, in the order they were asked for. */
export const createSeries = (serverNow: () => number): SeriesLoader => {
  const store = createStore<SeriesMap, { key: string; points: readonly SparkPoint[] }>(
    new Map(),
    (state, { key, points }) => new Map(state).set(key, points),
  );
  const askedAt = new Map<string, number>();
  const waiting: { resident: string; metric: Metric }[] = [];
  let running = 0;

  const next = (): void => {
    if (running >= AT_ONCE) return;
    const job = waiting.shift();
    if (!job) return;
    running += 1;
    const now = serverNow();
    const key = seriesKey(job.resident, job.metric);
    api
      .series(job.resident, job.metric, { from: toIso(now - DAY), to: toIso(now) })
      .then((points) =>
        store.dispatch({ key, points: points.map(({ time, mean }) => ({ at: Date.parse(time), value: mean })) }),
      )
      .catch(() => undefined)
      .finally(() => {
        running -= 1;
        next();
      });
  };

  return {
    get: store.get,
    subscribe: store.subscribe,
    want(resident, metric) {
      const key = seriesKey(resident, metric);
      const now = serverNow();
      if (now - (askedAt.get(key) ?? -Infinity) < REFRESH) return;
      askedAt.set(key, now);
      waiting.push({ resident, metric });
      next();
    },
  };
};
