import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { VigieError } from '../../domain/errors.js';
import type { Reading } from '../../domain/reading.js';
import { DAY, HOUR, type EpochMillis, type Millis } from '../../domain/time.js';
import { createReader } from './embedded-query.js';
import { prepareFile } from './embedded-schema.js';
import { createRowWriter } from './embedded-write.js';
import type { History, WriteResult } from './history.js';

/** How long each level is kept. */
export interface Retention {
  readonly raw: Millis;
  readonly fiveMinutes: Millis;
  readonly hour: Millis;
}

/** Raw: as long as a device may be late. 5 min: two years of week charts. 1 h: the longest follow-up. */
export const RETENTION: Retention = { raw: 91 * DAY, fiveMinutes: 730 * DAY, hour: 3_650 * DAY };
const TRIM_EVERY: Millis = HOUR;
/** Rows written before other work gets a turn: about 4 ms. */
const ROWS_PER_TURN = 500;
const SERIES_PER_TRIM = 20;

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly retention?: Partial<Retention>;
  readonly now?: () => EpochMillis;
}

const failureReason = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'SQLITE_FULL' ? 'history.disk-full' : `history.write-failed (${String(code ?? 'unknown')})`;
};

/**
 * The history in one SQLite file, `history.sqlite`: raw points plus 5 min and 1 h aggregates, each with its retention.
 * Writes are one transaction each, on disk when acknowledged, and give way to other work every few milliseconds.
 */
export const openEmbeddedHistory = async (options: EmbeddedOptions): Promise<History> => {
  const { dataDir, now = Date.now } = options;
  const retention = { ...RETENTION, ...options.retention };
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, 'history.sqlite');
  const db = new Database(path);
  prepareFile(db);
  const readDb = new Database(path, { readonly: true });
  const rows = createRowWriter(db);
  const reader = createReader(readDb);

  // One connection writes, one transaction at a time, though a transaction spans several turns of the event loop.
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };

  const store = async (readings: readonly Reading[], signal: AbortSignal): Promise<void> => {
    db.exec('BEGIN IMMEDIATE');
    try {
      for (let at = 0; at < readings.length; at += ROWS_PER_TURN) {
        if (at > 0) await nextTurn();
        signal.throwIfAborted();
        rows.add(readings.slice(at, at + ROWS_PER_TURN));
      }
      db.exec('COMMIT');
    } catch (error) {
      // SQLite has rolled back by itself after a full disk.
      if (db.inTransaction) db.exec('ROLLBACK');
      rows.reset();
      throw error;
    }
  };

  const write = async (readings: readonly Reading[], signal: AbortSignal): Promise<WriteResult> => {
    const oldest = now() - retention.raw;
    const rejected: { index: number; reason: string }[] = [];
    const good = readings.filter((reading, index) => {
      const reason = rows.refusal(reading, oldest);
      if (reason !== null) rejected.push({ index, reason });
      return reason === null;
    });
    try {
      if (good.length > 0) await inTurn(() => store(good, signal));
      return { rejected };
    } catch (error) {
      return { rejected: [], retryFrom: 0, retryReason: failureReason(error) };
    }
  };

  const trimming = [
    { statement: db.prepare('DELETE FROM raw WHERE series = ? AND time < ?'), keep: retention.raw },
    { statement: db.prepare('DELETE FROM agg_5m WHERE series = ? AND time < ?'), keep: retention.fiveMinutes },
    { statement: db.prepare('DELETE FROM agg_1h WHERE series = ? AND time < ?'), keep: retention.hour },
  ];
  const allSeries = db.prepare('SELECT id FROM series').pluck();
  let closed = false;
  const trimSome = db.transaction((series: readonly number[]) => {
    for (const id of series) for (const { statement, keep } of trimming) statement.run(id, now() - keep);
  });
  const trim = async (): Promise<void> => {
    const series = allSeries.all() as number[];
    for (let at = 0; at < series.length && !closed; at += SERIES_PER_TRIM) {
      await inTurn(async () => {
        if (!closed) trimSome(series.slice(at, at + SERIES_PER_TRIM));
      });
      await nextTurn();
    }
  };
  const trimQuietly = (): void => void trim().catch(() => undefined); // a full disk shows in `write`
  trimQuietly();
  const timer = setInterval(trimQuietly, TRIM_EVERY);
  timer.unref();

  return {
    write,
    raw: async (query) => reader.raw(query),
    aggregate: async (query) => reader.aggregate(query),
    async check() {
      try {
        readDb.prepare('SELECT count(*) FROM sqlite_master').get();
      } catch (error) {
        throw new VigieError(
          'history.unavailable',
          'history.sqlite cannot be read: check the disk and VIGIE_DATA_DIR',
          {
            cause: error,
          },
        );
      }
    },
    async close() {
      clearInterval(timer);
      await inTurn(async () => {
        if (closed) return;
        closed = true;
        readDb.close();
        db.close();
      });
    },
  };
};
