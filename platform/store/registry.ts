import { sql } from 'kysely';
import type { Assignment, Box, Device, MqttIdentity } from '../../domain/device.js';
import type { Resident } from '../../domain/resident.js';
import type { Site } from '../../domain/site.js';
import type { EpochMillis } from '../../domain/time.js';
import { decodeCursor, oneOf, type Page, pageOf } from './bulk.js';
import type { Db } from './db.js';
import { openConfig, type DeviceKeys } from './device-keys.js';
import { canonicalIdentifier } from './identifiers.js';
import { residentsQuery, toAssignment, toDevice, toResident, toSite } from './rows.js';

/**
 * Sites, residents, devices, boxes and assignments in memory, as they stood at `version`. Reload it when
 * `registryVersion` has moved. Look-ups give null for what is not known.
 */
export interface Registry {
  readonly version: number;
  site(id: string): Site | null;
  resident(id: string): Resident | null;
  device(id: string): Device | null;
  box(id: string): Box | null;
  /** By any identifier the device was provisioned with, or by its own id. */
  byIdentifier(site: string, identifier: string): Device | null;
  /** Who or what had the device at a time, as we know it today. */
  assignmentAt(device: string, time: EpochMillis): Assignment | null;
  sites(): readonly Site[];
  residents(): readonly Resident[];
  devices(): readonly Device[];
}

const VERSION = { scope: 'default', key: 'registry_version' } as const;

/** Grows with every change of the registry; 0 before the first. */
export const registryVersion = async (db: Db): Promise<number> => {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', VERSION.key)
    .where('scope', '=', VERSION.scope)
    .executeTakeFirst();
  return Number(row?.value ?? 0);
};

/** Tells every reader of the registry to load it again; part of the transaction that changes it. */
export const bumpRegistryVersion = async (tx: Db, now: EpochMillis): Promise<void> => {
  await sql`insert into settings (scope, key, value, author, at)
    values (${VERSION.scope}, ${VERSION.key}, '1', 'system', ${now})
    on conflict (key, scope) do update set value = cast(cast(settings.value as bigint) + 1 as text), at = excluded.at`.execute(
    tx,
  );
};

const groupBy = <Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> => {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
};

const opened = (device: Device, keys: DeviceKeys | undefined): Device =>
  keys ? { ...device, config: openConfig(keys, device.id, device.config) } : device;

/** Reads the whole registry. Device keys stay sealed unless `keys` opens them: only codecs need them. */
export const loadRegistry = async (db: Db, keys?: DeviceKeys): Promise<Registry> => {
  // The version first: a change in between leaves it old, and the next look loads again.
  const version = await registryVersion(db);
  const sites = (await db.selectFrom('sites').selectAll().orderBy('id').execute()).map(toSite);
  const residents = (await residentsQuery(db).orderBy('id').execute()).map(toResident);
  const boxes = await db.selectFrom('boxes').select(['id', 'site']).execute();
  const identifiers = await db.selectFrom('device_identifiers').selectAll().orderBy('identifier').execute();
  const namesOf = groupBy(identifiers, ({ device }) => device);
  const devices = (await db.selectFrom('devices').selectAll().orderBy('id').execute()).map((row) =>
    opened(
      toDevice(
        row,
        (namesOf.get(row.id) ?? []).map(({ identifier }) => identifier),
      ),
      keys,
    ),
  );
  const assignments = (
    await db.selectFrom('assignments').selectAll().where('superseded_at', 'is', null).orderBy('since').execute()
  ).map(toAssignment);

  const siteById = new Map(sites.map((site) => [site.id, site]));
  const residentById = new Map(residents.map((resident) => [resident.id, resident]));
  const deviceById = new Map(devices.map((device) => [device.id, device]));
  const boxById = new Map(boxes.map((box) => [box.id, box]));
  const byName = new Map<string, Device>();
  for (const device of devices) byName.set(`${device.site}\n${canonicalIdentifier(device.id)}`, device);
  for (const { site, identifier, device } of identifiers) {
    const found = deviceById.get(device);
    if (found) byName.set(`${site}\n${identifier}`, found);
  }
  const held = groupBy(assignments, ({ device }) => device);

  return {
    version,
    site: (id) => siteById.get(id) ?? null,
    resident: (id) => residentById.get(id) ?? null,
    device: (id) => deviceById.get(id) ?? null,
    box: (id) => boxById.get(id) ?? null,
    byIdentifier: (site, identifier) => byName.get(`${site}\n${canonicalIdentifier(identifier)}`) ?? null,
    assignmentAt: (device, time) =>
      held.get(device)?.findLast(({ since, until }) => since <= time && (until === null || time < until)) ?? null,
    sites: () => sites,
    residents: () => residents,
    devices: () => devices,
  };
};

