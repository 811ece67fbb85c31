import Database from 'better-sqlite3';
import { SqliteDialect, type SqliteStatement } from 'kysely';
import { errorCode } from './errors.js';

/** How long a statement waits for another process that is writing to the same file. */
export const BUSY_TIMEOUT = 5_000;
/** Distinct SQL texts kept prepared; lists travel as one JSON parameter, so texts are few. */
const MAX_STATEMENTS = 500;

export type SqliteFile = Database.Database;

/**
 * Opens a SQLite file in WAL mode with synchronous=FULL: a commit that returned survives a power cut, as far as the
 * disk is honest. Throws what SQLite throws.
 */
export const openSqlite = (path: string, options: { readonly?: boolean } = {}): SqliteFile => {
  const file = new Database(path, { timeout: BUSY_TIMEOUT, ...options });
  try {
    if (!options.readonly) file.pragma('journal_mode = WAL');
    file.pragma('synchronous = FULL');
    file.pragma('foreign_keys = ON');
    file.pragma('journal_size_limit = 67108864');
    file.pragma('temp_store = MEMORY');
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
};

/** Kysely over an open file, with prepared statements kept between calls. */
export const sqliteDialect = (file: SqliteFile): SqliteDialect => {
  const statements = new Map<string, Database.Statement>();
  const prepare = (text: string): Database.Statement => {
    const known = statements.get(text);
    // A statement that is being iterated cannot be run again until the iteration ends.
    if (known && !known.busy) return known;
    const statement = file.prepare(text);
    if (statements.size >= MAX_STATEMENTS) statements.delete(statements.keys().next().value ?? '');
    statements.set(text, statement);
    return statement;
  };
  return new SqliteDialect({
    database: { prepare: (text) => prepare(text) as unknown as SqliteStatement, close: () => void file.close() },
  });
};

/** SQLITE_BUSY in any of its forms: another connection holds the write lock. */
export const isSqliteBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(errorCode(error));
