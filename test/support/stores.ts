import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '../../platform/store/db.js';
import { migrate } from '../../platform/store/migrate.js';
import { type PostgresServer, startPostgres } from './postgres.js';

export interface Place {
  readonly dataDir: string;
  readonly databaseUrl?: string;
}

export interface Stores {
  readonly dialect: 'sqlite' | 'postgres';
  /** A new, empty place for a store. */
  place(): Promise<Place>;
  /** Opens a store on a place; closed after the test. Several may be open on one place. */
  open(place: Place): Promise<Store>;
  /** A migrated store on a new place; closed after the test. */
  fresh(): Promise<Store>;
  /** Closes something after the test, before the stores. */
  later(close: () => Promise<void>): void;
  server(): PostgresServer;
}

const suiteOn = (dialect: Stores['dialect'], suite: (stores: Stores) => void): void =>
  describe(dialect === 'sqlite' ? 'SQLite' : 'PostgreSQL', () => {
    let server: PostgresServer | null = null;
    let closing: (() => Promise<void>)[] = [];
    const dirs: string[] = [];

    beforeAll(async () => {
      if (dialect === 'postgres') server = await startPostgres();
    });
    afterEach(async () => {
      for (const close of closing.reverse()) await close();
      closing = [];
    });
    afterAll(async () => {
      await server?.stop();
      for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
    });

    const stores: Stores = {
      dialect,
      async place() {
        const dataDir = mkdtempSync(join(tmpdir(), 'vigie-store-'));
        dirs.push(dataDir);
        return dialect === 'sqlite' ? { dataDir } : { dataDir, databaseUrl: await stores.server().createDatabase() };
      },
      async open(place) {
        const store = await openStore(place);
        closing.push(() => store.close());
        return store;
      },
      async fresh() {
        const store = await stores.open(await stores.place());
        await migrate(store);
        return store;
      },
      later: (close) => void closing.push(close),
      server() {
        if (!server) throw new Error('only PostgreSQL has a server');
        return server;
      },
    };
    suite(stores);
  });

/** Runs a contract suite on SQLite and on a real PostgreSQL. */
export const onBothStores = (suite: (stores: Stores) => void): void => {
  suiteOn('sqlite', suite);
  suiteOn('postgres', suite);
};
export const onSqlite = (suite: (stores: Stores) => void): void => suiteOn('sqlite', suite);
export const onPostgres = (suite: (stores: Stores) => void): void => suiteOn('postgres', suite);
