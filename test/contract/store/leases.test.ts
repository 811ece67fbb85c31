import { expect, it } from '@jest/globals';
import { cursor, cursors, moveCursor } from '../../../platform/store/cursors.js';
import { acquireLease, assertFence, type Lease, releaseLease, renewLease } from '../../../platform/store/leases.js';
import type { Store } from '../../../platform/store/db.js';
import { onBothStores, onPostgres } from '../../support/stores.js';
import { NOW } from './given.js';

const acquire = (store: Store, holder: string, now = NOW) =>
  acquireLease(store.db, { name: 'process', partition: 3, holder, ttl: 1_000, now });
const lost = { code: 'lease.lost', name: 'LeaseLostError' };

onBothStores((stores) => {
  it('gives a lease to one holder, and to another when it has expired or was released', async () => {
    const store = await stores.fresh();
    const first = (await acquire(store, 'a')) as Lease;
    expect(first.fence).toBe(1);
    expect(await acquire(store, 'b')).toBeNull();
    expect((await acquire(store, 'a'))?.fence).toBe(1);
    const second = (await acquire(store, 'b', NOW + 1_000)) as Lease;
    expect(second.fence).toBe(2);
    await releaseLease(store.db, first);
    expect(await acquire(store, 'c', NOW + 1_000)).toBeNull();
    await releaseLease(store.db, second);
    expect((await acquire(store, 'c', NOW + 1_000))?.fence).toBe(3);
  });

  it('renews only the lease that still stands', async () => {
    const store = await stores.fresh();
    const first = (await acquire(store, 'a')) as Lease;
    expect(await renewLease(store.db, { ...first, ttl: 5_000, now: NOW })).toBe(true);
    expect(await acquire(store, 'b', NOW + 2_000)).toBeNull();
    await acquire(store, 'b', NOW + 5_000);
    expect(await renewLease(store.db, { ...first, ttl: 5_000, now: NOW })).toBe(false);
  });

  it('refuses the write of a holder that was replaced, and undoes all of it', async () => {
    const store = await stores.fresh();
    const first = (await acquire(store, 'a')) as Lease;
    await store.write((tx) => moveCursor(tx, 'process', 3, 10, first));
    const second = (await acquire(store, 'b', NOW + 9_999)) as Lease;
    const late = store.write(async (tx) => {
      await moveCursor(tx, 'other', 3, 99);
      await moveCursor(tx, 'process', 3, 99, first);
    });
    await expect(late).rejects.toMatchObject(lost);
    expect([await cursor(store.db, 'process', 3), await cursor(store.db, 'other', 3)]).toEqual([10, 0]);
    await store.write((tx) => moveCursor(tx, 'process', 3, 20, second));
    expect(await cursor(store.db, 'process', 3)).toBe(20);
    await expect(store.write((tx) => assertFence(tx, { ...first, name: 'unknown' }))).rejects.toMatchObject(lost);
  });

  it('moves cursors forward only', async () => {
    const store = await stores.fresh();
    expect(await cursor(store.db, 'sink', 0)).toBe(0);
    await moveCursor(store.db, 'sink', 0, 1795467842574001);
    await moveCursor(store.db, 'sink', 0, 5);
    expect(await cursors(store.db)).toEqual([{ name: 'sink', partition: 0, position: 1795467842574001 }]);
  });
});

onPostgres((stores) => {
  it('holds a takeover back until the transaction that was checked has committed', async () => {
    const store = await stores.fresh();
    const first = (await acquire(store, 'a')) as Lease;
    const order: string[] = [];
    let takeover: Promise<unknown> = Promise.resolve();
    await store.write(async (tx) => {
      await assertFence(tx, first);
      takeover = acquire(store, 'b', NOW + 9_999).then(() => order.push('taken over'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await moveCursor(tx, 'process', 3, 1);
      order.push('committing');
    });
    await takeover;
    expect(order).toEqual(['committing', 'taken over']);
  });
});
