import type { DeviceActivity } from '../../domain/device-health.js';
import { oneOf } from './bulk.js';
import type { Db } from './db.js';

type Data = Omit<DeviceActivity, 'lastSeen' | 'messages' | 'rejected' | 'identity'>;

/** What was noticed of these devices (left out: of all); those never noticed are missing. */
export const deviceActivities = async (db: Db, devices?: readonly string[]): Promise<Map<string, DeviceActivity>> => {
  const query = db.selectFrom('device_status').selectAll();
  const rows = await (devices ? query.where(oneOf(db, 'device', devices)) : query).execute();
  return new Map(
    rows.map((row) => [
      row.device,
      {
        ...(JSON.parse(row.data) as Data),
        lastSeen: row.last_seen,
        messages: row.messages,
        rejected: row.rejected,
        identity: row.identity,
      },
    ]),
  );
};

/** Writes what was noticed of devices, inside `write`. */
export const saveDeviceActivities = async (
  db: Db,
  activities: readonly { readonly device: string; readonly site: string; readonly activity: DeviceActivity }[],
): Promise<void> => {
  for (const { device, site, activity } of activities) {
    const { lastSeen, messages, rejected, identity, ...data } = activity;
    const columns = { site, last_seen: lastSeen, messages, rejected, identity, data: JSON.stringify(data) };
    await db
      .insertInto('device_status')
      .values({ device, ...columns })
      .onConflict((conflict) => conflict.column('device').doUpdateSet(columns))
      .execute();
  }
};
