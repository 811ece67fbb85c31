import type { EpochMillis } from '../../domain/time.js';
import type { Db } from './db.js';

/** The values of a key by scope: `default`, `site:{id}` or `resident:{id}`. */
export const settingsFor = async (db: Db, key: string): Promise<Map<string, unknown>> => {
  const rows = await db.selectFrom('settings').select(['scope', 'value']).where('key', '=', key).execute();
  return new Map(rows.map(({ scope, value }) => [scope, JSON.parse(value) as unknown]));
};

/** Writes a JSON value for a key in a scope; `undefined` removes it, so that the wider scope applies again. */
export const setSetting = async (
  db: Db,
  setting: { scope: string; key: string; value: unknown; author: string; at: EpochMillis },
): Promise<void> => {
  const { scope, key, author, at } = setting;
  if (setting.value === undefined) {
    await db.deleteFrom('settings').where('key', '=', key).where('scope', '=', scope).execute();
    return;
  }
  const value = JSON.stringify(setting.value);
  await db
    .insertInto('settings')
    .values({ scope, key, value, author, at })
    .onConflict((conflict) => conflict.columns(['key', 'scope']).doUpdateSet({ value, author, at }))
    .execute();
};
