import type { Database } from 'better-sqlite3';
import { VigieError } from '../../domain/errors.js';
import { metricDefinition } from '../../domain/metrics.js';
import { LATE, QUESTIONABLE } from './embedded-schema.js';
import { residentSubject } from './embedded-write.js';
import type { AggregatePoint, RawPoint, Resolution, SeriesQuery } from './history.js';
import { WINDOW, windowsOf } from './windows.js';

interface RawRow {
  time: number;
  k: number;
  value: number;
  flags: number;
  device: string;
}

/** Where the last page ended: the time and discriminator of its last row. */
const parseCursor = (text: string): { time: number; k: number } => {
  const match = /^(\d{1,16})-(\d{1,10})$/.exec(text);
  if (!match) throw new VigieError('history.cursor', 'expected the cursor of the previous page');
  return { time: Number(match[1]), k: Number(match[2]) };
};

const FROM_RAW = (window: number): string =>
  `SELECT time - time % ${window} AS time, min(value) AS min, avg(value) AS mean, max(value) AS max, count(*) AS count
   FROM raw WHERE series = ? AND time >= ? AND time < ? GROUP BY 1 ORDER BY 1`;
const FROM_LEVEL = (table: string, window: number): string =>
  `SELECT time - time % ${window} AS time, min(min) AS min, sum(sum) / sum(count) AS mean, max(max) AS max,
     sum(count) AS count
   FROM ${table} WHERE series = ? AND time >= ? AND time < ? GROUP BY 1 ORDER BY 1`;

/** Reads over a connection of its own, so that a page never waits for a write. */
export const createReader = (db: Database) => {
  const findSeries = db.prepare('SELECT id FROM series WHERE site = ? AND subject = ? AND metric = ?');
  const page = db.prepare(
    `SELECT raw.time, raw.k, raw.value, raw.flags, device.name AS device FROM raw JOIN device ON device.id = raw.device
     WHERE series = ? AND (raw.time, raw.k) > (?, ?) AND raw.time < ? ORDER BY raw.time, raw.k LIMIT ?`,
  );
  const aggregates = {
    '1m': db.prepare(FROM_RAW(WINDOW['1m'])),
    '5m': db.prepare(FROM_LEVEL('agg_5m', WINDOW['5m'])),
    '1h': db.prepare(FROM_LEVEL('agg_1h', WINDOW['1h'])),
    '1d': db.prepare(FROM_LEVEL('agg_1h', WINDOW['1d'])),
  };
  const seriesId = ({ site, resident, metric }: SeriesQuery): number | undefined =>
    (findSeries.get(site, residentSubject(resident), metric) as { id: number } | undefined)?.id;

  return {
    raw(query: SeriesQuery & { limit: number; cursor?: string }): { points: RawPoint[]; next: string | null } {
      const start = query.cursor === undefined ? { time: query.from, k: -1 } : parseCursor(query.cursor);
      const series = seriesId(query);
      if (series === undefined) return { points: [], next: null };
      const limit = Math.trunc(query.limit);
      const rows = page.all(series, start.time, start.k, query.to, limit + 1) as RawRow[];
      const given = rows.slice(0, limit);
      const boolean = metricDefinition(query.metric).kind === 'boolean';
      const points = given.map(({ time, value, flags, device }): RawPoint => ({
        time,
        value: boolean ? value !== 0 : value,
        quality: (flags & QUESTIONABLE) !== 0 ? 'questionable' : 'good',
        device,
        late: (flags & LATE) !== 0,
      }));
      const last = given.at(-1);
      return { points, next: last && rows.length > limit ? `${last.time}-${last.k}` : null };
    },
    aggregate(query: SeriesQuery & { resolution: Resolution }): AggregatePoint[] {
      const series = seriesId(query);
      const { from, to } = windowsOf(query);
      return series === undefined ? [] : (aggregates[query.resolution].all(series, from, to) as AggregatePoint[]);
    },
  };
};
