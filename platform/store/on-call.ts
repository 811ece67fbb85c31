import type { EpochMillis } from '../../domain/time.js';
import type { Db } from './db.js';

/** One line of the on-call calendar: [starts, ends). */
export interface OnCall {
  readonly id: number;
  readonly site: string;
  readonly username: string;
  readonly starts: EpochMillis;
  readonly ends: EpochMillis;
}

/** What is on the calendar of a site and has not ended at `from`, in order. */
export const onCallFrom = async (db: Db, site: string, from: EpochMillis): Promise<OnCall[]> => {
  const rows = await db
    .selectFrom('on_call')
    .selectAll()
    .where('site', '=', site)
    .where('ends_at', '>', from)
    .orderBy('starts_at')
    .orderBy('id')
    .execute();
  return rows.map(({ starts_at, ends_at, ...row }) => ({ ...row, starts: starts_at, ends: ends_at }));
};

/** Puts somebody on call; returns the id of the line. */
export const addOnCall = async (db: Db, { site, username, starts, ends }: Omit<OnCall, 'id'>): Promise<number> => {
  const { id } = await db
    .insertInto('on_call')
    .values({ site, username, starts_at: starts, ends_at: ends })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
};

/** Takes a line off the calendar of a site; false when it has none of that id. */
export const removeOnCall = async (db: Db, site: string, id: number): Promise<boolean> =>
  (await db.deleteFrom('on_call').where('id', '=', id).where('site', '=', site).executeTakeFirst()).numDeletedRows > 0n;
