import { sql } from 'kysely';
import type { Db } from './db.js';
import { assertFence, type Fence } from './leases.js';

export interface CursorRow {
  readonly name: string;
  readonly partition: number;
  readonly position: number;
}

/** Where a reader of a log stands: the last `seq` it has dealt with; 0 when it has read nothing. */
export const cursor = async (db: Db, name: string, partition: number): Promise<number> => {
  const row = await db
    .selectFrom('cursors')
    .select('position')
    .where('name', '=', name)
    .where('partition', '=', partition)
    .executeTakeFirst();
  return row?.position ?? 0;
};

/** All cursors. */
export const cursors = (db: Db): Promise<CursorRow[]> =>
  db.selectFrom('cursors').selectAll().orderBy('name').orderBy('partition').execute();

/**
 * Moves a cursor forward; it never moves back. With `fence`, throws `LeaseLostError` when the token is no longer
 * valid: call it in the transaction that writes what was read.
 */
export const moveCursor = async (
  db: Db,
  name: string,
  partition: number,
  position: number,
  fence?: Fence,
): Promise<void> => {
  if (fence) await assertFence(db, fence);
  await sql`insert into cursors (name, partition, position) values (${name}, ${partition}, ${position})
    on conflict (name, partition) do update set position = excluded.position
    where excluded.position > cursors.position`.execute(db);
};
