import type { Database, Statement } from 'better-sqlite3';
import { metricDefinition } from '../../domain/metrics.js';
import type { Reading } from '../../domain/reading.js';
import type { EpochMillis } from '../../domain/time.js';
import { discriminator } from './discriminator.js';
import { LATE, LEVELS, QUESTIONABLE, type Level } from './embedded-schema.js';
import { windowStart } from './windows.js';

interface Window {
  readonly series: number;
  readonly time: EpochMillis;
  min: number;
  sum: number;
  max: number;
  count: number;
}

export interface RowWriter {
  /** Why a reading can never be stored, a stable code; null when it can. */
  refusal(reading: Reading, oldest: EpochMillis): string | null;
  /** Adds readings inside the caller's transaction; rows that are there already change nothing. */
  add(readings: readonly Reading[]): void;
  /** Forgets ids learned in a transaction that was rolled back. */
  reset(): void;
}

export const residentSubject = (resident: string): string => `resident:${resident}`;

/** Whom or what a series is about; readings of a room are kept under the room. */
const subjectOf = ({ resident, room, device }: Pick<Reading, 'resident' | 'room' | 'device'>): string =>
  resident !== null ? residentSubject(resident) : room !== null ? `room:${room}` : `device:${device}`;

/** A table of names with small numbers, remembered. */
const dictionary = (find: Statement, insert: Statement) => {
  const known = new Map<string, number>();
  return {
    id(...parts: string[]): number {
      const key = parts.join('\n');
      let id = known.get(key);
      if (id === undefined) {
        const row = find.get(...parts) as { id: number } | undefined;
        id = row?.id ?? Number(insert.run(...parts).lastInsertRowid);
        known.set(key, id);
      }
      return id;
    },
    reset: () => known.clear(),
  };
};

const upsert = (db: Database, { table }: Level): Statement =>
  db.prepare(`INSERT INTO ${table} (series, time, min, sum, max, count) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (series, time) DO UPDATE SET min = min(min, excluded.min), sum = sum + excluded.sum,
      max = max(max, excluded.max), count = count + excluded.count`);

/**
 * Writes raw rows and adds them to the windows they fall in, however late they are. A replayed row conflicts in `raw`
 * and is not added again; both happen in one transaction, so raw rows and windows cannot disagree.
 */
export const createRowWriter = (db: Database): RowWriter => {
  const series = dictionary(
    db.prepare('SELECT id FROM series WHERE site = ? AND subject = ? AND metric = ?'),
    db.prepare('INSERT INTO series (site, subject, metric) VALUES (?, ?, ?)'),
  );
  const devices = dictionary(
    db.prepare('SELECT id FROM device WHERE name = ?'),
    db.prepare('INSERT INTO device (name) VALUES (?)'),
  );
  const insert = db.prepare(
    'INSERT OR IGNORE INTO raw (series, time, k, device, value, flags) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const levels = LEVELS.map((level) => ({ ...level, upsert: upsert(db, level), windows: new Map<string, Window>() }));

  const aggregate = (row: { series: number; time: EpochMillis; value: number }): void => {
    for (const { window, windows } of levels) {
      const time = windowStart(row.time, window);
      const key = `${row.series}/${time}`;
      const known = windows.get(key);
      if (known) {
        known.min = Math.min(known.min, row.value);
        known.max = Math.max(known.max, row.value);
        known.sum += row.value;
        known.count += 1;
      } else {
        windows.set(key, { series: row.series, time, min: row.value, sum: row.value, max: row.value, count: 1 });
      }
    }
  };

  return {
    refusal({ metric, value, time }, oldest) {
      if (typeof value !== metricDefinition(metric).kind) return 'history.wrong-type';
      if (typeof value === 'number' && !Number.isFinite(value)) return 'history.not-a-number';
      if (!Number.isSafeInteger(time) || time < 0) return 'history.time-out-of-range';
      return time < oldest ? 'history.beyond-retention' : null;
    },
    add(readings) {
      for (const reading of readings) {
        const { id, time, quality, late } = reading;
        const value = Number(reading.value);
        const row = series.id(reading.site, subjectOf(reading), reading.metric);
        const flags = (quality === 'questionable' ? QUESTIONABLE : 0) | (late ? LATE : 0);
        const { changes } = insert.run(row, time, discriminator(id), devices.id(reading.device), value, flags);
        if (changes > 0) aggregate({ series: row, time, value });
      }
      for (const { upsert, windows } of levels) {
        for (const w of windows.values()) upsert.run(w.series, w.time, w.min, w.sum, w.max, w.count);
        windows.clear();
      }
    },
    reset() {
      series.reset();
      devices.reset();
      for (const { windows } of levels) windows.clear();
    },
  };
};
