import { describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { sql } from 'kysely';
import { loadMigrations, migrate } from '../../../platform/store/migrate.js';
import { onBothStores } from '../../support/stores.js';

/** A folder of compiled migrations, each a list of statements. */
const folderOf = (migrations: Record<string, readonly string[]>): URL => {
  const dir = mkdtempSync(join(tmpdir(), 'vigie-migrations-'));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  for (const [name, statements] of Object.entries(migrations))
    writeFileSync(join(dir, `${name}.js`), `export const up = () => ${JSON.stringify(statements)};`);
  return pathToFileURL(`${dir}/`);
};
const refused = { message: expect.stringContaining('append-only') };
const one = { '0001-one': ['create table one (x integer)'] };

onBothStores((stores) => {
  it('applies everything once', async () => {
    const store = await stores.open(await stores.place());
    expect((await migrate(store)).applied).toContain('0001-initial');
    expect(await migrate(store)).toMatchObject({ applied: [], backup: null, note: 'the schema was up to date' });
  });

  it('refuses an applied migration that was edited, and says which', async () => {
    const store = await stores.open(await stores.place());
    await migrate(store, { folder: folderOf(one) });
    const edited = folderOf({ '0001-one': ['create table one (x integer, y integer)'] });
    await expect(migrate(store, { folder: edited })).rejects.toMatchObject({
      code: 'migrate.changed',
      message: expect.stringContaining('0001-one'),
    });
  });

  it('takes no notice of white space in an applied migration', async () => {
    const store = await stores.open(await stores.place());
    await migrate(store, { folder: folderOf(one) });
    const reformatted = folderOf({ '0001-one': ['create  table one\n (x integer) '] });
    expect((await migrate(store, { folder: reformatted })).applied).toEqual([]);
  });

  it('refuses a database that a newer version has migrated', async () => {
    const store = await stores.open(await stores.place());
    await migrate(store, { folder: folderOf({ ...one, '0002-two': ['create table two (x integer)'] }) });
    await expect(migrate(store, { folder: folderOf(one) })).rejects.toMatchObject({ code: 'migrate.newer' });
  });

  it('leaves nothing of a migration that fails', async () => {
    const store = await stores.open(await stores.place());
    const broken = folderOf({ ...one, '0002-bad': ['create table two (x integer)', 'create nonsense'] });
    await expect(migrate(store, { folder: broken })).rejects.toMatchObject({
      message: expect.stringContaining('nonsense'),
    });
    expect((await migrate(store, { folder: folderOf(one) })).applied).toEqual(['0001-one']);
  });

  it('may be started by several processes at once', async () => {
    const place = await stores.place();
    const all = await Promise.all(Array.from({ length: 4 }, () => stores.open(place)));
    const results = await Promise.all(all.map((store) => migrate(store)));
    expect(results.map(({ applied }) => applied.length > 0).filter(Boolean)).toHaveLength(1);
  });

  it('copies a SQLite file with data first, and says that PostgreSQL was not copied', async () => {
    const store = await stores.open(await stores.place());
    await migrate(store, { folder: folderOf(one) });
    await sql`insert into one values (7)`.execute(store.db);
    const result = await migrate(store, { folder: folderOf({ ...one, '0002-two': ['drop table one'] }) });
    expect(result.applied).toEqual(['0002-two']);
    if (store.dialect === 'postgres') {
      expect(result).toMatchObject({ backup: null, note: expect.stringContaining('pg_dump') });
      return;
    }
    const { default: Database } = await import('better-sqlite3');
    expect(existsSync(result.backup ?? '')).toBe(true);
    const copy = new Database(result.backup ?? '', { readonly: true });
    expect(copy.prepare('select x from one').all()).toEqual([{ x: 7 }]);
    copy.close();
  });

  it('lets nobody change the audit log or the journal of an alert', async () => {
    const store = await stores.fresh();
    await sql`insert into audit (at, actor, action, object, outcome, detail, previous, hash)
      values (1, 'a', 'b', 'c', 'd', '', 'p', 'h')`.execute(store.db);
    await expect(sql`update audit set actor = 'x'`.execute(store.db)).rejects.toMatchObject(refused);
    await expect(sql`delete from audit`.execute(store.db)).rejects.toMatchObject(refused);
  });
});

describe('A migration', () => {
  it('has the same checksum from its TypeScript source and compiled', async () => {
    const source = join(process.cwd(), 'platform/store/migrations');
    const dir = mkdtempSync(join(tmpdir(), 'vigie-compiled-'));
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    const ours = await loadMigrations('sqlite');
    for (const { name } of ours) {
      const { code } = transformSync(readFileSync(join(source, `${name}.ts`), 'utf8'), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022', minify: { compress: true, mangle: true } },
        minify: true,
        module: { type: 'es6' },
      });
      writeFileSync(join(dir, `${name}.js`), code);
    }
    const compiled = await loadMigrations('sqlite', pathToFileURL(`${dir}/`));
    expect(compiled.map(({ checksum }) => checksum)).toEqual(ours.map(({ checksum }) => checksum));
  });
});
