import { expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { backup, restore } from '../../../platform/store/backup.js';
import { cursor, moveCursor } from '../../../platform/store/cursors.js';
import { openStore } from '../../../platform/store/db.js';
import { openInbox } from '../../../platform/store/inbox.js';
import { onPostgres, onSqlite } from '../../support/stores.js';
import { aMessage } from './given.js';

const ALL = { partition: 0, lane: 1, after: 0, limit: 100 } as const;

onSqlite((stores) => {
  it('restores the store, the inbox and the history as they were', async () => {
    const store = await stores.fresh();
    const inbox = await openInbox(store);
    stores.later(() => inbox.close());
    await inbox.append([aMessage()]);
    await moveCursor(store.db, 'process', 0, 7);
    const history = new Database(join(store.dataDir, 'history.sqlite'));
    history.exec('create table hot (x); insert into hot values (5)');
    history.close();

    const copy = join((await stores.place()).dataDir, 'copy');
    const files = await backup(store, copy);
    expect(files).toEqual(['vigie.sqlite', 'inbox.sqlite', 'history.sqlite'].map((name) => join(copy, name)));
    await moveCursor(store.db, 'process', 0, 9);

    const { dataDir } = await stores.place();
    expect(await restore(copy, dataDir)).toHaveLength(3);
    const restored = await stores.open({ dataDir });
    expect(await cursor(restored.db, 'process', 0)).toBe(7);
    const restoredInbox = await openInbox(restored);
    stores.later(() => restoredInbox.close());
    expect(await restoredInbox.read(ALL)).toHaveLength(1);
  });

  it('restores the keys that sealed device secrets are opened with', async () => {
    const store = await stores.fresh();
    mkdirSync(join(store.dataDir, 'keys'), { recursive: true });
    writeFileSync(join(store.dataDir, 'keys', 'device.key'), 'old key', { mode: 0o600 });
    const copy = join((await stores.place()).dataDir, 'copy');
    await backup(store, copy);
    const { dataDir } = await stores.place();
    mkdirSync(join(dataDir, 'keys'), { recursive: true });
    writeFileSync(join(dataDir, 'keys', 'device.key'), 'newer key');
    await restore(copy, dataDir);
    expect(readFileSync(join(dataDir, 'keys', 'device.key'), 'utf8')).toBe('old key');
    expect(readFileSync(join(dataDir, 'keys.before-restore', 'device.key'), 'utf8')).toBe('newer key');
  });

  it('keeps what was there before beside the restored files', async () => {
    const store = await stores.fresh();
    const copy = join((await stores.place()).dataDir, 'copy');
    await backup(store, copy);
    const { dataDir } = await stores.place();
    const old = await openStore({ dataDir });
    await old.close();
    for (const ending of ['.before-restore', '.before-restore-2']) {
      await restore(copy, dataDir);
      expect(existsSync(join(dataDir, `vigie.sqlite${ending}`))).toBe(true);
    }
  });

  it('restores nothing over a store that is in use', async () => {
    const store = await stores.fresh();
    const copy = join((await stores.place()).dataDir, 'copy');
    await backup(store, copy);
    await moveCursor(store.db, 'process', 0, 9);
    await expect(restore(copy, store.dataDir)).rejects.toMatchObject({ code: 'restore.running' });
    expect(await cursor(store.db, 'process', 0)).toBe(9);
  });

  it('restores nothing from a damaged or missing backup', async () => {
    const { dataDir } = await stores.place();
    const copy = join(dataDir, 'copy');
    await expect(restore(copy, dataDir)).rejects.toMatchObject({ code: 'restore.missing' });
    mkdirSync(copy);
    writeFileSync(join(copy, 'vigie.sqlite'), 'not a database, but long enough to look like one'.repeat(100));
    await expect(restore(copy, dataDir)).rejects.toMatchObject({ code: 'restore.damaged' });
    expect(existsSync(join(dataDir, 'vigie.sqlite'))).toBe(false);
  });

  it('does not write over an older backup', async () => {
    const store = await stores.fresh();
    const copy = join((await stores.place()).dataDir, 'copy');
    await backup(store, copy);
    await expect(backup(store, copy)).rejects.toMatchObject({ code: 'backup.not_empty' });
  });
});

onPostgres((stores) => {
  it('leaves PostgreSQL to pg_dump, and says so', async () => {
    const store = await stores.fresh();
    await expect(backup(store, store.dataDir)).rejects.toMatchObject({
      code: 'backup.postgres',
      message: expect.stringContaining('pg_dump'),
    });
  });
});
