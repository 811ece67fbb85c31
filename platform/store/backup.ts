import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { copyFile, cp, open } from 'node:fs/promises';
import { join } from 'node:path';
import { VigieError } from '../../domain/errors.js';
import type { Store } from './db.js';
import { INBOX_FILE } from './inbox-sqlite.js';
import { openSqlite } from './sqlite.js';

/**
 * The order matters: the store, which holds the cursors, is copied first. A copied cursor then never stands beyond
 * the copied inbox, so nothing is skipped after a restore; what was processed in between is processed again, harmlessly.
 */
const FILES = ['vigie.sqlite', INBOX_FILE, 'history.sqlite'] as const;

/** What sealed device keys are opened with, and browsers know us by: without them a restored system is half deaf. */
const KEYS = 'keys';

export class BackupError extends VigieError {}

/** Makes a file's bytes and its name durable. */
const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Copies the SQLite files and the keys of the data directory to an empty or missing directory, while Vigie runs;
 * returns the paths of the copies. Keep a backup as safe as the data directory: it can open everything. Throws `BackupError`: `backup.postgres` (use pg_dump), `backup.not_empty`.
 */
export const backup = async (store: Store, dir: string): Promise<string[]> => {
  if (store.dialect === 'postgres')
    throw new BackupError('backup.postgres', 'the store is PostgreSQL: back it up with pg_dump, which is made for it');
  mkdirSync(dir, { recursive: true });
  if (readdirSync(dir).length > 0)
    throw new BackupError('backup.not_empty', `expected an empty or missing directory, got ${dir}`);
  const copies: string[] = [];
  for (const name of FILES) {
    const source = join(store.dataDir, name);
    if (!existsSync(source)) continue;
    const copy = join(dir, name);
    const file = openSqlite(source, { readonly: true });
    try {
      file.prepare('vacuum into ?').run(copy);
    } finally {
      file.close();
    }
    await sync(copy);
    copies.push(copy);
  }
  if (existsSync(join(store.dataDir, KEYS))) {
    await cp(join(store.dataDir, KEYS), join(dir, KEYS), { recursive: true });
    copies.push(join(dir, KEYS));
  }
  await sync(dir);
  return copies;
};

const isSound = (path: string): boolean => {
  try {
    const file = openSqlite(path, { readonly: true });
    try {
      return file.pragma('quick_check', { simple: true }) === 'ok';
    } finally {
      file.close();
    }
  } catch {
    return false;
  }
};

const assertSound = (path: string): void => {
  if (!isSound(path))
    throw new BackupError('restore.damaged', `${path}: expected a sound SQLite file; nothing was restored`);
};

/** Folds the write-ahead log into the file, which fails while any other connection is open. */
const assertUnused = (path: string): void => {
  const file = openSqlite(path);
  let mode: unknown;
  try {
    file.pragma('busy_timeout = 500');
    mode = file.pragma('journal_mode = delete', { simple: true });
  } catch {
    mode = 'locked';
  } finally {
    file.close();
  }
  if (mode !== 'delete')
    throw new BackupError('restore.running', `${path} is in use: stop Vigie first; nothing was restored`);
};

const aside = (path: string): string => {
  for (let number = 1; ; number += 1) {
    const candidate = `${path}.before-restore${number === 1 ? '' : `-${number}`}`;
    if (!existsSync(candidate)) return candidate;
  }
};

/**
 * Puts a backup in place of the SQLite files of a data directory; returns the paths that were restored. What was
 * there stays beside, with the ending `.before-restore`. Vigie must be stopped. Throws `BackupError`:
 * `restore.missing`, `restore.damaged`, `restore.running`; nothing has changed then.
 */
export const restore = async (dir: string, dataDir: string): Promise<string[]> => {
  if (!existsSync(join(dir, FILES[0])))
    throw new BackupError('restore.missing', `expected a backup with ${FILES[0]}, found none in ${dir}`);
  const names = FILES.filter((name) => existsSync(join(dir, name)));
  for (const name of names) assertSound(join(dir, name));
  mkdirSync(dataDir, { recursive: true });
  const present = FILES.filter((name) => existsSync(join(dataDir, name)));
  for (const name of present) assertUnused(join(dataDir, name));
  const incoming = names.map((name) => join(dataDir, `${name}.restoring`));
  for (const [index, name] of names.entries()) {
    await copyFile(join(dir, name), incoming[index]!);
    await sync(incoming[index]!);
  }
  for (const name of present) {
    const path = join(dataDir, name);
    renameSync(path, aside(path));
  }
  const restored = names.map((name) => join(dataDir, name));
  for (const [index, path] of restored.entries()) renameSync(incoming[index]!, path);
  if (existsSync(join(dir, KEYS))) {
    const keys = join(dataDir, KEYS);
    if (existsSync(keys)) renameSync(keys, aside(keys));
    await cp(join(dir, KEYS), keys, { recursive: true });
    restored.push(keys);
  }
  await sync(dataDir);
  return restored;
};
