import type { INanoDate, InfluxDB } from 'influx';
import { VigieError } from '../../domain/errors.js';
import { metricDefinition } from '../../domain/metrics.js';
import type { Quality } from '../../domain/reading.js';
import type { AggregatePoint, RawPoint, Resolution, SeriesQuery } from './history.js';
import { EVENT_MEASUREMENT, NUMBER_MEASUREMENT, tagText } from './line-protocol.js';
import { windowsOf } from './windows.js';

const measurementOf = ({ metric }: SeriesQuery): string =>
  metricDefinition(metric).kind === 'number' ? NUMBER_MEASUREMENT : EVENT_MEASUREMENT;

const SERIES = 'site = $site AND resident = $resident AND metric = $metric';
const placeholders = ({ site, resident, metric }: SeriesQuery): Record<string, string> => ({
  site: tagText(site),
  resident: tagText(resident),
  metric,
});

/** `time` in nanoseconds as text (they exceed a double), and how many points at that very time were given already. */
interface Cursor {
  readonly nanos: string;
  readonly skip: number;
}

const parseCursor = (text: string): Cursor => {
  const match = /^(\d{1,19})-(\d{1,9})$/.exec(text);
  if (!match) throw new VigieError('history.cursor', 'expected the cursor of the previous page');
  return { nanos: match[1]!, skip: Number(match[2]) };
};

interface RawRow {
  time: INanoDate;
  value: number | boolean;
  quality: Quality;
  late: boolean;
  device: string;
}

const toRawPoint = ({ time, value, quality, late, device }: RawRow): RawPoint => ({
  time: Number(time.getNanoTime().slice(0, -6)),
  value,
  quality,
  device,
  late,
});

/** One page in ascending time; several devices may share a nanosecond, so the cursor also counts what it has given. */
export const queryRaw = async (
  influx: InfluxDB,
  query: SeriesQuery & { limit: number; cursor?: string },
): Promise<{ points: RawPoint[]; next: string | null }> => {
  const limit = Math.trunc(query.limit);
  const start = query.cursor === undefined ? { nanos: `${query.from}000000`, skip: 0 } : parseCursor(query.cursor);
  const rows: RawRow[] = await influx.query<RawRow>(
    `SELECT value, quality, late, device FROM ${measurementOf(query)} WHERE ${SERIES}
     AND time >= ${start.nanos} AND time < ${Math.trunc(query.to)}ms
     ORDER BY time ASC LIMIT ${limit + 1} OFFSET ${start.skip}`,
    { placeholders: placeholders(query) },
  );
  const page = rows.slice(0, limit);
  if (rows.length <= limit) return { points: page.map(toRawPoint), next: null };
  const nanos = page.at(-1)!.time.getNanoTime();
  const given = page.filter(({ time }) => time.getNanoTime() === nanos).length;
  return { points: page.map(toRawPoint), next: `${nanos}-${given + (nanos === start.nanos ? start.skip : 0)}` };
};

interface AggregateRow {
  time: INanoDate;
  min: number;
  mean: number;
  max: number;
  count: number;
}
interface CountRow {
  time: INanoDate;
  count: number;
}

/**
 * Aggregates straight from the raw points, so that late data is in them the moment it is stored; a continuous query
 * never sees data older than its window. Booleans count as 0 and 1.
 */
export const queryAggregate = async (
  influx: InfluxDB,
  query: SeriesQuery & { resolution: Resolution },
): Promise<AggregatePoint[]> => {
  const { from, to } = windowsOf(query);
  const where = `${SERIES} AND time >= ${from}ms AND time < ${to}ms`;
  const group = `GROUP BY time(${query.resolution}) fill(none)`;
  const options = { placeholders: placeholders(query) };
  const source = measurementOf(query);
  if (source === NUMBER_MEASUREMENT) {
    const rows = await influx.query<AggregateRow>(
      `SELECT min(value) AS min, mean(value) AS mean, max(value) AS max, count(value) AS count
       FROM ${source} WHERE ${where} ${group}`,
      options,
    );
    return rows.map(({ time, min, mean, max, count }) => ({ time: time.getTime(), min, mean, max, count }));
  }
  const [all, trues] = await Promise.all([
    influx.query<CountRow>(`SELECT count(value) AS count FROM ${source} WHERE ${where} ${group}`, options),
    influx.query<CountRow>(
      `SELECT count(value) AS count FROM ${source} WHERE ${where} AND value = true ${group}`,
      options,
    ),
  ]);
  const trueCounts = new Map(trues.map(({ time, count }) => [time.getTime(), count]));
  return all.map(({ time, count }) => {
    const yes = trueCounts.get(time.getTime()) ?? 0;
    return { time: time.getTime(), min: yes === count ? 1 : 0, mean: yes / count, max: yes > 0 ? 1 : 0, count };
  });
};