/** Who logs in to MQTT under this name, and the hash their password is checked against; null for nobody. */
export const mqttIdentity = async (
  db: Db,
  username: string,
): Promise<{ identity: MqttIdentity; passwordHash: string } | null> => {
  for (const [table, kind] of [
    ['devices', 'device'],
    ['boxes', 'box'],
  ] as const) {
    const row = await db
      .selectFrom(table)
      .select(['id', 'site', 'password_hash'])
      .where('username', '=', username)
      .executeTakeFirst();
    if (row?.password_hash) return { identity: { kind, id: row.id, site: row.site }, passwordHash: row.password_hash };
  }
  return null;
};

/**
 * The device or box whose id is the common name of a client certificate; null for nobody, and for a name that is both
 * a device's and a box's.
 */
export const deviceByCertificate = async (db: Db, commonName: string): Promise<MqttIdentity | null> => {
  const device = await db.selectFrom('devices').select('site').where('id', '=', commonName).executeTakeFirst();
  const box = await db.selectFrom('boxes').select('site').where('id', '=', commonName).executeTakeFirst();
  if (device && box) return null;
  if (device) return { kind: 'device', id: commonName, site: device.site };
  return box ? { kind: 'box', id: commonName, site: box.site } : null;
};

/** These sites, in order of id; unknown ids are left out. */
export const listSites = async (db: Db, ids: readonly string[]): Promise<Site[]> =>
  (
    await db
      .selectFrom('sites')
      .selectAll()
      .where(oneOf(db, 'id', ids))
      .orderBy('id')
      .execute()
  ).map(toSite);

interface ListOptions {
  readonly sites: readonly string[];
  readonly limit: number;
  readonly cursor?: string | null | undefined;
}
const startOf = (cursor: string | null | undefined): string => String(decodeCursor(cursor)?.[0] ?? '');
const byId = (row: { id: string }): [string] => [row.id];

/** Residents of these sites, in order of id, in pages. */
export const listResidents = async (
  db: Db,
  { sites, unit, limit, cursor }: ListOptions & { readonly unit?: string | undefined },
): Promise<Page<Resident>> => {
  const query = residentsQuery(db)
    .where(oneOf(db, 'site', sites))
    .where('id', '>', startOf(cursor))
    .orderBy('id')
    .limit(limit + 1);
  const rows = await (unit === undefined ? query : query.where('unit', '=', unit)).execute();
  return pageOf(rows, limit, { item: toResident, key: byId });
};

/** One resident of any site: check the caller's rights. */
export const residentById = async (db: Db, id: string): Promise<Resident | null> => {
  const row = await residentsQuery(db).where('id', '=', id).executeTakeFirst();
  return row ? toResident(row) : null;
};

export interface ListedDevice extends Device {
  /** Who or what has it now. */
  readonly assignment: Assignment | null;
}

/** Devices of these sites, in order of id, in pages, with who has each `at` a time (left out: until further notice). */
export const listDevices = async (
  db: Db,
  { sites, limit, cursor, at }: ListOptions & { readonly at?: EpochMillis },
): Promise<Page<ListedDevice>> => {
  const rows = await db
    .selectFrom('devices')
    .selectAll()
    .where(oneOf(db, 'site', sites))
    .where('id', '>', startOf(cursor))
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  const ids = rows.map(({ id }) => id);
  const names = groupBy(
    await db
      .selectFrom('device_identifiers')
      .selectAll()
      .where(oneOf(db, 'device', ids))
      .orderBy('identifier')
      .execute(),
    ({ device }) => device,
  );
  const current = await db
    .selectFrom('assignments')
    .selectAll()
    .where(oneOf(db, 'device', ids))
    .where('superseded_at', 'is', null)
    .where(({ eb, or }) => or([eb('until', 'is', null), ...(at === undefined ? [] : [eb('until', '>', at)])]))
    .where((where) => (at === undefined ? where.lit(true) : where('since', '<=', at)))
    .execute();
  const assignmentOf = new Map(current.map((row) => [row.device, toAssignment(row)]));
  return pageOf(rows, limit, {
    item: (row) => ({
      ...toDevice(
        row,
        (names.get(row.id) ?? []).map(({ identifier }) => identifier),
      ),
      assignment: assignmentOf.get(row.id) ?? null,
    }),
    key: byId,
  });
};
