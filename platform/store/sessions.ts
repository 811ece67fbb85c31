import type { EpochMillis } from '../../domain/time.js';
import type { Db } from './db.js';

/** The data of a web session; null when it is unknown or has expired. */
export const sessionGet = async (db: Db, sid: string, now: EpochMillis): Promise<string | null> => {
  const row = await db
    .selectFrom('sessions')
    .select('data')
    .where('sid', '=', sid)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row?.data ?? null;
};

/** Creates or replaces a session. */
export const sessionSet = async (
  db: Db,
  { sid, data, expiresAt }: { sid: string; data: string; expiresAt: EpochMillis },
): Promise<void> => {
  await db
    .insertInto('sessions')
    .values({ sid, data, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column('sid').doUpdateSet({ data, expires_at: expiresAt }))
    .execute();
};

/** Ends a session. */
export const sessionDestroy = async (db: Db, sid: string): Promise<void> => {
  await db.deleteFrom('sessions').where('sid', '=', sid).execute();
};

/** Forgets sessions that have expired; returns how many. */
export const trimSessions = async (db: Db, now: EpochMillis): Promise<number> =>
  Number((await db.deleteFrom('sessions').where('expires_at', '<=', now).executeTakeFirst()).numDeletedRows);
