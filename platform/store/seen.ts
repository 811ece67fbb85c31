import { sql } from 'kysely';
import type { EpochMillis } from '../../domain/time.js';
import { oneOf, rowsOf } from './bulk.js';
import type { Db } from './db.js';

/** Which of these message keys were marked at or after `since`, and when last. */
export const seenSince = async (
  db: Db,
  keys: readonly string[],
  since: EpochMillis,
): Promise<Map<string, EpochMillis>> => {
  const rows = await db
    .selectFrom('seen')
    .selectAll()
    .where(oneOf(db, 'key', keys))
    .where('at', '>=', since)
    .execute();
  return new Map(rows.map(({ key, at }) => [key, at]));
};

/** Remembers message keys; a key marked before keeps its newest time. */
export const markSeen = async (
  db: Db,
  marks: readonly { readonly key: string; readonly at: EpochMillis }[],
): Promise<void> => {
  const newest = new Map<string, EpochMillis>();
  for (const { key, at } of marks) newest.set(key, Math.max(at, newest.get(key) ?? at));
  if (newest.size === 0) return;
  const rows = [...newest].sort(([a], [b]) => (a < b ? -1 : 1));
  await sql`insert into seen (key, at) select key, at from ${rowsOf(db, { key: 'text', at: 'bigint' }, rows)}
    where true order by n
    on conflict (key) do update set at = excluded.at where excluded.at > seen.at`.execute(db);
};

/** Forgets keys marked before an instant; returns how many. */
export const trimSeen = async (db: Db, before: EpochMillis): Promise<number> =>
  Number((await db.deleteFrom('seen').where('at', '<', before).executeTakeFirst()).numDeletedRows);
