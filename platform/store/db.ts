import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Dialect, Kysely, PostgresAdapter, sql } from 'kysely';
import type { Millis } from '../../domain/time.js';
import { VigieError } from '../../domain/errors.js';
import { isPostgresRetryable, postgresDialect } from './postgres.js';
import type { Schema } from './schema.js';
import { BUSY_TIMEOUT, isSqliteBusy, openSqlite, sqliteDialect } from './sqlite.js';

/** A database, or the transaction `write` hands out: every function of the store takes either. */
export type Db = Kysely<Schema>;
export type StoreDialect = 'sqlite' | 'postgres';

/**
 * The relational state. `write` runs `work` in one transaction that takes the write lock first (BEGIN IMMEDIATE), and
 * runs it again when the database says "busy", "deadlock" or "serialization failure": `work` must have no effect but
 * on its `tx`. Inside `work` use `tx` only; in SQLite there is one connection, so using `db` there waits for itself, and throws
 * `store.reentrant` after a minute.
 */
export interface Store {
  readonly db: Db;
  readonly dialect: StoreDialect;
  /** Names this system for `createWakeup`; the same in every process of one system. */
  readonly scope: string;
  /** Absolute path; where SQLite files and backups live. */
  readonly dataDir: string;
  write<Result>(work: (tx: Db) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** How long a transaction may be refused before its error is given to the caller. */
const PATIENCE = 15_000;
/** First pause before a retry, doubled each time up to `LONGEST_PAUSE`, with full jitter. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 250;

const retrying = async <Result>(isRetryable: (error: unknown) => boolean, attempt: () => Promise<Result>) => {
  const deadline = performance.now() + PATIENCE;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline || !isRetryable(error)) throw error;
      await pause(Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures));
    }
  }
};

/** No batch or migration step of ours keeps the connection this long. */
const STATEMENT_PATIENCE: Millis = 60_000;

/** Which SQL a database or transaction speaks. */
export const dialectOf = (db: Db): StoreDialect =>
  db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite';

/**
 * Makes a statement that waits too long for the connection throw: used inside its own `write` it would wait for ever.
 * (An AsyncLocalStorage could tell at once, but costs every promise of the thread, the broker's among them.)
 */
const guarded = (dialect: Dialect, patience: Millis): Dialect => ({
  createAdapter: () => dialect.createAdapter(),
  createIntrospector: (db) => dialect.createIntrospector(db),
  createQueryCompiler: () => dialect.createQueryCompiler(),
  createDriver: () => {
    const driver = dialect.createDriver();
    const acquire = driver.acquireConnection.bind(driver);
    driver.acquireConnection = async () => {
      const connection = acquire();
      let timer: NodeJS.Timeout | undefined;
      const tooLong = new Promise<never>((_, reject) => {
        const fault = 'expected the transaction inside write(), got the database itself';
        timer = setTimeout(() => reject(new VigieError('store.reentrant', fault)), patience);
      });
      try {
        return await Promise.race([connection, tooLong]);
      } catch (error) {
        void connection.then((late) => driver.releaseConnection(late));
        throw error;
      } finally {
        clearTimeout(timer);
      }
    };
    return driver;
  },
});

const openSqliteStore = (dataDir: string, patience: Millis): Store => {
  mkdirSync(dataDir, { recursive: true });
  const db = new Kysely<Schema>({
    dialect: guarded(sqliteDialect(openSqlite(join(dataDir, 'vigie.sqlite'))), patience),
  });
  // SQLite waits for a lock by blocking the thread; the one who holds it may need this very thread. So the lock is
  // asked for without waiting, and `retrying` pauses in between; inside, nothing is left to wait for.
  const beginImmediate = async (tx: Db): Promise<void> => {
    await sql`pragma busy_timeout = 0`.execute(tx);
    try {
      await sql`begin immediate`.execute(tx);
    } finally {
      await sql`pragma busy_timeout = ${sql.lit(BUSY_TIMEOUT)}`.execute(tx);
    }
  };
  // Kysely's own transaction is BEGIN DEFERRED, which fails half-way when another process wrote in between.
  const transaction = <Result>(work: (tx: Db) => Promise<Result>): Promise<Result> =>
    db.connection().execute(async (tx) => {
      await beginImmediate(tx);
      try {
        const result = await work(tx);
        await sql`commit`.execute(tx);
        return result;
      } catch (error) {
        // SQLite has already rolled back after some errors (disk full): a second rollback fails, and may.
        await sql`rollback`.execute(tx).catch(() => {});
        throw error;
      }
    });
  return {
    db,
    dialect: 'sqlite',
    scope: dataDir,
    dataDir,
    write: (work) => retrying(isSqliteBusy, () => transaction(work)),
    close: () => db.destroy(),
  };
};

const openPostgresStore = async (dataDir: string, databaseUrl: string): Promise<Store> => {
  const db = new Kysely<Schema>({ dialect: postgresDialect(databaseUrl) });
  try {
    await sql`select 1`.execute(db);
  } catch (error) {
    await db.destroy();
    throw new VigieError('store.unreachable', 'DATABASE_URL: expected a PostgreSQL server that lets us in', {
      cause: error,
    });
  }
  return {
    db,
    dialect: 'postgres',
    scope: createHash('sha256').update(databaseUrl).digest('hex').slice(0, 16),
    dataDir,
    write: (work) => retrying(isPostgresRetryable, () => db.transaction().execute(work)),
    close: () => db.destroy(),
  };
};

/**
 * Opens the store: `vigie.sqlite` in `dataDir`, or PostgreSQL when `databaseUrl` is set. Does not migrate.
 * Throws `store.unreachable` when PostgreSQL does not answer.
 */
export const openStore = async (config: {
  dataDir: string;
  databaseUrl?: string | undefined;
  /** SQLite: how long a statement may wait for the statements before it. */
  patience?: Millis;
}): Promise<Store> => {
  const dataDir = resolve(config.dataDir);
  return config.databaseUrl
    ? openPostgresStore(dataDir, config.databaseUrl)
    : openSqliteStore(dataDir, config.patience ?? STATEMENT_PATIENCE);
};
