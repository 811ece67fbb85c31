import type { Device } from '../../domain/device.js';
import { batteryEnd, clockSkew, deviceHealth } from '../../domain/device-health.js';
import { toIso, type EpochMillis } from '../../domain/time.js';
import type { Db } from '../../platform/store/db.js';
import { deviceActivities } from '../../platform/store/device-status.js';
import type { DeviceStatusView } from '../protocol.js';

const isoOrNull = (time: EpochMillis | null): string | null => (time === null ? null : toIso(time));

/** How these devices are, by id; those supervision has not met are missing. */
export const deviceStatuses = async (
  db: Db,
  devices: readonly Device[],
  now: EpochMillis,
): Promise<Map<string, DeviceStatusView>> => {
  const activities = await deviceActivities(
    db,
    devices.map(({ id }) => id),
  );
  const views = new Map<string, DeviceStatusView>();
  for (const device of devices) {
    const activity = activities.get(device.id);
    if (!activity) continue;
    const inService = (device.state ?? 'active') === 'active';
    const health = deviceHealth(device, activity, { now, inService, heardSince: device.stateSince ?? 0 });
    const battery = activity.battery.at(-1);
    views.set(device.id, {
      condition: health.condition,
      lastSeen: isoOrNull(activity.lastSeen),
      dueBy: isoOrNull(health.dueBy),
      battery: battery
        ? { level: battery.level, at: toIso(battery.at), emptyBy: isoOrNull(batteryEnd(activity)) }
        : null,
      clockSkewMs: clockSkew(activity).skew,
      rejectRate: activity.messages === 0 ? 0 : activity.rejected / activity.messages,
      flapping: activity.conditions.flapping !== undefined,
    });
  }
  return views;
};
