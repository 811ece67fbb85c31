import { THRESHOLD_SETTINGS_KEY, type ThresholdSettings } from '../../domain/thresholds.js';
import type { EpochMillis } from '../../domain/time.js';
import type { Db } from './db.js';
import { settingsFor } from './settings.js';

/** One change of a resident's own limits. Rows are never rewritten, but for the approval they waited for. */
export interface ThresholdVersion {
  readonly id: number;
  readonly resident: string;
  readonly settings: ThresholdSettings;
  /** Unsafe limits wait for a second person and change nothing until then. */
  readonly state: 'active' | 'awaiting_approval';
  readonly author: string;
  readonly prescriber: string;
  readonly reason: string;
  readonly createdAt: EpochMillis;
  readonly startsAt: EpochMillis;
  readonly endsAt: EpochMillis | null;
  readonly reviewAt: EpochMillis;
  readonly approvedBy: string | null;
  readonly approvedAt: EpochMillis | null;
}

const query = (db: Db) => db.selectFrom('threshold_versions').selectAll();
type Row = Awaited<ReturnType<ReturnType<typeof query>['execute']>>[number];
const toVersion = (row: Row): ThresholdVersion => ({
  id: row.id,
  resident: row.resident,
  settings: JSON.parse(row.settings) as ThresholdSettings,
  state: row.state as ThresholdVersion['state'],
  author: row.author,
  prescriber: row.prescriber,
  reason: row.reason,
  createdAt: row.created_at,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  reviewAt: row.review_at,
  approvedBy: row.approved_by,
  approvedAt: row.approved_at,
});

/** Adds a version; returns its id. */
export const addThresholdVersion = async (
  db: Db,
  version: Omit<ThresholdVersion, 'id' | 'approvedBy' | 'approvedAt'>,
): Promise<number> => {
  const { id } = await db
    .insertInto('threshold_versions')
    .values({
      resident: version.resident,
      settings: JSON.stringify(version.settings),
      state: version.state,
      author: version.author,
      prescriber: version.prescriber,
      reason: version.reason,
      created_at: version.createdAt,
      starts_at: version.startsAt,
      ends_at: version.endsAt,
      review_at: version.reviewAt,
      approved_by: null,
      approved_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return Number(id);
};

/** The versions of a resident, the newest first. */
export const thresholdVersions = async (db: Db, resident: string): Promise<ThresholdVersion[]> =>
  (await query(db).where('resident', '=', resident).orderBy('id', 'desc').execute()).map(toVersion);

/** Says whether the version was waiting and is now active. */
export const approveThresholdVersion = async (
  db: Db,
  { id, by, at }: { id: number; by: string; at: EpochMillis },
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('threshold_versions')
    .set({ state: 'active', approved_by: by, approved_at: at })
    .where('id', '=', id)
    .where('state', '=', 'awaiting_approval')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
};

/**
 * The threshold settings that apply at a time, by scope: the newest version of a resident that has begun and not ended
 * stands for `resident:{id}`; when it ends, the one before applies again.
 */
export const thresholdRows = async (db: Db, now: EpochMillis): Promise<Map<string, unknown>> => {
  const rows = await settingsFor(db, THRESHOLD_SETTINGS_KEY);
  const versions = await db
    .selectFrom('threshold_versions')
    .select(['resident', 'settings'])
    .where('state', '=', 'active')
    .where('starts_at', '<=', now)
    .where((where) => where.or([where('ends_at', 'is', null), where('ends_at', '>', now)]))
    .orderBy('id')
    .execute();
  for (const { resident, settings } of versions) rows.set(`resident:${resident}`, JSON.parse(settings));
  return rows;
};
