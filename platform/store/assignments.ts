import type { Assignment } from '../../domain/device.js';
import type { EpochMillis } from '../../domain/time.js';
import type { Db } from './db.js';
import { bumpRegistryVersion } from './registry.js';
import { toAssignment } from './rows.js';

/** To whom a device is given: a resident or a room, never both; both null takes it back. */
export interface NewAssignment {
  readonly device: string;
  readonly resident: string | null;
  readonly room: string | null;
  /** From when on; may lie in the past (a forgotten hand-over) and replaces what was believed from then on. */
  readonly since: EpochMillis;
  /** Until when (excluded); left out or null = until further notice. What was believed of later stays. */
  readonly until?: EpochMillis | null;
}

const effective = (db: Db, device: string) =>
  db
    .selectFrom('assignments')
    .selectAll()
    .where('device', '=', device)
    .where('superseded_at', 'is', null)
    .orderBy('since')
    .execute();

/** The history of a device as we know it today, oldest first. */
export const assignmentsOf = async (db: Db, device: string): Promise<Assignment[]> =>
  (await effective(db, device)).map(toAssignment);

/**
 * Gives a device to somebody from `since` on, or for a while; call it inside `write`. What was believed about that time
 * is superseded, never rewritten: an assignment that began before is recorded again, ending at `since`, and one that
 * goes on after `until` is recorded again from there. False when this very assignment is already known (it may have
 * ended since then): nothing is written.
 */
export const assignDevice = async (tx: Db, wanted: NewAssignment, now: EpochMillis): Promise<boolean> => {
  const { device, resident, room, since, until = null } = wanted;
  const rows = await effective(tx, device);
  const same = (row: (typeof rows)[number]): boolean =>
    row.resident === resident && row.room === room && row.since === since && (until === null || row.until === until);
  if (rows.some(same)) return false;
  const touched = rows.filter(
    (row) => (row.until === null || row.until > since) && (until === null || row.since < until),
  );
  const record = (row: {
    resident: string | null;
    room: string | null;
    since: EpochMillis;
    until: EpochMillis | null;
  }) =>
    tx
      .insertInto('assignments')
      .values({ device, ...row, recorded_at: now, superseded_at: null })
      .execute();
  for (const row of touched) {
    await tx.updateTable('assignments').set({ superseded_at: now }).where('id', '=', row.id).execute();
    const holder = { resident: row.resident, room: row.room };
    if (row.since < since) await record({ ...holder, since: row.since, until: since });
    if (until !== null && (row.until === null || row.until > until))
      await record({ ...holder, since: until, until: row.until });
  }
  if (resident !== null || room !== null) await record({ resident, room, since, until });
  else if (touched.length === 0) return false;
  await bumpRegistryVersion(tx, now);
  return true;
};

/** Everything that was ever believed about a device, in the order it was recorded: what was true, and when we knew. */
export const assignmentHistory = async (
  db: Db,
  device: string,
): Promise<(Assignment & { readonly recordedAt: EpochMillis; readonly supersededAt: EpochMillis | null })[]> => {
  const rows = await db.selectFrom('assignments').selectAll().where('device', '=', device).orderBy('id').execute();
  return rows.map((row) => ({ ...toAssignment(row), recordedAt: row.recorded_at, supersededAt: row.superseded_at }));
};
