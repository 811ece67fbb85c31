import type { EpochMillis } from '../../domain/time.js';
import type { Db } from './db.js';

/** The answer a write gave the first time its key was presented. */
export interface RememberedAnswer {
  readonly status: number;
  readonly body: string;
}

/** Keeps an answer; part of the transaction of the write. False when the key has an answer already, which stays. */
export const remember = async (
  db: Db,
  { key, at, status, body }: RememberedAnswer & { key: string; at: EpochMillis },
): Promise<boolean> => {
  const result = await db
    .insertInto('idempotency')
    .values({ key, at, status, body })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
};

/** The answer given before for this key; null the first time. */
export const recall = async (db: Db, key: string): Promise<RememberedAnswer | null> =>
  (await db.selectFrom('idempotency').select(['status', 'body']).where('key', '=', key).executeTakeFirst()) ?? null;

/** Forgets answers given before an instant; returns how many. */
export const trimIdempotency = async (db: Db, before: EpochMillis): Promise<number> =>
  Number((await db.deleteFrom('idempotency').where('at', '<', before).executeTakeFirst()).numDeletedRows);
