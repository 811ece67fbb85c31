import { sql } from 'kysely';
import type { EpochMillis } from '../../domain/time.js';
import { decodeCursor, oneOf, pageOf, type Page } from './bulk.js';
import type { Db } from './db.js';
import { KEPT_PER_UNKNOWN } from './quarantine-bound.js';

/** Waiting messages of one cause; `id` is the newest of them. */
export interface QuarantineGroup {
  readonly id: number;
  readonly site: string | null;
  readonly identity: string;
  readonly deviceIdentifier: string | null;
  readonly topic: string;
  readonly reason: string;
  /** What it seems to measure, when its messages could be read. */
  readonly metrics: readonly string[];
  readonly count: number;
  /** Counted beyond the bound, and not kept. */
  readonly dropped: number;
  readonly firstAt: EpochMillis;
  readonly lastAt: EpochMillis;
}

const groupsQuery = (db: Db) => db.selectFrom('quarantine_groups').selectAll();
type Row = Awaited<ReturnType<ReturnType<typeof groupsQuery>['execute']>>[number];

const toGroup = (row: Row): QuarantineGroup => ({
  id: row.newest,
  site: row.site,
  identity: row.identity,
  deviceIdentifier: row.device_identifier,
  topic: row.topic,
  reason: row.reason,
  metrics: JSON.parse(row.metrics) as string[],
  count: row.kept,
  dropped: row.dropped,
  firstAt: row.first_at,
  lastAt: row.last_at,
});

/** Groups of these sites (with `unplaced`, also those without a site), the most recent first, in pages. */
export const listQuarantineGroups = async (
  db: Db,
  options: { sites: readonly string[]; unplaced?: boolean; limit: number; cursor?: string | null | undefined },
): Promise<Page<QuarantineGroup>> => {
  const { sites, unplaced = false, limit, cursor } = options;
  let query = groupsQuery(db)
    .where(({ or, eb }) => or([oneOf(db, 'site', sites), ...(unplaced ? [eb('site', 'is', null)] : [])]))
    .orderBy('last_at', 'desc')
    .orderBy('newest', 'desc')
    .limit(limit + 1);
  const [at, newest] = decodeCursor(cursor) ?? [];
  if (typeof at === 'number' && typeof newest === 'number')
    query = query.where(sql<boolean>`(last_at, newest) < (${at}, ${newest})`);
  return pageOf(await query.execute(), limit, { item: toGroup, key: (row) => [row.last_at, row.newest] });
};

/** Groups that have reached their bound: something floods, or somebody waits to be adopted for very long. */
export const fullQuarantineGroups = async (db: Db): Promise<QuarantineGroup[]> =>
  (await groupsQuery(db).where('dropped', '>', 0).where('kept', '>', KEPT_PER_UNKNOWN).execute()).map(toGroup);

export interface QuarantineFilter {
  readonly sites: readonly string[];
  readonly unplaced?: boolean;
  readonly ids?: readonly number[] | undefined;
  /** Any of these identifiers, as the messages write them. */
  readonly identifiers?: readonly string[] | undefined;
  readonly topic?: string | undefined;
  readonly reasons?: readonly string[] | undefined;
}

/** Ids of the waiting messages a filter means, oldest first. */
export const quarantineIds = async (db: Db, filter: QuarantineFilter, limit: number): Promise<number[]> => {
  let query = db
    .selectFrom('quarantine')
    .select('id')
    .where('resolved_at', 'is', null)
    .where(({ or, eb }) => or([oneOf(db, 'site', filter.sites), ...(filter.unplaced ? [eb('site', 'is', null)] : [])]))
    .orderBy('id')
    .limit(limit);
  if (filter.ids) query = query.where(oneOf(db, 'id', filter.ids));
  if (filter.identifiers) query = query.where(oneOf(db, 'device_identifier', filter.identifiers));
  if (filter.topic !== undefined) query = query.where('topic', '=', filter.topic);
  if (filter.reasons) query = query.where(oneOf(db, 'reason', filter.reasons));
  return (await query.execute()).map(({ id }) => id);
};

/** The identifiers, as the messages write them, of the devices of a site that messages wait for. */
export const identifiersWaiting = async (db: Db, site: string): Promise<string[]> =>
  (
    await db
      .selectFrom('quarantine_groups')
      .select('device_identifier')
      .distinct()
      .where('site', '=', site)
      .where('device_identifier', 'is not', null)
      .execute()
  ).map(({ device_identifier }) => device_identifier!);
