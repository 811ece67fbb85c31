import type { Kysely } from 'kysely';
import type { DeviceConfig } from '../../domain/device.js';
import type { EpochMillis } from '../../domain/time.js';
import { assignDevice } from './assignments.js';
import { oneOf } from './bulk.js';
import type { Db } from './db.js';
import { sealConfig, type DeviceKeys } from './device-keys.js';
import { canonicalIdentifier } from './identifiers.js';
import type { Provisioning } from './provision-schema.js';
import { bumpRegistryVersion } from './registry.js';

export interface ProvisionChange {
  readonly kind: 'site' | 'resident' | 'box' | 'device' | 'user';
  readonly id: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}
type Columns = Record<string, string | number | null>;

/** Writes a row by its key when it differs; says what that was. */
const upsert = async (
  tx: Db,
  {
    table,
    key,
    id,
    columns,
  }: {
    table: 'sites' | 'residents' | 'boxes' | 'devices' | 'users';
    key: 'id' | 'username';
    id: string;
    columns: Columns;
  },
): Promise<ProvisionChange['change']> => {
  // One shape for five tables: the columns are those of the calls below.
  const db = tx as unknown as Kysely<Record<string, Columns>>;
  const stored = await db.selectFrom(table).selectAll().where(key, '=', id).executeTakeFirst();
  if (!stored) {
    await db
      .insertInto(table)
      .values({ [key]: id, ...columns })
      .execute();
    return 'created';
  }
  if (Object.entries(columns).every(([name, value]) => stored[name] === value)) return 'unchanged';
  await db.updateTable(table).set(columns).where(key, '=', id).execute();
  return 'updated';
};

const loginColumns = ({ username }: { username?: string | undefined }, hash: string | undefined): Columns => ({
  ...(username === undefined ? {} : { username }),
  ...(hash === undefined ? {} : { password_hash: hash }),
});

/** Replaces a device's identifiers; true when they differ. */
const setIdentifiers = async (tx: Db, device: Provisioning['devices'][number]): Promise<boolean> => {
  const wanted = [...new Set(device.identifiers.map(canonicalIdentifier))].sort();
  const stored = await tx.selectFrom('device_identifiers').selectAll().where('device', '=', device.id).execute();
  const names = stored.map(({ identifier }) => identifier).sort();
  if (stored.every(({ site }) => site === device.site) && names.join('\n') === wanted.join('\n')) return false;
  await tx.deleteFrom('device_identifiers').where('device', '=', device.id).execute();
  if (wanted.length > 0)
    await tx
      .insertInto('device_identifiers')
      .values(wanted.map((identifier) => ({ identifier, site: device.site, device: device.id })))
      .execute();
  return true;
};

/** Applies `assignedTo`; true when it was news. */
const assign = async (tx: Db, device: Provisioning['devices'][number], now: EpochMillis): Promise<boolean> => {
  if (!device.assignedTo) return false;
  const { resident = null, room = null, since } = device.assignedTo;
  if (since === undefined) {
    const current = await tx
      .selectFrom('assignments')
      .select(['resident', 'room'])
      .where('device', '=', device.id)
      .where('superseded_at', 'is', null)
      .where('until', 'is', null)
      .executeTakeFirst();
    if (current && current.resident === resident && current.room === room) return false;
  }
  return assignDevice(tx, { device: device.id, resident, room, since: since ?? now }, now);
};

/** A resident who moved to another site leaves the devices of the old one behind. */
const takeBackStrandedDevices = async (tx: Db, now: EpochMillis): Promise<void> => {
  const stranded = await tx
    .selectFrom('assignments')
    .innerJoin('residents', 'residents.id', 'assignments.resident')
    .innerJoin('devices', 'devices.id', 'assignments.device')
    .select('assignments.device')
    .where('assignments.superseded_at', 'is', null)
    .where('assignments.until', 'is', null)
    .whereRef('residents.site', '<>', 'devices.site')
    .execute();
  for (const { device } of stranded) await assignDevice(tx, { device, resident: null, room: null, since: now }, now);
};

