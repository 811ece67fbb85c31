import { sql } from 'kysely';
import { VigieError } from '../../domain/errors.js';
import type { EpochMillis, Millis } from '../../domain/time.js';
import { type Db, dialectOf } from './db.js';

/** A fencing token of a named partition. */
export interface Fence {
  readonly name: string;
  readonly partition: number;
  readonly fence: number;
}
export interface Lease extends Fence {
  /** Unique for each start of a process: two processes with one holder name would both believe they hold it. */
  readonly holder: string;
}

/** The lease was taken over by another process: the transaction must be abandoned. */
export class LeaseLostError extends VigieError {
  constructor(
    readonly lease: string,
    readonly partition: number,
  ) {
    super('lease.lost', `the lease ${lease}/${partition} was taken over by another process`);
  }
}

/**
 * Takes a lease that is free, expired or already ours; null when another process holds it. The token grows with every
 * change of holder, so that a write carrying an older one can be refused.
 */
export const acquireLease = async (
  db: Db,
  claim: { name: string; partition: number; holder: string; ttl: Millis; now: EpochMillis },
): Promise<Lease | null> => {
  const { name, partition, holder, ttl, now } = claim;
  const result = await sql<{ fence: number }>`insert into leases (name, partition, holder, fence, expires_at)
    values (${name}, ${partition}, ${holder}, 1, ${now + ttl})
    on conflict (name, partition) do update set holder = excluded.holder, expires_at = excluded.expires_at,
      fence = leases.fence + case when leases.holder = excluded.holder and leases.expires_at > ${now} then 0 else 1 end
    where leases.expires_at <= ${now} or leases.holder = excluded.holder
    returning fence`.execute(db);
  const row = result.rows[0];
  return row ? { name, partition, holder, fence: row.fence } : null;
};

/** Extends a lease we hold; false when it was lost (even if merely expired and not yet taken, it is extended). */
export const renewLease = async (db: Db, lease: Lease & { ttl: Millis; now: EpochMillis }): Promise<boolean> => {
  const result = await db
    .updateTable('leases')
    .set({ expires_at: lease.now + lease.ttl })
    .where('name', '=', lease.name)
    .where('partition', '=', lease.partition)
    .where('holder', '=', lease.holder)
    .where('fence', '=', lease.fence)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
};

/** Gives a lease back so that another process need not wait for it to expire. The token keeps growing. */
export const releaseLease = async (db: Db, lease: Lease): Promise<void> => {
  await db
    .updateTable('leases')
    .set({ expires_at: 0 })
    .where('name', '=', lease.name)
    .where('partition', '=', lease.partition)
    .where('holder', '=', lease.holder)
    .where('fence', '=', lease.fence)
    .execute();
};

/**
 * Throws `LeaseLostError` unless the token is the newest. Call it inside the transaction it protects: the row stays
 * locked until the commit, so nobody can take the lease over between the check and the commit.
 */
export const assertFence = async (tx: Db, { name, partition, fence }: Fence): Promise<void> => {
  const query = tx.selectFrom('leases').select('fence').where('name', '=', name).where('partition', '=', partition);
  const row = await (dialectOf(tx) === 'postgres' ? query.forShare() : query).executeTakeFirst();
  if (row?.fence !== fence) throw new LeaseLostError(name, partition);
};
