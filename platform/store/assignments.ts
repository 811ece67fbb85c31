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
 * Gives a device to somebody from `since` on; call it inside `write`. What was believed about the time from `since`
 * on is superseded, never rewritten: an assignment that began before is recorded again, ending at `since`. False when
 * this very assignment is already known (it may have ended since then): nothing is written.
 */
export const assignDevice = async (tx: Db, wanted: NewAssignment, now: EpochMillis): Promise<boolean> => {
  const { device, resident, room, since } = wanted;
  const rows = await effective(tx, device);
  if (rows.some((row) => row.resident === resident && row.room === room && row.since === since)) return false;
  const touched = rows.filter((row) => row.until === null || row.until > since);
  for (const { id, ...row } of touched) {
    await tx.updateTable('assignments').set({ superseded_at: now }).where('id', '=', id).execute();
    if (row.since < since)
      await tx
        .insertInto('assignments')
        .values({ ...row, until: since, recorded_at: now })
        .execute();
  }
  if (resident !== null || room !== null)
    await tx
      .insertInto('assignments')
      .values({ device, resident, room, since, until: null, recorded_at: now, superseded_at: null })
      .execute();
  else if (touched.length === 0) return false;
  await bumpRegistryVersion(tx, now);
  return true;
};
