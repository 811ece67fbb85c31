import type { EpochMillis } from '../../domain/time.js';
import { laneOf } from '../lanes.js';
import type { Store } from './db.js';
import type { Inbox } from './inbox.js';
import { quarantineByIds, resolveQuarantine } from './quarantine.js';

/**
 * What a replayed row's identity begins with. Its readings are stored, shown and forwarded, and never ring: whatever
 * they say is over or will be said again by the next message.
 */
export const REPLAYED = 'replay:';

const CHUNK = 200;

/**
 * Puts quarantined messages on the road again, as they came (`site` places those that had none), and marks them
 * resolved once they are on disk. A crash in between replays some twice, which changes nothing: the reading ids are
 * the same. Returns how many. A message still not understood comes back to quarantine.
 */
export const replayQuarantine = async (
  { store, inbox, now }: { store: Store; inbox: Pick<Inbox, 'append'>; now: EpochMillis },
  ids: readonly number[],
  site?: string,
): Promise<number> => {
  let replayed = 0;
  for (let from = 0; from < ids.length; from += CHUNK) {
    const rows = (await quarantineByIds(store.db, ids.slice(from, from + CHUNK))).filter(
      (row) => row.resolvedAt === null,
    );
    if (rows.length === 0) continue;
    await inbox.append(
      rows.map((row) => ({
        site: row.site ?? site ?? null,
        identity: row.identity.startsWith(REPLAYED) ? row.identity : `${REPLAYED}${row.identity}`,
        topic: row.topic,
        payload: row.payload,
        retained: row.retained,
        dup: false,
        lane: laneOf(row.topic),
        receivedAt: row.receivedAt,
      })),
    );
    replayed += await store.write((tx) =>
      resolveQuarantine(
        tx,
        rows.map(({ id }) => id),
        now,
      ),
    );
  }
  return replayed;
};
