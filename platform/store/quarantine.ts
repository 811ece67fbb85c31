import type { EpochMillis } from '../../domain/time.js';
import { decodeCursor, oneOf, type Page, pageOf, storableText } from './bulk.js';
import type { Db } from './db.js';
import { boundQuarantine, recountGroups } from './quarantine-bound.js';

/** A message that could not become a reading, byte for byte, with the reason. */
export interface QuarantineRow {
  readonly site: string | null;
  readonly identity: string;
  /** Identifier found in the message, when the format could be read that far. */
  readonly deviceIdentifier: string | null;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
  readonly reason: string;
  readonly detail: string;
  readonly receivedAt: EpochMillis;
  readonly inboxSeq: number;
  /** It comes from nobody's device: kept up to a bound only. */
  readonly unadopted?: boolean;
  /** What the message seems to measure, when it could be read. */
  readonly metrics?: readonly string[];
}
export interface QuarantinedMessage extends QuarantineRow {
  readonly id: number;
  /** Null = waiting; else when it was replayed or purged. */
  readonly resolvedAt: EpochMillis | null;
}

/** Rows of one INSERT: well below the limit of bound parameters of either database. */
const INSERT_ROWS = 500;

/**
 * Keeps messages; part of the transaction that passes them over. What nobody has adopted is kept up to a bound per
 * device (`quarantine-bound.ts`): the oldest and the newest, the rest is counted.
 */
export const quarantine = async (db: Db, rows: readonly QuarantineRow[]): Promise<void> => {
  const bounded = await boundQuarantine(db, rows);
  const ids = new Map<string, number>();
  const values = bounded.kept.map(({ row, key }) => ({
    site: row.site,
    identity: row.identity,
    device_identifier: row.deviceIdentifier === null ? null : storableText(row.deviceIdentifier),
    topic: storableText(row.topic),
    payload: row.payload,
    retained: Number(row.retained),
    reason: row.reason,
    detail: storableText(row.detail),
    received_at: row.receivedAt,
    inbox_seq: row.inboxSeq,
    resolved_at: null,
    group_key: key,
  }));
  for (let from = 0; from < values.length; from += INSERT_ROWS)
    for (const { id, group_key } of await db
      .insertInto('quarantine')
      .values(values.slice(from, from + INSERT_ROWS))
      .returning(['id', 'group_key'])
      .execute())
      ids.set(group_key!, Math.max(id, ids.get(group_key!) ?? 0));
  await bounded.save(ids);
};

const waitingQuery = (db: Db) => db.selectFrom('quarantine').selectAll().where('resolved_at', 'is', null);
type StoredRow = Awaited<ReturnType<ReturnType<typeof waitingQuery>['execute']>>[number];

const toMessage = (row: StoredRow): QuarantinedMessage => ({
  id: row.id,
  site: row.site,
  identity: row.identity,
  deviceIdentifier: row.device_identifier,
  topic: row.topic,
  payload: row.payload,
  retained: row.retained !== 0,
  reason: row.reason,
  detail: row.detail,
  receivedAt: row.received_at,
  inboxSeq: row.inbox_seq,
  resolvedAt: row.resolved_at,
});

/**
 * Waiting messages of these sites, newest first, in pages. With `unplaced`, also those whose site is not known; with
 * `deviceIdentifier`, only those of one device.
 */
export const listQuarantine = async (
  db: Db,
  options: {
    sites: readonly string[];
    limit: number;
    cursor?: string | null | undefined;
    deviceIdentifier?: string | undefined;
    unplaced?: boolean;
  },
): Promise<Page<QuarantinedMessage>> => {
  const { sites, limit, cursor, deviceIdentifier, unplaced = false } = options;
  let query = waitingQuery(db)
    .where(({ or, eb }) => or([oneOf(db, 'site', sites), ...(unplaced ? [eb('site', 'is', null)] : [])]))
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (deviceIdentifier !== undefined) query = query.where('device_identifier', '=', deviceIdentifier);
  const [before] = decodeCursor(cursor) ?? [];
  if (typeof before === 'number') query = query.where('id', '<', before);
  return pageOf(await query.execute(), limit, { item: toMessage, key: ({ id }) => [id] });
};

/** These messages, resolved or not, in order of id. */
export const quarantineByIds = async (db: Db, ids: readonly number[]): Promise<QuarantinedMessage[]> =>
  (
    await db
      .selectFrom('quarantine')
      .selectAll()
      .where(oneOf(db, 'id', ids))
      .orderBy('id')
      .execute()
  ).map(toMessage);

/** Marks messages as dealt with, inside `write`; returns how many were waiting until now. */
export const resolveQuarantine = async (db: Db, ids: readonly number[], at: EpochMillis): Promise<number> => {
  const result = await db
    .updateTable('quarantine')
    .set({ resolved_at: at })
    .where(oneOf(db, 'id', ids))
    .where('resolved_at', 'is', null)
    .executeTakeFirst();
  await recountGroups(db, ids);
  return Number(result.numUpdatedRows);
};

/** How many messages wait, of a site or of one device (`site: null` = those without a site). */
export const countQuarantine = async (
  db: Db,
  where: { site?: string | null; deviceIdentifier?: string } = {},
): Promise<number> => {
  let query = db
    .selectFrom('quarantine')
    .select((count) => count.fn.countAll<number>().as('rows'))
    .where('resolved_at', 'is', null);
  if (where.site !== undefined) query = query.where('site', where.site === null ? 'is' : '=', where.site);
  if (where.deviceIdentifier !== undefined) query = query.where('device_identifier', '=', where.deviceIdentifier);
  return (await query.executeTakeFirstOrThrow()).rows;
};

/** How many messages wait for each of these devices; those with none are missing. */
export const quarantineSizes = async (db: Db, deviceIdentifiers: readonly string[]): Promise<Map<string, number>> => {
  const rows = await db
    .selectFrom('quarantine')
    .select((count) => ['device_identifier', count.fn.countAll<number>().as('rows')])
    .where('resolved_at', 'is', null)
    .where(oneOf(db, 'device_identifier', deviceIdentifiers))
    .groupBy('device_identifier')
    .execute();
  return new Map(rows.map((row) => [row.device_identifier ?? '', row.rows]));
};

/** Deletes messages that were dealt with before an instant; returns how many. */
export const trimQuarantine = async (db: Db, resolvedBefore: EpochMillis): Promise<number> =>
  Number(
    (await db.deleteFrom('quarantine').where('resolved_at', '<', resolvedBefore).executeTakeFirst()).numDeletedRows,
  );
