import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../platform/config.js';
import { createLog } from '../platform/log.js';
import { backup, restore } from '../platform/store/backup.js';
import { openStore } from '../platform/store/db.js';
import { migrate } from '../platform/store/migrate.js';
import { openMigratedStore } from './context.js';
import { lockDataDir } from './data-dir-lock.js';

const quiet = () => createLog('vigie', 'warn');

/** `vigie migrate` */
export const migrateStore = async (): Promise<void> => {
  const config = loadConfig();
  const dataDir = resolve(config.VIGIE_DATA_DIR);
  const unlock = lockDataDir(dataDir);
  const store = await openStore({ dataDir, ...(config.DATABASE_URL ? { databaseUrl: config.DATABASE_URL } : {}) });
  try {
    const { applied } = await migrate(store);
    console.log(applied.length === 0 ? 'up to date' : `applied: ${applied.join(', ')}`);
  } finally {
    await store.close();
    unlock();
  }
};

/** `vigie backup`: may run beside a running Vigie. */
export const backupTo = async (dir: string): Promise<void> => {
  const store = await openMigratedStore(loadConfig(), quiet());
  try {
    for (const file of await backup(store, resolve(dir))) console.log(file);
  } finally {
    await store.close();
  }
};

/** `vigie restore`: refuses while Vigie runs on the data directory. */
export const restoreFrom = async (dir: string): Promise<void> => {
  const dataDir = resolve(loadConfig().VIGIE_DATA_DIR);
  const existed = existsSync(dataDir);
  const unlock = lockDataDir(dataDir);
  try {
    for (const file of await restore(resolve(dir), dataDir)) console.log(file);
    if (existed) console.log('the files that were there are kept beside, with the ending .before-restore');
  } finally {
    unlock();
  }
};
