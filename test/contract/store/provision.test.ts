import { describe, expect, it } from '@jest/globals';
import { DAY } from '../../../domain/time.js';
import { hashPassword, verifyPassword } from '../../../platform/password.js';
import { assignDevice, assignmentsOf } from '../../../platform/store/assignments.js';
import type { Store } from '../../../platform/store/db.js';
import { provision, type ProvisioningFile } from '../../../platform/store/provision.js';
import {
  deviceByCertificate,
  listDevices,
  listResidents,
  listSites,
  loadRegistry,
  mqttIdentity,
  registryVersion,
  residentById,
} from '../../../platform/store/registry.js';
import { userByName } from '../../../platform/store/users.js';
import { onBothStores } from '../../support/stores.js';
import { NOW } from './given.js';

const SINCE = '2026-01-01T00:00:00Z';

/** The example of the contract, §3. */
const example = () =>
  ({
    sites: [
      {
        id: 'les-tilleuls',
        name: 'EHPAD Les Tilleuls',
        kind: 'ehpad',
        timezone: 'Europe/Paris',
        units: [{ id: 'rdc', name: 'Rez-de-chaussée', rooms: ['101', '102'] }],
      },
    ],
    residents: [
      {
        id: 'r-001',
        site: 'les-tilleuls',
        unit: 'rdc',
        room: '101',
        family: 'Durand',
        given: 'Odette',
        birthDate: '1934-02-11',
        sex: 'female',
        spo2Scale: 1,
        ins: { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '234025511800123' },
      },
      { id: 'r-002', site: 'les-tilleuls', family: 'Saule', given: 'Jean' },
    ],
    boxes: [{ id: 'box-1', site: 'les-tilleuls', username: 'box-1', password: 'secret-box' }],
    devices: [
      {
        id: 'ox-0412',
        site: 'les-tilleuls',
        model: 'pulse-oximeter',
        identifiers: ['A4C138001122'],
        username: 'ox-0412',
        password: 'secret-ox',
        config: { role: 'body_scale', deviceProfile: 'x' },
        cadenceSeconds: 60,
        assignedTo: { resident: 'r-001', since: SINCE },
      },
    ],
    users: [{ username: 'lea', name: 'Léa Martin', role: 'nurse', sites: ['les-tilleuls'], password: 'secret-lea' }],
  }) satisfies ProvisioningFile;

let hashes = 0;
const hash = (password: string) => {
  hashes += 1;
  return hashPassword(password);
};
const apply = (store: Store, file: unknown, options: { dryRun?: boolean; now?: number } = {}) =>
  provision(store, file, { dryRun: false, now: NOW, hash, ...options });
const faultsOf = (store: Store, file: unknown): Promise<readonly string[]> =>
  apply(store, file).then(
    () => [],
    (error: { code: string; faults: readonly string[] }) => {
      expect(error.code).toBe('provision.invalid');
      return error.faults;
    },
  );
const changesOf = (changes: readonly { change: string }[]) => new Set(changes.map(({ change }) => change));

