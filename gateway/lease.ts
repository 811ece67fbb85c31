import { SECOND, type EpochMillis, type Millis } from '../domain/time.js';
import type { Log } from '../platform/log.js';
import { sleep } from '../platform/retry.js';
import type { Db, Store } from '../platform/store/db.js';
import {
  acquireLease,
  assertFence,
  LeaseLostError,
  releaseLease,
  renewLease,
  type Lease,
} from '../platform/store/leases.js';

/** The right to process partitions. Whoever holds the newest fencing token is the only one whose commits count. */
export interface HeldLeases {
  held(partition: number): boolean;
  /** Call inside the transaction: throws `LeaseLostError` when the token is not the newest any more. */
  assert(tx: Db, partition: number): Promise<void>;
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** What is held; default: the right to process partitions. */
  readonly name?: string;
  readonly store: Store;
  readonly partitions: number;
  /** Unique for each process that shares the database. */
  readonly holder: string;
  readonly now: () => EpochMillis;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const PROCESS = 'process';
/** A gateway that is gone is replaced after this long. */
const TTL: Millis = 15 * SECOND;
/** Held leases are renewed, and free ones asked for, this often. */
const ROUND: Millis = 3 * SECOND;

/** Takes every partition that is free, keeps what it holds renewed, and asks again for the rest, until `signal` aborts. */
export const holdLeases = async ({
  name = PROCESS,
  store,
  partitions,
  holder,
  now,
  log,
  signal,
}: LeaseOptions): Promise<HeldLeases> => {
  const leases = new Map<number, Lease>();

  const keep = async (partition: number): Promise<void> => {
    const lease = leases.get(partition);
    if (lease && (await renewLease(store.db, { ...lease, ttl: TTL, now: now() }))) return;
    if (lease) log.warn({ lease: name, partition }, 'another gateway took this partition over');
    leases.delete(partition);
    const taken = await acquireLease(store.db, { name, partition, holder, ttl: TTL, now: now() });
    if (!taken) return;
    leases.set(partition, taken);
    log.info({ lease: name, partition, fence: taken.fence }, 'this partition is ours');
  };
  const round = async (): Promise<void> => {
    try {
      for (let partition = 0; partition < partitions; partition += 1) await keep(partition);
    } catch (error) {
      log.warn({ err: error }, 'leases could not be renewed');
    }
  };

  await round();
  const keeping = (async () => {
    while (!signal.aborted) {
      await sleep(ROUND, signal);
      if (!signal.aborted) await round();
    }
  })();
  return {
    held: (partition) => leases.has(partition),
    async assert(tx, partition) {
      const lease = leases.get(partition);
      if (!lease) throw new LeaseLostError(name, partition);
      await assertFence(tx, lease);
    },
    async release() {
      await keeping;
      for (const lease of leases.values()) await releaseLease(store.db, lease);
    },
  };
};
