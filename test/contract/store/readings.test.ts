import { expect, it } from '@jest/globals';
import type { MessageKey, ResidentId, SiteId } from '../../../domain/ids.js';
import { HOUR } from '../../../domain/time.js';
import {
  existingReadingIds,
  insertReadings,
  latestOf,
  markSeen,
  newestReading,
  readingsAfter,
  readingsLagSeconds,
  seenSince,
  trimReadings,
  trimSeen,
  upsertLatest,
} from '../../../platform/store/readings.js';
import { onBothStores, onPostgres } from '../../support/stores.js';
import { aReading, NOW } from './given.js';

onBothStores((stores) => {
  it('stores a reading once, however often it comes, and says which were new', async () => {
    const store = await stores.fresh();
    const [a, b, c] = [1, 2, 3].map((minute) => aReading({ time: NOW + minute }));
    expect(await store.write((tx) => insertReadings(tx, [a!, b!, a!]))).toEqual(new Set([a!.id, b!.id]));
    expect(await store.write((tx) => insertReadings(tx, [b!, c!]))).toEqual(new Set([c!.id]));
    expect(await insertReadings(store.db, [])).toEqual(new Set());
    expect(await existingReadingIds(store.db, [a!.id, 'unknown'])).toEqual(new Set([a!.id]));
    const log = await readingsAfter(store.db, { after: 0, limit: 10 });
    expect(log.map(({ id }) => id)).toEqual([a!.id, b!.id, c!.id]);
  });

  it('gives a reading back as it was', async () => {
    const store = await stores.fresh();
    const readings = [
      aReading({ value: 36.6, metric: 'body_temperature', quality: 'questionable', late: true }),
      aReading({ value: true, metric: 'sos', resident: null, room: '10é/1' }),
      aReading({ value: false, metric: 'sos' }),
    ];
    await store.write((tx) => insertReadings(tx, readings));
    const log = await readingsAfter(store.db, { after: 0, limit: 10 });
    expect(log.map(({ seq: _, ...reading }) => reading)).toEqual(readings);
  });

  it('keeps the order of a large batch', async () => {
    const store = await stores.fresh();
    const readings = Array.from({ length: 3_000 }, (_, n) =>
      aReading({ time: NOW - n, message: `m-${n}` as MessageKey }),
    );
    await store.write((tx) => insertReadings(tx, readings));
    const log = await readingsAfter(store.db, { after: 0, limit: 3_000 });
    expect(log.map(({ id }) => id)).toEqual(readings.map(({ id }) => id));
  });

  it('never splits the readings of a message over two pages', async () => {
    const store = await stores.fresh();
    const ofMessage = (message: string, count: number, from: number) =>
      Array.from({ length: count }, (_, n) => aReading({ time: NOW + from + n, message: message as MessageKey }));
    await store.write((tx) =>
      insertReadings(tx, [...ofMessage('a', 2, 0), ...ofMessage('b', 600, 1_000), ...ofMessage('c', 1, 9_000)]),
    );
    const first = await readingsAfter(store.db, { after: 0, limit: 3 });
    expect(first).toHaveLength(602);
    const rest = await readingsAfter(store.db, { after: first.at(-1)!.seq, limit: 3 });
    expect(rest.map(({ message }) => message)).toEqual(['c']);
  });

  it('pages one site only when asked', async () => {
    const store = await stores.fresh();
    const sites = ['a', 'b', 'a'].map((site, n) =>
      aReading({ site: site as SiteId, time: NOW + n, message: `${n}` as MessageKey }),
    );
    await store.write((tx) => insertReadings(tx, sites));
    expect(await readingsAfter(store.db, { after: 0, limit: 10, site: 'a' })).toHaveLength(2);
  });

  it('knows where the log ends and how far behind a cursor is', async () => {
    const store = await stores.fresh();
    expect(await newestReading(store.db)).toBeNull();
    expect(await readingsLagSeconds(store.db, 0, NOW)).toBe(0);
    await store.write((tx) => insertReadings(tx, [aReading()]));
    const newest = await newestReading(store.db);
    expect(newest).toMatchObject({ receivedAt: NOW });
    expect(await readingsLagSeconds(store.db, 0, NOW + 5_000)).toBe(5);
    expect(await readingsLagSeconds(store.db, newest!.seq, NOW + 5_000)).toBe(0);
  });

  it('trims only what is both old and passed, and never gives a number twice', async () => {
    const store = await stores.fresh();
    const insert = (minute: number, receivedAt: number) =>
      store.write((tx) =>
        insertReadings(tx, [aReading({ time: NOW + minute, receivedAt, message: `${minute}` as MessageKey })]),
      );
    await insert(1, NOW - HOUR);
    await insert(2, NOW);
    await insert(3, NOW - HOUR);
    const [, second, third] = await readingsAfter(store.db, { after: 0, limit: 9 });
    expect(await trimReadings(store.db, second!.seq, NOW - 1)).toBe(1);
    expect(await trimReadings(store.db, third!.seq, NOW + 1)).toBe(2);
    await insert(4, NOW);
    expect((await newestReading(store.db))!.seq).toBeGreaterThan(third!.seq);
  });

  it('keeps the newest value of each subject and metric by measurement time', async () => {
    const store = await stores.fresh();
    await upsertLatest(store.db, [aReading({ value: 95 }), aReading({ value: 97, time: NOW + 10 })]);
    await upsertLatest(store.db, [aReading({ value: 80, time: NOW - HOUR })]);
    await upsertLatest(store.db, [
      aReading({ metric: 'battery_level', value: 40 }),
      aReading({ metric: 'bed_occupancy', value: true, resident: null, room: '101' }),
    ]);
    const latest = await latestOf(store.db, ['resident:r-1', 'device:ox-1', 'room:tilleuls/101', 'resident:none']);
    expect(latest.get('resident:r-1')).toMatchObject([{ metric: 'spo2', value: 97, time: NOW + 10 }]);
    expect(latest.get('device:ox-1')).toMatchObject([{ metric: 'battery_level', value: 40 }]);
    expect(latest.get('room:tilleuls/101')).toMatchObject([{ metric: 'bed_occupancy', value: true }]);
    expect(latest.has('resident:none')).toBe(false);
  });

  it('remembers message keys for as long as asked', async () => {
    const store = await stores.fresh();
    await markSeen(store.db, [
      { key: 'old', at: NOW - HOUR },
      { key: 'new', at: NOW },
      { key: 'new', at: NOW - 1 },
    ]);
    await markSeen(store.db, [{ key: 'new', at: NOW - HOUR }]);
    expect(await seenSince(store.db, ['old', 'new', 'never'], NOW - 1)).toEqual(new Map([['new', NOW]]));
    expect(await trimSeen(store.db, NOW)).toBe(1);
  });
});

onPostgres((stores) => {
  it('makes rows visible in the order of their numbers, so that no reader skips one', async () => {
    const store = await stores.fresh();
    const seen = new Set<string>();
    let position = 0;
    let writing = true;
    const reader = async () => {
      for (let last = false; !last;) {
        last = !writing;
        const page = await readingsAfter(store.db, { after: position, limit: 500 });
        page.forEach(({ id }) => seen.add(id));
        position = page.at(-1)?.seq ?? position;
      }
    };
    const writer = async (lane: number) => {
      for (let n = 0; n < 40; n += 1)
        await store.write(async (tx) => {
          await insertReadings(tx, [
            aReading({
              resident: `r-${lane}` as ResidentId,
              time: NOW + lane * 1_000 + n,
              message: `${lane}/${n}` as MessageKey,
            }),
          ]);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
        });
    };
    const reading = reader();
    await Promise.all([0, 1, 2, 3].map(writer));
    writing = false;
    await reading;
    expect(seen.size).toBe(160);
  });
});
