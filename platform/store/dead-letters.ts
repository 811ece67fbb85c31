import { sql } from 'kysely';
import type { EpochMillis } from '../../domain/time.js';
import { decodeCursor, oneOf, type Page, pageOf, rowsOf, storableText } from './bulk.js';
import type { Db } from './db.js';

/** A row of a log (a reading, or an alert's event) that a sink refused for good. */
export interface DeadLetter {
  readonly sink: string;
  /** `seq` of the row in its log. */
  readonly readingSeq: number;
  /** The reading's id; the alert's for a sink of alerts. */
  readonly readingId: string;
  readonly reason: string;
  readonly at: EpochMillis;
}
export interface KeptDeadLetter extends DeadLetter {
  readonly id: number;
  /** When somebody asked to offer it again; null while nobody has. */
  readonly requestedAt: EpochMillis | null;
}

const COLUMNS = { sink: 'text', reading_seq: 'bigint', reading_id: 'text', reason: 'text', at: 'bigint' } as const;

/** Keeps refused rows; part of the transaction that moves the sink's cursor past them. */
export const addDeadLetters = async (db: Db, letters: readonly DeadLetter[]): Promise<void> => {
  if (letters.length === 0) return;
  const rows = letters.map((l) => [l.sink, l.readingSeq, l.readingId, storableText(l.reason), l.at]);
  await sql`insert into dead_letters (sink, reading_seq, reading_id, reason, at)
    select sink, reading_seq, reading_id, reason, at from ${rowsOf(db, COLUMNS, rows)} order by n`.execute(db);
};

const toLetter = (row: {
  id: number;
  sink: string;
  reading_seq: number;
  reading_id: string;
  reason: string;
  at: number;
  requested_at: number | null;
}): KeptDeadLetter => ({
  id: row.id,
  sink: row.sink,
  readingSeq: row.reading_seq,
  readingId: row.reading_id,
  reason: row.reason,
  at: row.at,
  requestedAt: row.requested_at,
});

const waiting = (db: Db) => db.selectFrom('dead_letters').selectAll().where('replayed_at', 'is', null).orderBy('id');

/** Only letters about readings and alerts of these sites. */
const ofSites = (db: Db, sites: readonly string[]) =>
  sql<boolean>`(exists (select 1 from readings where readings.id = dead_letters.reading_id and ${oneOf(db, 'readings.site', sites)})
    or exists (select 1 from alerts where alerts.id = dead_letters.reading_id and ${oneOf(db, 'alerts.site', sites)}))`;

/** Dead letters that wait, of one sink or all, of some sites or all, oldest first, in pages. */
export const listDeadLetters = async (
  db: Db,
  {
    sink,
    sites,
    limit,
    cursor,
  }: {
    sink?: string | undefined;
    sites?: readonly string[] | undefined;
    limit: number;
    cursor?: string | null | undefined;
  },
): Promise<Page<KeptDeadLetter>> => {
  const [after] = decodeCursor(cursor) ?? [];
  let query = waiting(db)
    .where('id', '>', typeof after === 'number' ? after : 0)
    .limit(limit + 1);
  if (sink !== undefined) query = query.where('sink', '=', sink);
  if (sites !== undefined) query = query.where(ofSites(db, sites));
  return pageOf(await query.execute(), limit, { item: toLetter, key: ({ id }) => [id] });
};

/**
 * Asks the sinks to offer dead letters again: those named, or all that wait; of some sites, or all. The other readings
 * of the same messages go with them, so that no panel is sent in halves. Returns how many were asked for.
 */
export const requestReplay = async (
  db: Db,
  wanted: {
    ids?: readonly number[] | undefined;
    sink?: string | undefined;
    sites?: readonly string[] | undefined;
    at: EpochMillis;
  },
): Promise<number> => {
  let query = db.updateTable('dead_letters').set({ requested_at: wanted.at }).where('replayed_at', 'is', null);
  if (wanted.sink !== undefined) query = query.where('sink', '=', wanted.sink);
  if (wanted.sites !== undefined) query = query.where(ofSites(db, wanted.sites));
  if (wanted.ids !== undefined)
    query = query.where(
      sql<boolean>`(${oneOf(db, 'dead_letters.id', wanted.ids)} or reading_id in (
        select sibling.id from readings sibling join readings named on named.message = sibling.message
        join dead_letters letter on letter.reading_id = named.id where ${oneOf(db, 'letter.id', wanted.ids)}))`,
    );
  return Number((await query.executeTakeFirst()).numUpdatedRows);
};

/** Letters of a sink that somebody asked to offer again, in the order of their log. */
export const requestedDeadLetters = async (db: Db, sink: string, limit: number): Promise<KeptDeadLetter[]> => {
  const rows = await waiting(db).where('requested_at', 'is not', null).where('sink', '=', sink).limit(limit).execute();
  return rows.map(toLetter).sort((a, b) => a.readingSeq - b.readingSeq);
};

/** A replay that was refused again: the letter waits for somebody once more, with the new reason. */
export const refuseReplay = async (db: Db, id: number, reason: string, at: EpochMillis): Promise<void> => {
  await db
    .updateTable('dead_letters')
    .set({ reason: storableText(reason), at, requested_at: null })
    .where('id', '=', id)
    .execute();
};

/** Marks dead letters as delivered after all; returns how many waited until now. */
export const markReplayed = async (db: Db, ids: readonly number[], at: EpochMillis): Promise<number> => {
  const result = await db
    .updateTable('dead_letters')
    .set({ replayed_at: at })
    .where(oneOf(db, 'id', ids))
    .where('replayed_at', 'is', null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
};

/** How many dead letters wait, by sink. */
export const countDeadLetters = async (db: Db): Promise<Map<string, number>> => {
  const rows = await db
    .selectFrom('dead_letters')
    .select((count) => ['sink', count.fn.countAll<number>().as('rows')])
    .where('replayed_at', 'is', null)
    .groupBy('sink')
    .execute();
  return new Map(rows.map(({ sink, rows: waitingRows }) => [sink, waitingRows]));
};
