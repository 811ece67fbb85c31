import { sql } from 'kysely';
import type { DeviceId, MessageKey, ReadingId, ResidentId, SiteId } from '../../domain/ids.js';
import { METRICS, isMetric, type Metric } from '../../domain/metrics.js';
import type { OriginalValue, Quality, Reading } from '../../domain/reading.js';
import type { EpochMillis } from '../../domain/time.js';
import { oneOf, orderedWrites, rowsOf } from './bulk.js';
import type { Db } from './db.js';
import type { ReadingsTable } from './schema.js';

/** A reading as it stands in the log; `seq` is what cursors point at. */
export interface LoggedReading extends Reading {
  readonly seq: number;
}

const toNumber = (value: number | boolean): number => Number(value);
const fromNumber = (metric: Metric, value: number): number | boolean =>
  METRICS[metric].kind === 'boolean' ? value !== 0 : value;

const READING_COLUMNS = {
  id: 'text',
  site: 'text',
  resident: 'text',
  room: 'text',
  device: 'text',
  metric: 'text',
  value: 'double precision',
  time: 'bigint',
  received_at: 'bigint',
  quality: 'text',
  late: 'bigint',
  message: 'text',
  original: 'text',
} as const;
const READING_NAMES = sql.join(Object.keys(READING_COLUMNS).map((name) => sql.ref(name)));

/**
 * Appends readings to the log in the given order, in one statement. Returns the ids that were new; the rest were
 * duplicates of the log or of an earlier reading of the same batch (which is stored once). Call it inside `write`:
 * in PostgreSQL it holds the log's order lock until the transaction ends (see `orderedWrites`).
 */
export const insertReadings = async (db: Db, readings: readonly Reading[]): Promise<ReadonlySet<string>> => {
  if (readings.length === 0) return new Set();
  await orderedWrites(db, 'readings');
  const rows = readings.map((r) => [
    r.id,
    r.site,
    r.resident,
    r.room,
    r.device,
    r.metric,
    toNumber(r.value),
    r.time,
    r.receivedAt,
    r.quality,
    toNumber(r.late),
    r.message,
    r.original ? JSON.stringify(r.original) : null,
  ]);
  const inserted = await sql<{ id: string }>`insert into readings (${READING_NAMES})
    select ${READING_NAMES} from ${rowsOf(db, READING_COLUMNS, rows)} where true order by n
    on conflict (id) do nothing returning id`.execute(db);
  return new Set(inserted.rows.map(({ id }) => id));
};

/** Which of these readings the log already holds. */
export const existingReadingIds = async (db: Db, ids: readonly string[]): Promise<Set<string>> => {
  const rows = await db
    .selectFrom('readings')
    .select('id')
    .where(oneOf(db, 'id', ids))
    .execute();
  return new Set(rows.map(({ id }) => id));
};

export const toReading = (row: Omit<ReadingsTable, 'seq'> & { seq: number }): LoggedReading => ({
  seq: row.seq,
  id: row.id as ReadingId,
  site: row.site as SiteId,
  resident: row.resident as ResidentId | null,
  room: row.room,
  device: row.device as DeviceId,
  metric: row.metric as Metric,
  value: fromNumber(row.metric as Metric, row.value),
  time: row.time,
  receivedAt: row.received_at,
  quality: row.quality as Quality,
  late: row.late !== 0,
  message: row.message as MessageKey,
  ...(row.original === null ? {} : { original: JSON.parse(row.original) as OriginalValue }),
});

/** Readings of the log by id, in `seq` order; what was trimmed is missing. */
export const readingsById = async (db: Db, ids: readonly string[]): Promise<LoggedReading[]> => {
  const rows = await db
    .selectFrom('readings')
    .selectAll()
    .where(oneOf(db, 'id', ids))
    .orderBy('seq')
    .execute();
  return rows.map(toReading);
};

/** How many rows are read at a time when the last message of a page is completed. */
const COMPLETION_PAGE = 256;

/**
 * The log after a position, in `seq` order: `limit` readings, and then the rest of the last message, so that a
 * message's readings are never split over two pages.
 */
export const readingsAfter = async (
  db: Db,
  { after, limit, site }: { after: number; limit: number; site?: string },
): Promise<LoggedReading[]> => {
  const page = (from: number, size: number) => {
    const query = db.selectFrom('readings').selectAll().where('seq', '>', from).orderBy('seq').limit(size);
    return (site === undefined ? query : query.where('site', '=', site)).execute();
  };
  const rows = await page(after, limit);
  const last = rows.at(-1);
  if (!last || rows.length < limit) return rows.map(toReading);
  for (let from = last.seq; ;) {
    const more = await page(from, COMPLETION_PAGE);
    const other = more.findIndex(({ message }) => message !== last.message);
    rows.push(...(other < 0 ? more : more.slice(0, other)));
    if (other >= 0 || more.length < COMPLETION_PAGE) return rows.map(toReading);
    from = more.at(-1)!.seq;
  }
};

