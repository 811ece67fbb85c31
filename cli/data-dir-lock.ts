import Database from 'better-sqlite3';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { VigieError } from '../domain/errors.js';

/**
 * Holds a data directory for this process. SQLite's file lock does it: the system frees it when the process dies,
 * however it dies. Returns the function that lets go; throws `data_dir.in_use` when another Vigie has it.
 */
export const lockDataDir = (dataDir: string): (() => void) => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const db = new Database(join(dataDir, 'lock.sqlite'), { timeout: 0 });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw new VigieError(
      'data_dir.in_use',
      `another Vigie is running on ${resolve(dataDir)}: stop it, or set VIGIE_DATA_DIR`,
      {
        cause: error,
      },
    );
  }
  return () => db.close();
};