onBothStores((stores) => {
  it('creates what the file says, and says unchanged for the same file again', async () => {
    const store = await stores.fresh();
    expect(changesOf(await apply(store, example()))).toEqual(new Set(['created']));
    const version = await registryVersion(store.db);
    const [before, user] = [hashes, await userByName(store.db, 'lea')];
    const again = await apply(store, example(), { now: NOW + DAY });
    expect(again.map(({ kind, id, change }) => `${kind} ${id} ${change}`)).toEqual([
      'site les-tilleuls unchanged',
      'resident r-001 unchanged',
      'resident r-002 unchanged',
      'box box-1 unchanged',
      'device ox-0412 unchanged',
      'user lea unchanged',
    ]);
    expect(await registryVersion(store.db)).toBe(version);
    expect([hashes, await userByName(store.db, 'lea')]).toEqual([before, user]);
  });

  it('fills the registry', async () => {
    const store = await stores.fresh();
    await apply(store, example());
    const registry = await loadRegistry(store.db);
    expect(registry.version).toBe(await registryVersion(store.db));
    expect(registry.site('les-tilleuls')?.units[0]?.rooms).toEqual(['101', '102']);
    expect(registry.resident('r-001')).toMatchObject({ birthDate: '1934-02-11', ins: { value: '234025511800123' } });
    expect(registry.resident('r-002')).toMatchObject({ unit: null, sex: 'unknown', spo2Scale: 1, ins: null });
    for (const spelling of ['A4C138001122', 'a4:c1:38:00:11:22', 'a4-c1-38-00-11-22', 'OX-0412'])
      expect(registry.byIdentifier('les-tilleuls', spelling)?.id).toBe('ox-0412');
    expect(registry.byIdentifier('elsewhere', 'A4C138001122')).toBeNull();
    expect(registry.device('ox-0412')).toMatchObject({ cadenceSeconds: 60, config: { deviceProfile: 'x' } });
    expect(registry.box('box-1')).toEqual({ id: 'box-1', site: 'les-tilleuls' });
    expect(registry.assignmentAt('ox-0412', NOW)).toMatchObject({ resident: 'r-001', until: null });
    expect(registry.assignmentAt('ox-0412', Date.parse(SINCE) - 1)).toBeNull();
    expect(registry.sites().length + registry.residents().length + registry.devices().length).toBe(4);
  });

  it('answers the lists and the logins', async () => {
    const store = await stores.fresh();
    await apply(store, example());
    expect((await listSites(store.db, ['les-tilleuls', 'none'])).map(({ id }) => id)).toEqual(['les-tilleuls']);
    const page = await listResidents(store.db, { sites: ['les-tilleuls'], limit: 1 });
    expect(page.items.map(({ id }) => id)).toEqual(['r-001']);
    const rest = await listResidents(store.db, { sites: ['les-tilleuls'], limit: 1, cursor: page.next });
    expect([rest.items.map(({ id }) => id), rest.next]).toEqual([['r-002'], null]);
    expect((await listResidents(store.db, { sites: ['les-tilleuls'], unit: 'rdc', limit: 9 })).items).toHaveLength(1);
    expect((await listResidents(store.db, { sites: [], limit: 9 })).items).toEqual([]);
    expect((await residentById(store.db, 'r-001'))?.family).toBe('Durand');
    const devices = await listDevices(store.db, { sites: ['les-tilleuls'], limit: 9 });
    expect(devices.items).toMatchObject([
      { id: 'ox-0412', identifiers: ['a4c138001122'], assignment: { resident: 'r-001' } },
    ]);
    const login = await mqttIdentity(store.db, 'ox-0412');
    expect(login?.identity).toEqual({ kind: 'device', id: 'ox-0412', site: 'les-tilleuls' });
    expect(await verifyPassword(login?.passwordHash ?? null, 'secret-ox')).toBe(true);
    expect((await mqttIdentity(store.db, 'box-1'))?.identity.kind).toBe('box');
    expect(await mqttIdentity(store.db, 'nobody')).toBeNull();
    expect(await deviceByCertificate(store.db, 'box-1')).toEqual({ kind: 'box', id: 'box-1', site: 'les-tilleuls' });
    expect(await deviceByCertificate(store.db, 'nobody')).toBeNull();
  });

  it('changes nothing on a dry run, and says what would change', async () => {
    const store = await stores.fresh();
    expect(changesOf(await apply(store, example(), { dryRun: true }))).toEqual(new Set(['created']));
    expect(await listSites(store.db, ['les-tilleuls'])).toEqual([]);
    expect(await registryVersion(store.db)).toBe(0);
  });

  it('updates what differs, keeps passwords that are left out, and takes new ones', async () => {
    const store = await stores.fresh();
    await apply(store, example());
    const file = example();
    const { password: _, ...lea } = file.users[0]!;
    const changes = await apply(store, {
      ...file,
      boxes: [{ id: 'box-1', site: 'les-tilleuls', password: 'new' }],
      users: [{ ...lea, role: 'physician' }],
    });
    expect(changes.filter(({ change }) => change === 'updated').map(({ id }) => id)).toEqual(['box-1', 'lea']);
    expect(await verifyPassword((await userByName(store.db, 'lea'))!.passwordHash, 'secret-lea')).toBe(true);
    expect(await verifyPassword((await mqttIdentity(store.db, 'box-1'))!.passwordHash, 'new')).toBe(true);
  });

  it('lets a file of devices alone refer to what is stored, and two devices swap their names', async () => {
    const store = await stores.fresh();
    await apply(store, example());
    const device = (id: string, username: string, identifier: string) => ({
      id,
      site: 'les-tilleuls',
      username,
      password: 'p',
      identifiers: [identifier],
      assignedTo: { room: '102' },
    });
    await apply(store, { devices: [device('a', 'one', 'i-1'), device('b', 'two', 'i-2')] });
    await apply(store, { devices: [device('a', 'two', 'i-2'), device('b', 'one', 'i-1')] });
    expect((await mqttIdentity(store.db, 'two'))?.identity).toMatchObject({ id: 'a' });
    const registry = await loadRegistry(store.db);
    expect(registry.byIdentifier('les-tilleuls', 'i-1')?.id).toBe('b');
    expect(registry.assignmentAt('a', NOW)).toMatchObject({ room: '102', since: NOW });
  });

  it('ends an assignment when the next begins, and keeps what was known before', async () => {
    const store = await stores.fresh();
    await apply(store, example());
    const file = example();
    const moved = {
      devices: [{ ...file.devices[0], assignedTo: { resident: 'r-002', since: '2026-06-01T00:00:00Z' } }],
    };
    const june = Date.parse('2026-06-01T00:00:00Z');
    expect((await apply(store, moved)).map(({ change }) => change)).toEqual(['updated']);
    const history = [
      { device: 'ox-0412', resident: 'r-001', room: null, since: Date.parse(SINCE), until: june },
      { device: 'ox-0412', resident: 'r-002', room: null, since: june, until: null },
    ];
    expect(await assignmentsOf(store.db, 'ox-0412')).toEqual(history);
    expect((await apply(store, moved)).map(({ change }) => change)).toEqual(['unchanged']);
    // The old file again says nothing new: it does not give the device back.
    expect(changesOf(await apply(store, example()))).toEqual(new Set(['unchanged']));
    expect(await assignmentsOf(store.db, 'ox-0412')).toEqual(history);
    const rows = await store.db.selectFrom('assignments').selectAll().where('superseded_at', 'is not', null).execute();
    expect(rows).toMatchObject([{ resident: 'r-001', until: null, superseded_at: NOW }]);
  });

  it('corrects the past when an assignment began earlier than believed', async () => {
    const store = await stores.fresh();
    await apply(store, example());
    const earlier = Date.parse(SINCE) - DAY;
    const given = { device: 'ox-0412', resident: 'r-002', room: null, since: earlier };
    expect(await store.write((tx) => assignDevice(tx, given, NOW))).toBe(true);
    expect(await store.write((tx) => assignDevice(tx, given, NOW))).toBe(false);
    expect(await assignmentsOf(store.db, 'ox-0412')).toEqual([{ ...given, until: null }]);
    await store.write((tx) => assignDevice(tx, { ...given, resident: null, since: NOW }, NOW));
    expect((await loadRegistry(store.db)).assignmentAt('ox-0412', NOW)).toBeNull();
    expect((await loadRegistry(store.db)).assignmentAt('ox-0412', NOW - 1)).toMatchObject({ resident: 'r-002' });
  });

  it('takes devices back from a resident who moves to another site', async () => {
    const store = await stores.fresh();
    await apply(store, example());
    await apply(store, {
      sites: [{ id: 'home-1', kind: 'home' }],
      residents: [{ id: 'r-001', site: 'home-1', family: 'Durand', given: 'Odette' }],
    });
    expect((await loadRegistry(store.db)).assignmentAt('ox-0412', NOW)).toBeNull();
  });

  it('names every fault of a file at once, by its path, and changes nothing', async () => {
    const store = await stores.fresh();
    const file = example();
    const faults = await faultsOf(store, {
      ...file,
      residents: [
        ...file.residents,
        { id: 'r-001', site: 'les-tilleuls', family: 'X', given: 'Y' },
        { id: 'r-003', site: 'nowhere', family: 'X', given: 'Y' },
        { id: 'r-004', site: 'les-tilleuls', unit: 'attic', family: 'X', given: 'Y' },
        { id: 'r-005', site: 'les-tilleuls', unit: 'rdc', room: '999', family: 'X', given: 'Y' },
      ],
      devices: [
        ...file.devices,
        { id: 'd-2', site: 'les-tilleuls', identifiers: ['a4:c1:38:00:11:22'], username: 'box-1' },
        { id: 'd-3', site: 'les-tilleuls', assignedTo: { resident: 'nobody' } },
      ],
      users: [{ username: 'new', role: 'nurse', sites: ['nowhere'] }],
    });
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual([
      'devices.1.identifiers',
      'devices.1.username',
      'devices.2.assignedTo.resident',
      'residents.2.id',
      'residents.3.site',
      'residents.4.unit',
      'residents.5.room',
      'users.0.password',
      'users.0.sites.0',
    ]);
    expect(await listSites(store.db, ['les-tilleuls'])).toEqual([]);
  });

  it('refuses names that are taken in the store by what the file does not mention', async () => {
    const store = await stores.fresh();
    await apply(store, example());
    const faults = await faultsOf(store, {
      devices: [{ id: 'd-2', site: 'les-tilleuls', identifiers: ['A4C138001122'], username: 'ox-0412' }],
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(['devices.0.username', 'devices.0.identifiers']);
  });

  it('refuses fields it does not know, without repeating a value', async () => {
    const store = await stores.fresh();
    const faults = await faultsOf(store, {
      residents: [{ id: 'r-1', site: 's', family: 'Secretname', given: 'Y', sex: 'Secretvalue', nickname: 'Z' }],
      devices: [{ id: 'd', site: 's', assignedTo: { resident: 'r', room: '1' } }],
      extra: [],
    });
    expect(faults.join('\n')).toMatch(/residents\.0.*nickname/);
    expect(faults.join('\n')).toMatch(/residents\.0\.sex/);
    expect(faults.join('\n')).toMatch(/devices\.0\.assignedTo: expected either/);
    expect(faults.join('\n')).toMatch(/extra/);
    expect(faults.join('\n')).not.toMatch(/Secret/);
  });
});

describe('A password', () => {
  it('fits its own hash only, and nobody fits an unknown user', async () => {
    const stored = await hashPassword('vigie-demo');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword(stored, 'vigie-demo')).toBe(true);
    expect(await verifyPassword(stored, 'vigie-Demo')).toBe(false);
    expect(await verifyPassword(null, 'nobody has this password')).toBe(false);
    expect(await verifyPassword('nonsense', 'x')).toBe(false);
  });
});