/** Where the log ends; null when it is empty. */
export const newestReading = async (db: Db): Promise<{ seq: number; receivedAt: EpochMillis } | null> => {
  const row = await db
    .selectFrom('readings')
    .select(['seq', 'received_at'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { seq: row.seq, receivedAt: row.received_at } : null;
};

/** Age in seconds of the oldest reading a cursor has not passed; 0 when it has passed them all. */
export const readingsLagSeconds = async (db: Db, position: number, now: EpochMillis): Promise<number> => {
  const row = await db
    .selectFrom('readings')
    .select('received_at')
    .where('seq', '>', position)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return row ? Math.max(0, (now - row.received_at) / 1000) : 0;
};

/** Rows deleted by one statement, so that nobody waits long for the write lock. */
const TRIM_CHUNK = 5_000;

/** Deletes readings up to a position that were received before an instant; returns how many. */
export const trimReadings = async (db: Db, upToSeq: number, olderThan: EpochMillis): Promise<number> => {
  for (let deleted = 0; ;) {
    const oldest = db
      .selectFrom('readings')
      .select('seq')
      .where('seq', '<=', upToSeq)
      .where('received_at', '<', olderThan)
      // A dead letter can be replayed for as long as it waits.
      .where('id', 'not in', db.selectFrom('dead_letters').select('reading_id').where('replayed_at', 'is', null))
      .orderBy('received_at')
      .limit(TRIM_CHUNK);
    const result = await db.deleteFrom('readings').where('seq', 'in', oldest).executeTakeFirst();
    const count = Number(result.numDeletedRows);
    deleted += count;
    if (count < TRIM_CHUNK) return deleted;
  }
};

/** The newest value of a metric for a subject. */
export interface LatestRow {
  readonly subject: string;
  readonly metric: Metric;
  readonly site: string;
  readonly reading: string;
  readonly device: string;
  readonly value: number | boolean;
  readonly time: EpochMillis;
  readonly receivedAt: EpochMillis;
  readonly quality: Quality;
}

/** Whom a reading tells about: `resident:{id}`, `room:{site}/{room}`, or `device:{id}` for the device's own state. */
export const subjectOf = ({ metric, resident, room, site, device }: Reading): string => {
  if (METRICS[metric].about === 'device' || (resident === null && room === null)) return `device:${device}`;
  return resident === null ? `room:${site}/${room}` : `resident:${resident}`;
};

const isNewer = (a: Reading, b: Reading): boolean =>
  a.time > b.time || (a.time === b.time && a.receivedAt >= b.receivedAt);

const LATEST_COLUMNS = {
  subject: 'text',
  metric: 'text',
  site: 'text',
  reading: 'text',
  device: 'text',
  value: 'double precision',
  time: 'bigint',
  received_at: 'bigint',
  quality: 'text',
} as const;
const LATEST_NAMES = sql.join(Object.keys(LATEST_COLUMNS).map((name) => sql.ref(name)));

/** Keeps the newest reading by measurement time of each subject and metric; a late reading replaces nothing newer. */
export const upsertLatest = async (db: Db, readings: readonly Reading[]): Promise<void> => {
  const newest = new Map<string, Reading>();
  for (const reading of readings) {
    const key = `${subjectOf(reading)}\n${reading.metric}`;
    const known = newest.get(key);
    if (!known || isNewer(reading, known)) newest.set(key, reading);
  }
  if (newest.size === 0) return;
  // One order for all writers: two transactions that update the same rows cannot then wait for each other.
  const ordered = [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reading]) => reading);
  const rows = ordered.map((r) => [
    subjectOf(r),
    r.metric,
    r.site,
    r.id,
    r.device,
    toNumber(r.value),
    r.time,
    r.receivedAt,
    r.quality,
  ]);
  await sql`insert into latest (${LATEST_NAMES})
    select ${LATEST_NAMES} from ${rowsOf(db, LATEST_COLUMNS, rows)} where true order by n
    on conflict (subject, metric) do update set site = excluded.site, reading = excluded.reading,
      device = excluded.device, value = excluded.value, time = excluded.time, received_at = excluded.received_at,
      quality = excluded.quality
    where excluded.time > latest.time
      or (excluded.time = latest.time and excluded.received_at >= latest.received_at)`.execute(db);
};

/** The newest values of each subject, by subject; a subject without any is missing from the map. */
export const latestOf = async (db: Db, subjects: readonly string[]): Promise<Map<string, LatestRow[]>> => {
  const rows = await db
    .selectFrom('latest')
    .selectAll()
    .where(oneOf(db, 'subject', subjects))
    .orderBy('metric')
    .execute();
  const bySubject = new Map<string, LatestRow[]>();
  for (const row of rows) {
    // A metric that was renamed since is not shown rather than shown wrongly.
    if (!isMetric(row.metric)) continue;
    const latest: LatestRow = {
      subject: row.subject,
      metric: row.metric,
      site: row.site,
      reading: row.reading,
      device: row.device,
      value: fromNumber(row.metric, row.value),
      time: row.time,
      receivedAt: row.received_at,
      quality: row.quality as Quality,
    };
    const known = bySubject.get(row.subject);
    if (known) known.push(latest);
    else bySubject.set(row.subject, [latest]);
  }
  return bySubject;
};

export { markSeen, seenSince, trimSeen } from './seen.js';
