import { expect, it } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MINUTE } from '../../../domain/time.js';
import { assignDevice, assignmentHistory, assignmentsOf } from '../../../platform/store/assignments.js';
import type { Store } from '../../../platform/store/db.js';
import { deviceKeys } from '../../../platform/store/device-keys.js';
import { openInbox } from '../../../platform/store/inbox.js';
import { provision } from '../../../platform/store/provision.js';
import {
  countQuarantine,
  listQuarantine,
  quarantine,
  resolveQuarantine,
  type QuarantineRow,
} from '../../../platform/store/quarantine.js';
import { KEPT_PER_UNKNOWN, UNKNOWN_PER_IDENTITY } from '../../../platform/store/quarantine-bound.js';
import {
  fullQuarantineGroups,
  listQuarantineGroups,
  quarantineIds,
} from '../../../platform/store/quarantine-groups.js';
import { replayQuarantine } from '../../../platform/store/quarantine-replay.js';
import { listDevices, loadRegistry } from '../../../platform/store/registry.js';
import { onBothStores } from '../../support/stores.js';
import { NOW } from './given.js';

const refused = (given: Partial<QuarantineRow> = {}): QuarantineRow => ({
  site: 'tilleuls',
  identity: 'box:box-1',
  deviceIdentifier: 'a4c1',
  topic: 'zigbee2mqtt/x',
  payload: Buffer.from('{}'),
  retained: false,
  reason: 'unknown_device',
  detail: 'no such device',
  receivedAt: NOW,
  inboxSeq: 1,
  unadopted: true,
  ...given,
});
const many = (count: number, given: (n: number) => Partial<QuarantineRow>) =>
  Array.from({ length: count }, (_, n) => refused(given(n)));
const sites = ['tilleuls'];

const provisioned = async (store: Store): Promise<void> => {
  const hash = (password: string) => Promise.resolve(password);
  const file = {
    sites: [{ id: 'tilleuls' }],
    residents: ['r-1', 'r-2'].map((id) => ({ id, site: 'tilleuls', family: 'Orme', given: 'Paul' })),
    devices: [{ id: 'ox-1', site: 'tilleuls', config: { bindKey: 'a bind key' } }],
  };
  await provision(store, file, { dryRun: false, now: NOW, hash });
};

