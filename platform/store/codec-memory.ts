import { sql } from 'kysely';
import { oneOf, rowsOf } from './bulk.js';
import type { Db } from './db.js';

/** What the codecs remember (JSON text), by site and by key `codec/…`; a site without memory is missing. */
export const codecMemory = async (db: Db, sites: readonly string[]): Promise<Map<string, Map<string, string>>> => {
  const rows = await db
    .selectFrom('codec_memory')
    .selectAll()
    .where(oneOf(db, 'site', sites))
    .execute();
  const bySite = new Map<string, Map<string, string>>();
  for (const { site, key, value } of rows) {
    const memory = bySite.get(site);
    if (memory) memory.set(key, value);
    else bySite.set(site, new Map([[key, value]]));
  }
  return bySite;
};

/** Replaces what is remembered under these keys of a site. */
export const saveCodecMemory = async (db: Db, site: string, changes: ReadonlyMap<string, string>): Promise<void> => {
  if (changes.size === 0) return;
  await sql`insert into codec_memory (site, key, value)
    select cast(${site} as text), key, value from ${rowsOf(db, { key: 'text', value: 'text' }, [...changes])}
    where true order by n
    on conflict (site, key) do update set value = excluded.value`.execute(db);
};
