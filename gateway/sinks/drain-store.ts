import type { EpochMillis } from '../../domain/time.js';
import { cursor, moveCursor } from '../../platform/store/cursors.js';
import type { Store } from '../../platform/store/db.js';
import { addDeadLetters } from '../../platform/store/dead-letters.js';
import { readingsAfter } from '../../platform/store/readings.js';
import type { DrainStore } from './drain.js';

/** Readings are delivered in log order whatever their partition, so a sink has one cursor. */
const PARTITION = 0;

/** The drain's view of the store for one sink. */
export const drainStore = (store: Store, sink: string, now: () => EpochMillis): DrainStore => ({
  position: () => cursor(store.db, `sink:${sink}`, PARTITION),
  readAfter: (after, limit) => readingsAfter(store.db, { after, limit }),
  settle: (position, rejected) =>
    store.write(async (tx) => {
      const letters = rejected.map(({ row, reason }) => ({
        sink,
        readingSeq: row.seq,
        readingId: row.id,
        reason,
        at: now(),
      }));
      if (letters.length > 0) await addDeadLetters(tx, letters);
      await moveCursor(tx, `sink:${sink}`, PARTITION, position);
    }),
});
