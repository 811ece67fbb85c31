import { SECOND, type EpochMillis, type Millis } from '../domain/time.js';
import type { Log } from '../platform/log.js';
import { sleep } from '../platform/retry.js';
import type { Db, Store } from '../platform/store/db.js';
import { acquireLease, assertFence, LeaseLostError, releaseLease, renewLease } from '../platform/store/leases.js';

/** The right to process a partition. Whoever holds the newest fencing token is the only one whose commits count. */
export interface HeldLease {
  /** Call inside the transaction: throws `LeaseLostError` when the token is not the newest any more. */
  assert(tx: Db): Promise<void>;
  release(): Promise<void>;
}

export interface LeaseOptions {
  readonly store: Store;
  readonly partition: number;
  readonly holder: string;
  readonly now: () => EpochMillis;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const NAME = 'process';
/** A gateway that is gone is replaced after this long. */
const TTL: Millis = 15 * SECOND;
const RENEW: Millis = 5 * SECOND;
const ASK: Millis = SECOND;

/** Waits until the partition is ours, then keeps it renewed until `signal` aborts; taken over, it asks again. */
export const holdLease = async ({ store, partition, holder, now, log, signal }: LeaseOptions): Promise<HeldLease> => {
  const claim = { name: NAME, partition, holder };
  let fence: number | null = null;

  const acquire = async (): Promise<void> => {
    const lease = await acquireLease(store.db, { ...claim, ttl: TTL, now: now() });
    if (lease) log.info({ partition, fence: lease.fence }, 'processing this partition');
    fence = lease?.fence ?? null;
  };
  const keep = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(fence === null ? ASK : RENEW, signal);
      if (signal.aborted) return;
      try {
        if (fence !== null && !(await renewLease(store.db, { ...claim, fence, ttl: TTL, now: now() }))) {
          log.warn({ partition }, 'another gateway took this partition over');
          fence = null;
        }
        if (fence === null) await acquire();
      } catch (error) {
        log.warn({ err: error, partition }, 'the lease could not be renewed');
      }
    }
  };

  await acquire();
  while (fence === null && !signal.aborted) {
    await sleep(ASK, signal);
    await acquire();
  }
  const keeping = keep();
  return {
    async assert(tx) {
      if (fence === null) throw new LeaseLostError(NAME, partition);
      await assertFence(tx, { name: NAME, partition, fence });
    },
    async release() {
      await keeping;
      if (fence !== null) await releaseLease(store.db, { ...claim, fence });
    },
  };
};
