import type { DeviceState } from '../../domain/device.js';
import type { EpochMillis } from '../../domain/time.js';
import { assignDevice } from './assignments.js';
import type { Db } from './db.js';
import { bumpRegistryVersion } from './registry.js';

/** A device in these states belongs to nobody any more. */
const ENDS_ASSIGNMENT: ReadonlySet<DeviceState> = new Set<DeviceState>(['returned', 'retired']);

/** Puts a device into a state from `since` on, inside `write`. Returned and retired devices are taken back. */
export const setDeviceState = async (
  tx: Db,
  { device, state, since }: { device: string; state: DeviceState; since: EpochMillis },
  now: EpochMillis,
): Promise<void> => {
  await tx.updateTable('devices').set({ state, state_since: since }).where('id', '=', device).execute();
  if (ENDS_ASSIGNMENT.has(state)) await assignDevice(tx, { device, resident: null, room: null, since }, now);
  await bumpRegistryVersion(tx, now);
};