onBothStores((stores) => {
  it('groups what waits by device and cause, with what it seems to measure', async () => {
    const store = await stores.fresh();
    await quarantine(store.db, [
      refused({ metrics: ['spo2'], receivedAt: NOW }),
      refused({ metrics: ['pulse_rate', 'spo2'], receivedAt: NOW + 5, identity: 'box:box-2' }),
      refused({ deviceIdentifier: null, reason: 'unknown_topic', topic: 'odd/topic', receivedAt: NOW + 1 }),
      refused({ site: null, deviceIdentifier: 'b', receivedAt: NOW + 9 }),
    ]);
    const { items } = await listQuarantineGroups(store.db, { sites, limit: 10 });
    expect(items).toMatchObject([
      {
        deviceIdentifier: 'a4c1',
        identity: 'box:box-1',
        metrics: ['pulse_rate', 'spo2'],
        count: 2,
        dropped: 0,
        firstAt: NOW,
        lastAt: NOW + 5,
      },
      { deviceIdentifier: null, topic: 'odd/topic', count: 1, metrics: [] },
    ]);
    expect((await listQuarantineGroups(store.db, { sites, unplaced: true, limit: 10 })).items).toHaveLength(3);
    const page = await listQuarantineGroups(store.db, { sites, limit: 1 });
    const rest = await listQuarantineGroups(store.db, { sites, limit: 1, cursor: page.next });
    expect([...page.items, ...rest.items]).toEqual(items);
  });

  it('keeps the oldest messages of an unknown device and the newest, and counts the others', async () => {
    const store = await stores.fresh();
    await quarantine(
      store.db,
      many(KEPT_PER_UNKNOWN - 1, (n) => ({ inboxSeq: n })),
    );
    expect(await fullQuarantineGroups(store.db)).toEqual([]);
    await quarantine(
      store.db,
      many(10, (n) => ({ inboxSeq: 1_000 + n, receivedAt: NOW + n })),
    );
    await quarantine(
      store.db,
      many(3, (n) => ({ inboxSeq: 2_000 + n, receivedAt: NOW + 100 + n })),
    );
    const rows = await listQuarantine(store.db, { sites, limit: 1_000 });
    expect(rows.items).toHaveLength(KEPT_PER_UNKNOWN + 1);
    expect(rows.items.slice(0, 2).map(({ inboxSeq }) => inboxSeq)).toEqual([2_002, 1_000]);
    const [group] = (await listQuarantineGroups(store.db, { sites, limit: 10 })).items;
    expect(group).toMatchObject({ count: KEPT_PER_UNKNOWN + 1, dropped: 11, lastAt: NOW + 102, id: rows.items[0]!.id });
    expect(await fullQuarantineGroups(store.db)).toHaveLength(1);
  });

  it('drops nothing of a known device', async () => {
    const store = await stores.fresh();
    await quarantine(
      store.db,
      many(KEPT_PER_UNKNOWN + 50, () => ({ unadopted: false, reason: 'unassigned_device' })),
    );
    expect(await countQuarantine(store.db)).toBe(KEPT_PER_UNKNOWN + 50);
    expect(await fullQuarantineGroups(store.db)).toEqual([]);
  });

  it('keeps the phones of a whole street in one bounded group', async () => {
    const store = await stores.fresh();
    await quarantine(
      store.db,
      many(UNKNOWN_PER_IDENTITY + 700, (n) => ({ deviceIdentifier: `phone-${n}` })),
    );
    const { items } = await listQuarantineGroups(store.db, { sites, limit: 2_000 });
    expect(items).toHaveLength(UNKNOWN_PER_IDENTITY + 1);
    expect(items.filter(({ deviceIdentifier }) => deviceIdentifier === null)).toMatchObject([
      { count: KEPT_PER_UNKNOWN + 1, dropped: 199 },
    ]);
    expect(await countQuarantine(store.db)).toBe(UNKNOWN_PER_IDENTITY + KEPT_PER_UNKNOWN + 1);
  });

  it('counts again when messages are resolved, and forgets an empty group', async () => {
    const store = await stores.fresh();
    await quarantine(
      store.db,
      many(3, (n) => ({ receivedAt: NOW + n })),
    );
    const ids = await quarantineIds(store.db, { sites, identifiers: ['a4c1'] }, 10);
    expect(ids).toHaveLength(3);
    await resolveQuarantine(store.db, ids.slice(0, 1), NOW);
    expect((await listQuarantineGroups(store.db, { sites, limit: 9 })).items).toMatchObject([
      { count: 2, firstAt: NOW + 1, id: ids[2] },
    ]);
    await resolveQuarantine(store.db, ids, NOW);
    expect((await listQuarantineGroups(store.db, { sites, limit: 9 })).items).toEqual([]);
  });

  it('puts messages back into the inbox as they came, once', async () => {
    const store = await stores.fresh();
    const inbox = await openInbox(store, { partitions: 1 });
    stores.later(() => inbox.close());
    const topic = 'vigie/v1/tilleuls/ox-1/events';
    const payload = Buffer.from([0, 255, 7]);
    await quarantine(store.db, [refused({ topic, payload, retained: true }), refused({ site: null })]);
    const ids = await quarantineIds(store.db, { sites, unplaced: true }, 10);
    const road = { store, inbox, now: NOW + 1 };
    expect([await replayQuarantine(road, ids, 'tilleuls'), await replayQuarantine(road, ids, 'tilleuls')]).toEqual([
      2, 0,
    ]);
    const rows = await Promise.all(
      ([0, 1] as const).map((lane) => inbox.read({ partition: 0, lane, after: 0, limit: 10 })),
    );
    expect(rows.flat()).toMatchObject([
      { topic, site: 'tilleuls', identity: 'replay:box:box-1', retained: true, receivedAt: NOW, lane: 0 },
      { topic: 'zigbee2mqtt/x', site: 'tilleuls', lane: 1 },
    ]);
    expect(Buffer.from(rows[0]![0]!.payload)).toEqual(payload);
    expect(await countQuarantine(store.db)).toBe(0);
  });

  it('lends a device for a while, and then it is whose it was before', async () => {
    const store = await stores.fresh();
    await provisioned(store);
    const give = (resident: string, since: number, until?: number) =>
      store.write((tx) =>
        assignDevice(tx, { device: 'ox-1', resident, room: null, since, ...(until ? { until } : {}) }, NOW + 1),
      );
    await give('r-1', NOW);
    await give('r-2', NOW + 10 * MINUTE, NOW + 15 * MINUTE);
    expect(await assignmentsOf(store.db, 'ox-1')).toMatchObject([
      { resident: 'r-1', since: NOW, until: NOW + 10 * MINUTE },
      { resident: 'r-2', since: NOW + 10 * MINUTE, until: NOW + 15 * MINUTE },
      { resident: 'r-1', since: NOW + 15 * MINUTE, until: null },
    ]);
    expect(await give('r-2', NOW + 10 * MINUTE, NOW + 15 * MINUTE)).toBe(false);
    const registry = await loadRegistry(store.db);
    const holders = [0, 10, 14, 15].map((minutes) => registry.assignmentAt('ox-1', NOW + minutes * MINUTE)?.resident);
    expect(holders).toEqual(['r-1', 'r-2', 'r-2', 'r-1']);
    const now = async (at: number) =>
      (await listDevices(store.db, { sites, limit: 5, at })).items[0]?.assignment?.resident;
    expect([await now(NOW + 12 * MINUTE), await now(NOW + 20 * MINUTE)]).toEqual(['r-2', 'r-1']);
    const history = await assignmentHistory(store.db, 'ox-1');
    expect(history[0]).toMatchObject({ resident: 'r-1', until: null, supersededAt: NOW + 1 });
  });

  it('seals device keys on disk, opens them for codecs only, and sees no change in the same key', async () => {
    const place = await stores.place();
    const store = await stores.open(place);
    await (await import('../../../platform/store/migrate.js')).migrate(store);
    await provisioned(store);
    const { config } = await store.db.selectFrom('devices').select('config').executeTakeFirstOrThrow();
    expect(config).not.toContain('a bind key');
    await provisioned(store);
    expect((await store.db.selectFrom('devices').select('config').executeTakeFirstOrThrow()).config).toBe(config);
    const file = join(store.dataDir, 'keys', 'device.key');
    expect([readFileSync(file).length, statSync(file).mode & 0o777]).toEqual([32, 0o600]);
    const sealed = (await loadRegistry(store.db)).device('ox-1')!.config.bindKey!;
    expect(sealed).not.toContain('a bind key');
    const keys = deviceKeys(store.dataDir);
    expect((await loadRegistry(store.db, keys)).device('ox-1')!.config.bindKey).toBe('a bind key');
    expect(() => keys.open('ox-2', sealed)).toThrow(/keys\/device\.key/);
    expect(keys.open('ox-1', 'from before')).toBe('from before');
  });
});
