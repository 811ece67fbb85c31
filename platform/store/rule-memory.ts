import { sql } from 'kysely';
import { oneOf, rowsOf } from './bulk.js';
import type { Db } from './db.js';

/** What the rules remember, by site and by key `rule/subject/metric`; a site without memory is missing. */
export const ruleMemory = async (db: Db, sites: readonly string[]): Promise<Map<string, Map<string, unknown>>> => {
  const rows = await db
    .selectFrom('rule_memory')
    .selectAll()
    .where(oneOf(db, 'site', sites))
    .execute();
  const bySite = new Map<string, Map<string, unknown>>();
  for (const { site, key, value } of rows) {
    const memory = bySite.get(site) ?? new Map<string, unknown>();
    memory.set(key, JSON.parse(value));
    bySite.set(site, memory);
  }
  return bySite;
};

/** Sites of which a rule remembers something. */
export const sitesWithMemory = async (db: Db): Promise<string[]> =>
  (await db.selectFrom('rule_memory').select('site').distinct().orderBy('site').execute()).map(({ site }) => site);

/** Writes changed memory (JSON values); `undefined` deletes the key. */
export const saveRuleMemory = async (db: Db, site: string, changes: ReadonlyMap<string, unknown>): Promise<void> => {
  const gone: string[] = [];
  const kept: [key: string, value: string][] = [];
  for (const [key, value] of changes) {
    if (value === undefined) gone.push(key);
    else kept.push([key, JSON.stringify(value)]);
  }
  if (gone.length > 0)
    await db
      .deleteFrom('rule_memory')
      .where('site', '=', site)
      .where(oneOf(db, 'key', gone))
      .execute();
  if (kept.length > 0)
    await sql`insert into rule_memory (site, key, value)
      select cast(${site} as text), key, value from ${rowsOf(db, { key: 'text', value: 'text' }, kept)}
      where true order by n
      on conflict (site, key) do update set value = excluded.value`.execute(db);
};
