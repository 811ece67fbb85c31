import type { EpochMillis } from '../../../domain/time.js';
import type { Db } from '../../../platform/store/db.js';

/** A resident whose measures changed, and which. */
export interface Changed {
  readonly resident: string;
  readonly site: string;
  readonly metrics: ReadonlySet<string>;
}
export interface DeviceChange {
  readonly site: string;
  readonly device: string;
  readonly online: boolean;
  readonly at: EpochMillis;
}

/** Who was measured between two positions of the log (after, up to), and what. Values are read from `latest`. */
export const changedResidents = async (db: Db, range: { after: number; upTo: number }): Promise<Changed[]> => {
  const rows = await db
    .selectFrom('readings')
    .select(['site', 'resident', 'metric'])
    .distinct()
    .where('seq', '>', range.after)
    .where('seq', '<=', range.upTo)
    .where('resident', 'is not', null)
    .execute();
  const changed = new Map<string, { resident: string; site: string; metrics: Set<string> }>();
  for (const { site, resident, metric } of rows) {
    if (resident === null) continue;
    const entry = changed.get(resident) ?? { resident, site, metrics: new Set<string>() };
    entry.metrics.add(metric);
    changed.set(resident, entry);
  }
  return [...changed.values()];
};

/** Devices that came or went between two positions of the log; the last word of each wins. */
export const changedDevices = async (db: Db, range: { after: number; upTo: number }): Promise<DeviceChange[]> => {
  const rows = await db
    .selectFrom('readings')
    .select(['site', 'device', 'value', 'time'])
    .where('seq', '>', range.after)
    .where('seq', '<=', range.upTo)
    .where('metric', '=', 'device_online')
    .orderBy('seq')
    .execute();
  const last = new Map<string, DeviceChange>();
  for (const { site, device, value, time } of rows)
    last.set(device, { site, device, online: Number(value) === 1, at: Number(time) });
  return [...last.values()];
};
