import type { History } from '../../platform/history/history.js';
import type { Sink } from './sink.js';

/** Where InfluxDB's throughput levels off (docs/influxdb.md). */
const BATCH = 5_000;

/** Readings to the time-series store: InfluxDB or the embedded file. */
export const historySink = (history: History): Sink => ({
  name: 'history',
  batchSize: BATCH,
  async deliver(batch, signal) {
    const { rejected, retryFrom, ...why } = await history.write(batch, signal);
    return {
      rejected: rejected.flatMap(({ index, reason }) => {
        const row = batch[index];
        return row ? [{ seq: row.seq, reason }] : [];
      }),
      ...why,
      ...(retryFrom === undefined ? {} : { retryFrom: batch[retryFrom]?.seq ?? 0 }),
    };
  },
  close: () => history.close(),
});
