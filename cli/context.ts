import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../platform/config.js';
import { openEmbeddedHistory } from '../platform/history/embedded.js';
import type { History } from '../platform/history/history.js';
import { openInfluxHistory } from '../platform/history/influx.js';
import type { Log } from '../platform/log.js';
import { openStore, type Store } from '../platform/store/db.js';
import { migrate } from '../platform/store/migrate.js';

/** Opens the store the configuration names, and brings it to this version. */
export const openMigratedStore = async (config: Config, log: Log): Promise<Store> => {
  const dataDir = resolve(config.VIGIE_DATA_DIR);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const store = await openStore({ dataDir, ...(config.DATABASE_URL ? { databaseUrl: config.DATABASE_URL } : {}) });
  const { applied } = await migrate(store);
  if (applied.length > 0) log.info({ applied }, 'database migrated');
  return store;
};

/** InfluxDB as soon as `INFLUX_URL` is set, else a file. */
export const openHistory = (config: Config, log: Log): Promise<History> =>
  config.INFLUX_URL
    ? openInfluxHistory({
        url: config.INFLUX_URL,
        database: config.INFLUX_DATABASE,
        ...(config.INFLUX_USERNAME ? { username: config.INFLUX_USERNAME } : {}),
        ...(config.INFLUX_PASSWORD ? { password: config.INFLUX_PASSWORD } : {}),
        log,
      })
    : openEmbeddedHistory({ dataDir: resolve(config.VIGIE_DATA_DIR) });