/** Two devices may swap usernames or identifiers: what the file redefines is set free first. */
const freeNames = async (tx: Db, file: Provisioning): Promise<void> => {
  const taken = await tx.selectFrom('device_identifiers').selectAll().execute();
  const owner = new Map(
    file.devices.flatMap(({ id, site, identifiers }) =>
      identifiers.map((identifier) => [`${site}\n${canonicalIdentifier(identifier)}`, id] as const),
    ),
  );
  for (const { site, identifier, device } of taken) {
    const next = owner.get(`${site}\n${identifier}`);
    if (next !== undefined && next !== device)
      await tx.deleteFrom('device_identifiers').where('site', '=', site).where('identifier', '=', identifier).execute();
  }
  for (const [table, items] of [
    ['devices', file.devices],
    ['boxes', file.boxes],
  ] as const) {
    const wanted = new Map(
      items.flatMap(({ id, username }) => (username === undefined ? [] : [[id, username] as const])),
    );
    const rows = await tx
      .selectFrom(table)
      .select(['id', 'username'])
      .where(oneOf(tx, 'id', [...wanted.keys()]))
      .execute();
    const renamed = rows.filter(({ id, username }) => username !== wanted.get(id)).map(({ id }) => id);
    await tx
      .updateTable(table)
      .set({ username: null })
      .where(oneOf(tx, 'id', renamed))
      .execute();
  }
};

const storedConfig = async (tx: Db, device: string): Promise<DeviceConfig | null> => {
  const row = await tx.selectFrom('devices').select('config').where('id', '=', device).executeTakeFirst();
  return row ? (JSON.parse(row.config) as DeviceConfig) : null;
};

/** Writes a checked file, inside a transaction; `hashes` are those that changed, by `{table}/{id}`. */
export const applyProvisioning = async (
  tx: Db,
  file: Provisioning,
  { hashes, keys }: { hashes: ReadonlyMap<string, string>; keys: DeviceKeys },
  now: EpochMillis,
): Promise<ProvisionChange[]> => {
  const changes: ProvisionChange[] = [];
  const note = (kind: ProvisionChange['kind'], id: string, change: ProvisionChange['change']) =>
    void changes.push({ kind, id, change });
  await freeNames(tx, file);
  for (const { id, name, kind, timezone, units, finess } of file.sites)
    note(
      'site',
      id,
      await upsert(tx, {
        table: 'sites',
        key: 'id',
        id,
        columns: { name, kind, timezone, units: JSON.stringify(units), finess },
      }),
    );
  for (const { id, birthDate, spo2Scale, ins, ...rest } of file.residents) {
    const columns = {
      ...rest,
      birth_date: birthDate,
      spo2_scale: spo2Scale,
      ins_system: ins?.system ?? null,
      ins_value: ins?.value ?? null,
    };
    note('resident', id, await upsert(tx, { table: 'residents', key: 'id', id, columns }));
  }
  for (const box of file.boxes) {
    const columns = { site: box.site, ...loginColumns(box, hashes.get(`boxes/${box.id}`)) };
    note('box', box.id, await upsert(tx, { table: 'boxes', key: 'id', id: box.id, columns }));
  }
  for (const device of file.devices) {
    const columns = {
      site: device.site,
      model: device.model,
      config: JSON.stringify(sealConfig(keys, device.id, device.config, await storedConfig(tx, device.id))),
      cadence_seconds: device.cadenceSeconds,
      ...loginColumns(device, hashes.get(`devices/${device.id}`)),
    };
    const change = await upsert(tx, { table: 'devices', key: 'id', id: device.id, columns });
    const renamed = await setIdentifiers(tx, device);
    const moved = await assign(tx, device, now);
    note('device', device.id, change === 'unchanged' && (renamed || moved) ? 'updated' : change);
  }
  for (const { username, name, role, sites, disabled } of file.users) {
    const hash = hashes.get(`users/${username}`);
    const columns = {
      name,
      role,
      sites: JSON.stringify(sites),
      disabled: Number(disabled),
      ...(hash === undefined ? {} : { password_hash: hash }),
    };
    note('user', username, await upsert(tx, { table: 'users', key: 'username', id: username, columns }));
  }
  await takeBackStrandedDevices(tx, now);
  if (changes.some(({ kind, change }) => kind !== 'user' && change !== 'unchanged')) await bumpRegistryVersion(tx, now);
  return changes;
};
