import { type RawBuilder, sql } from 'kysely';
import { type Db, dialectOf } from './db.js';

type Cell = string | number | null;
type ColumnType = 'text' | 'bigint' | 'double precision';

/**
 * A relation made of one parameter, so that the SQL text (and its prepared statement) is the same for any number of
 * rows. It has the given columns, in order, and `n`, the index of the row: `insert … select … order by n` keeps order.
 */
export const rowsOf = (
  db: Db,
  columns: Readonly<Record<string, ColumnType>>,
  rows: readonly (readonly Cell[])[],
): RawBuilder<unknown> => {
  const names = Object.entries(columns);
  if (dialectOf(db) === 'postgres') {
    const arrays = names.map(([, type], index) => sql`${rows.map((row) => row[index])}::${sql.raw(type)}[]`);
    const heads = sql.join([...names.map(([name]) => sql.ref(name)), sql.ref('n')]);
    return sql`unnest(${sql.join(arrays)}) with ordinality as rows_of(${heads})`;
  }
  const cells = names.map(([name], index) => sql`value ->> ${sql.lit(index)} as ${sql.ref(name)}`);
  return sql`(select ${sql.join(cells)}, key as n from json_each(${JSON.stringify(rows)})) as rows_of`;
};

/** `column in (values)` with one parameter; false for an empty list. */
export const oneOf = (db: Db, column: string, values: readonly (string | number)[]): RawBuilder<boolean> =>
  dialectOf(db) === 'postgres'
    ? sql<boolean>`${sql.ref(column)} = any(${values})`
    : sql<boolean>`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`;

/**
 * Makes sequence order equal visibility order in PostgreSQL: without it a transaction that took a lower `seq` may
 * become visible after a cursor has passed a higher one, and its rows would never be read. Held until the transaction
 * ends, so call it inside `write`, before the first insert. SQLite has a single writer and needs nothing.
 */
export const orderedWrites = async (db: Db, log: 'readings' | 'alert_events'): Promise<void> => {
  if (dialectOf(db) !== 'postgres') return;
  await sql`select pg_advisory_xact_lock(${sql.lit(ADVISORY_CLASS)}, ${sql.lit(log === 'readings' ? 1 : 2)})`.execute(
    db,
  );
};

/** First key of our two-key advisory locks ("VIGI"); 1 and 2 are logs, 3 migrations, 100 + n inbox partitions. */
export const ADVISORY_CLASS = 0x56494749;

/** PostgreSQL text holds neither U+0000 nor half a surrogate pair; texts that quote foreign bytes pass through here. */
export const storableText = (text: string): string => Buffer.from(text).toString().replaceAll('\0', '\uFFFD');

/** Opaque page cursors: the sort key of the last row. */
export const encodeCursor = (...key: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url');

/** The sort key in a page cursor; null when it is not one of ours (the list then starts at its beginning). */
export const decodeCursor = (cursor: string | null | undefined): (string | number)[] | null => {
  if (!cursor) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(key) && key.every((part) => typeof part === 'string' || typeof part === 'number') ? key : null;
  } catch {
    return null;
  }
};

export interface Page<Item> {
  readonly items: Item[];
  /** Cursor of the following page; null at the end. */
  readonly next: string | null;
}

/** Turns `limit + 1` rows into a page. */
export const pageOf = <Row, Item>(
  rows: readonly Row[],
  limit: number,
  { item, key }: { item: (row: Row) => Item; key: (row: Row) => readonly (string | number)[] },
): Page<Item> => {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(item), next: rows.length > limit && last ? encodeCursor(...key(last)) : null };
};
