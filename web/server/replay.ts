import type { Device } from '../../domain/device.js';
import type { EpochMillis } from '../../domain/time.js';
import type { Store } from '../../platform/store/db.js';
import { canonicalIdentifier } from '../../platform/store/identifiers.js';
import type { Inbox } from '../../platform/store/inbox.js';
import { identifiersWaiting, quarantineIds } from '../../platform/store/quarantine-groups.js';
import { replayQuarantine } from '../../platform/store/quarantine-replay.js';

/** One request replays at most this many; what is left waits for the next. */
export const MOST_REPLAYED = 5_000;

interface Road {
  readonly store: Store;
  readonly inbox: Pick<Inbox, 'append'>;
  readonly now: EpochMillis;
}

/** Replays what waits for a device: messages that came before it was adopted, or while nobody had it. */
export const replayDevice = async (
  road: Road,
  device: Pick<Device, 'id' | 'site' | 'identifiers'>,
): Promise<number> => {
  const { db } = road.store;
  const names = new Set([device.id, ...device.identifiers].map(canonicalIdentifier));
  const identifiers = (await identifiersWaiting(db, device.site)).filter((name) =>
    names.has(canonicalIdentifier(name)),
  );
  if (identifiers.length === 0) return 0;
  const ids = await quarantineIds(db, { sites: [device.site], identifiers }, MOST_REPLAYED);
  return replayQuarantine(road, ids);
};
