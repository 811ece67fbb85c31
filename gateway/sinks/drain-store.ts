import type { EpochMillis } from '../../domain/time.js';
import { alertById, alertEventsAfter } from '../../platform/store/alerts.js';
import { cursor, moveCursor } from '../../platform/store/cursors.js';
import type { Db, Store } from '../../platform/store/db.js';
import {
  addDeadLetters,
  markReplayed,
  refuseReplay,
  requestedDeadLetters,
  type KeptDeadLetter,
} from '../../platform/store/dead-letters.js';
import { readingsAfter, readingsById } from '../../platform/store/readings.js';
import type { DrainStore } from './drain.js';
import type { AlertRow, LoggedReading, Row } from './sink.js';

/** Rows are delivered in log order whatever their partition, so a sink has one cursor. */
const PARTITION = 0;

/** A log that sinks are fed from. */
interface SinkLog<R extends Row> {
  /** Prefix of cursor names. `sink:` cursors hold back the trimming of readings. */
  readonly cursors: string;
  readAfter(db: Db, after: number, limit: number): Promise<R[]>;
  idOf(row: R): string;
  /** The rows of these letters that still exist. */
  byLetters(db: Db, letters: readonly KeptDeadLetter[]): Promise<R[]>;
}

export const READINGS_LOG: SinkLog<LoggedReading> = {
  cursors: 'sink',
  readAfter: (db, after, limit) => readingsAfter(db, { after, limit }),
  idOf: ({ id }) => id,
  byLetters: (db, letters) =>
    readingsById(
      db,
      letters.map(({ readingId }) => readingId),
    ),
};

export const ALERTS_LOG: SinkLog<AlertRow> = {
  cursors: 'alert-sink',
  async readAfter(db, after, limit) {
    const rows: AlertRow[] = [];
    for (const event of await alertEventsAfter(db, { after, limit })) {
      const alert = await alertById(db, event.alert);
      if (alert) rows.push({ seq: event.seq, receivedAt: event.at, alert });
    }
    return rows;
  },
  idOf: ({ alert }) => alert.id,
  async byLetters(db, letters) {
    const rows: AlertRow[] = [];
    for (const { readingSeq, readingId, at } of letters) {
      const alert = await alertById(db, readingId);
      if (alert) rows.push({ seq: readingSeq, receivedAt: at, alert });
    }
    return rows;
  },
};

/** The drain's view of the store for one sink and its log. */
export const drainStore = <R extends Row>(
  store: Store,
  log: SinkLog<R>,
  sink: string,
  now: () => EpochMillis,
): DrainStore<R> => {
  const name = `${log.cursors}:${sink}`;
  return {
    position: () => cursor(store.db, name, PARTITION),
    readAfter: (after, limit) => log.readAfter(store.db, after, limit),
    settle: (position, rejected) =>
      store.write(async (tx) => {
        const letters = rejected.map(({ row, reason }) => ({
          sink,
          readingSeq: row.seq,
          readingId: log.idOf(row),
          reason,
          at: now(),
        }));
        if (letters.length > 0) await addDeadLetters(tx, letters);
        await moveCursor(tx, name, PARTITION, position);
      }),
    async replayable(limit) {
      const letters = await requestedDeadLetters(store.db, sink, limit);
      if (letters.length === 0) return [];
      const rows = new Map((await log.byLetters(store.db, letters)).map((row) => [log.idOf(row), row]));
      const gone = letters.filter(({ readingId }) => !rows.has(readingId));
      for (const { id } of gone)
        await store.write((tx) => refuseReplay(tx, id, 'the row is not in the log any more', now()));
      return letters.flatMap((letter) => {
        const row = rows.get(letter.readingId);
        return row ? [{ letter: letter.id, row }] : [];
      });
    },
    settleReplay: ({ delivered, rejected }) =>
      store.write(async (tx) => {
        await markReplayed(tx, delivered, now());
        for (const { letter, reason } of rejected) await refuseReplay(tx, letter, reason, now());
      }),
  };
};
