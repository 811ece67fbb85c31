import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { openStore } from '../../../platform/store/db.js';
import { setSetting, settingsFor } from '../../../platform/store/settings.js';
import { onBothStores, onSqlite } from '../../support/stores.js';
import { NOW } from './given.js';

const setting = (scope: string, value: unknown = 1) => ({ scope, key: 'k', value, author: 'test', at: NOW });

onBothStores((stores) => {
  it('commits what write() did, and nothing of a write() that throws', async () => {
    const store = await stores.fresh();
    await store.write((tx) => setSetting(tx, setting('kept')));
    const failing = store.write(async (tx) => {
      await setSetting(tx, setting('undone'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect([...(await settingsFor(store.db, 'k')).keys()]).toEqual(['kept']);
  });

  it('loses no update when two write() read and then change the same row', async () => {
    const store = await stores.fresh();
    await store.write((tx) => setSetting(tx, setting('counter', 0)));
    const increment = () =>
      store.write(async (tx) => {
        if (store.dialect === 'postgres') await sql`select pg_advisory_xact_lock(42)`.execute(tx);
        const value = (await settingsFor(tx, 'k')).get('counter') as number;
        await new Promise((resolve) => setImmediate(resolve));
        await setSetting(tx, setting('counter', value + 1));
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    expect((await settingsFor(store.db, 'k')).get('counter')).toBe(20);
  });

  it('keeps plain statements out of a transaction that is open', async () => {
    const store = await stores.fresh();
    let enter = (): void => {};
    const entered = new Promise<void>((resolve) => (enter = resolve));
    const rolledBack = store
      .write(async (tx) => {
        await setSetting(tx, setting('undone'));
        enter();
        await new Promise((resolve) => setTimeout(resolve, 20));
        throw new Error('undo');
      })
      .catch(() => {});
    await entered;
    const plain = setSetting(store.db, setting('plain'));
    await Promise.all([rolledBack, plain]);
    expect([...(await settingsFor(store.db, 'k')).keys()]).toEqual(['plain']);
  });

  it('runs a transaction again when the database asks for it', async () => {
    const store = await stores.fresh();
    let attempts = 0;
    await store.write(async (tx) => {
      attempts += 1;
      await setSetting(tx, setting('once'));
      if (attempts < 3)
        throw Object.assign(new Error('busy'), { code: store.dialect === 'sqlite' ? 'SQLITE_BUSY' : '40P01' });
    });
    expect(attempts).toBe(3);
  });

  it('gives 64-bit integers as numbers', async () => {
    const store = await stores.fresh();
    const { rows } = await sql<{ n: number }>`select cast(1795467842574001 as bigint) as n`.execute(store.db);
    expect(rows[0]?.n).toBe(1795467842574001);
  });
});

onSqlite((stores) => {
  it('throws when the database is used inside its own write(), instead of waiting for ever', async () => {
    const { dataDir } = await stores.fresh();
    const store = await openStore({ dataDir, patience: 100 });
    stores.later(() => store.close());
    await expect(store.write(() => settingsFor(store.db, 'k'))).rejects.toMatchObject({ code: 'store.reentrant' });
    expect(await settingsFor(store.db, 'k')).toEqual(new Map());
  });

  it('waits for another process that is writing', async () => {
    const place = await stores.place();
    const [a, b] = [await stores.open(place), await stores.open(place)];
    await sql`create table t (x integer)`.execute(a.db);
    await Promise.all(
      [a, b].flatMap((store) =>
        Array.from({ length: 10 }, () => store.write((tx) => sql`insert into t values (1)`.execute(tx))),
      ),
    );
    expect((await sql<{ n: number }>`select count(*) as n from t`.execute(a.db)).rows[0]?.n).toBe(20);
  });

  it('writes ahead, with full synchronisation and foreign keys', async () => {
    const store = await stores.fresh();
    const pragma = async (name: string) =>
      Object.values((await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(store.db)).rows[0] ?? {})[0];
    expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys')]).toEqual([
      'wal',
      2,
      1,
    ]);
  });
});

describe('A PostgreSQL that does not answer', () => {
  it('is named by a clear error without its password', async () => {
    const opening = openStore({ dataDir: '.', databaseUrl: 'postgres://vigie:hidden@127.0.0.1:1/none' });
    await expect(opening).rejects.toMatchObject({
      code: 'store.unreachable',
      message: expect.not.stringContaining('hidden'),
    });
  });
});
