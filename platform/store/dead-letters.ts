import type { EpochMillis } from '../../domain/time.js';
import { decodeCursor, oneOf, type Page, pageOf, rowsOf, storableText } from './bulk.js';
import { sql } from 'kysely';
import type { Db } from './db.js';

/** A reading a sink refused for good. */
export interface DeadLetter {
  readonly sink: string;
  readonly readingSeq: number;
  readonly readingId: string;
  readonly reason: string;
  readonly at: EpochMillis;
}
export interface KeptDeadLetter extends DeadLetter {
  readonly id: number;
}

const COLUMNS = { sink: 'text', reading_seq: 'bigint', reading_id: 'text', reason: 'text', at: 'bigint' } as const;

/** Keeps refused readings; part of the transaction that moves the sink's cursor past them. */
export const addDeadLetters = async (db: Db, letters: readonly DeadLetter[]): Promise<void> => {
  if (letters.length === 0) return;
  const rows = letters.map((l) => [l.sink, l.readingSeq, l.readingId, storableText(l.reason), l.at]);
  await sql`insert into dead_letters (sink, reading_seq, reading_id, reason, at)
    select sink, reading_seq, reading_id, reason, at from ${rowsOf(db, COLUMNS, rows)} order by n`.execute(db);
};

/** Dead letters that wait, of one sink or all, oldest first, in pages. */
export const listDeadLetters = async (
  db: Db,
  { sink, limit, cursor }: { sink?: string | undefined; limit: number; cursor?: string | null | undefined },
): Promise<Page<KeptDeadLetter>> => {
  const [after] = decodeCursor(cursor) ?? [];
  let query = db
    .selectFrom('dead_letters')
    .selectAll()
    .where('replayed_at', 'is', null)
    .where('id', '>', typeof after === 'number' ? after : 0)
    .orderBy('id')
    .limit(limit + 1);
  if (sink !== undefined) query = query.where('sink', '=', sink);
  return pageOf(await query.execute(), limit, {
    item: (row) => ({
      id: row.id,
      sink: row.sink,
      readingSeq: row.reading_seq,
      readingId: row.reading_id,
      reason: row.reason,
      at: row.at,
    }),
    key: ({ id }) => [id],
  });
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
  return new Map(rows.map(({ sink, rows: waiting }) => [sink, waiting]));
};
