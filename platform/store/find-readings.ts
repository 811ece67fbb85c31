import { sql } from 'kysely';
import type { Metric } from '../../domain/metrics.js';
import type { EpochMillis } from '../../domain/time.js';
import { oneOf } from './bulk.js';
import type { Db } from './db.js';
import { toReading, type LoggedReading } from './readings.js';

export interface ReadingFilter {
  /** Sites the reader may see; never left out. */
  readonly sites: readonly string[];
  readonly residents?: readonly string[] | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly metrics?: readonly Metric[] | undefined;
  /** Readings that came in a message with one of these. */
  readonly withIds?: readonly string[] | undefined;
  /** From this instant on, and before that one. */
  readonly from?: EpochMillis | undefined;
  readonly before?: EpochMillis | undefined;
  readonly order: 'asc' | 'desc';
  /** Start at this message, included. */
  readonly start?: { readonly time: EpochMillis; readonly message: string } | undefined;
  readonly limit: number;
}

/** Readings of the log by what they are about, in order of measurement; a message's readings stand together. */
export const findReadings = async (db: Db, filter: ReadingFilter): Promise<LoggedReading[]> => {
  const { order, start, limit } = filter;
  let query = db
    .selectFrom('readings')
    .selectAll()
    .where(oneOf(db, 'site', filter.sites))
    .orderBy('time', order)
    .orderBy('message', order)
    .orderBy('seq', order)
    .limit(limit);
  if (filter.residents) query = query.where(oneOf(db, 'resident', filter.residents));
  if (filter.devices) query = query.where(oneOf(db, 'device', filter.devices));
  if (filter.metrics) query = query.where(oneOf(db, 'metric', filter.metrics));
  if (filter.withIds)
    query = query.where(
      'message',
      'in',
      db
        .selectFrom('readings')
        .select('message')
        .where(oneOf(db, 'id', filter.withIds)),
    );
  if (filter.from !== undefined) query = query.where('time', '>=', filter.from);
  if (filter.before !== undefined) query = query.where('time', '<', filter.before);
  if (start) {
    const beyond = sql.raw(order === 'asc' ? '>=' : '<=');
    query = query.where(sql<boolean>`(time, message) ${beyond} (${start.time}, ${start.message})`);
  }
  return (await query.execute()).map(toReading);
};
