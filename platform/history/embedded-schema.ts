import type { Database } from 'better-sqlite3';
import { HOUR, MINUTE, type Millis } from '../../domain/time.js';

/**
 * `raw` is clustered by series, time and `k` (the discriminator of the reading id), which makes a page one range scan
 * and a replay a conflict. `agg_5m` and `agg_1h` hold sums, so that late data is added to a window without its rows.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY, site TEXT NOT NULL, subject TEXT NOT NULL, metric TEXT NOT NULL,
  UNIQUE (site, subject, metric)) STRICT;
CREATE TABLE IF NOT EXISTS device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS raw (
  series INTEGER NOT NULL, time INTEGER NOT NULL, k INTEGER NOT NULL, device INTEGER NOT NULL,
  value REAL NOT NULL, flags INTEGER NOT NULL, PRIMARY KEY (series, time, k)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS agg_5m (
  series INTEGER NOT NULL, time INTEGER NOT NULL, min REAL NOT NULL, sum REAL NOT NULL, max REAL NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY (series, time)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS agg_1h (
  series INTEGER NOT NULL, time INTEGER NOT NULL, min REAL NOT NULL, sum REAL NOT NULL, max REAL NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY (series, time)) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;`;

export const QUESTIONABLE = 1;
export const LATE = 2;

/** The two kept levels of aggregation. */
export const LEVELS = [
  { table: 'agg_5m', window: 5 * MINUTE },
  { table: 'agg_1h', window: HOUR },
] as const satisfies readonly { table: string; window: Millis }[];
export type Level = (typeof LEVELS)[number];

/**
 * WAL with `synchronous=FULL`: a row is acknowledged, and the sink's cursor moves past it, only when it is on disk;
 * NORMAL would lose it in a power cut.
 */
export const prepareFile = (db: Database): void => {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('busy_timeout = 5000');
  const version = db.pragma('user_version', { simple: true });
  if (version !== 0 && version !== 1) throw new Error(`history.sqlite has version ${String(version)}, expected 1`);
  db.exec(SCHEMA);
};
