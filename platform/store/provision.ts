import { VigieError } from '../../domain/errors.js';
import type { EpochMillis } from '../../domain/time.js';
import { verifyPassword } from '../password.js';
import type { Db, Store } from './db.js';
import { deviceKeys } from './device-keys.js';
import { checkReferences, type Known } from './provision-check.js';
import { type Provisioning, provisioningSchema } from './provision-schema.js';
import { applyProvisioning, type ProvisionChange } from './provision-write.js';
import { toSite } from './rows.js';

export { type ProvisioningFile, provisioningSchema } from './provision-schema.js';
export type { ProvisionChange } from './provision-write.js';

export interface ProvisionOptions {
  /** Says what would change, and changes nothing. */
  readonly dryRun: boolean;
  readonly now: EpochMillis;
  readonly hash: (password: string) => Promise<string>;
}

/** The file cannot be applied: every fault at once, each with its path. Nothing was changed. */
export class ProvisionError extends VigieError {
  constructor(readonly faults: readonly string[]) {
    super(
      'provision.invalid',
      `the provisioning file has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
  }
}

const parse = (file: unknown): Provisioning => {
  const result = provisioningSchema.safeParse(file);
  if (result.success) return result.data;
  throw new ProvisionError(result.error.issues.map((issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`));
};

const loadKnown = async (db: Db): Promise<Known> => {
  const sites = (await db.selectFrom('sites').selectAll().execute()).map(toSite);
  const residents = await db.selectFrom('residents').select(['id', 'site']).execute();
  const devices = await db.selectFrom('devices').select(['id', 'site', 'username']).execute();
  const boxes = await db.selectFrom('boxes').select(['id', 'username']).execute();
  const identifiers = await db.selectFrom('device_identifiers').selectAll().execute();
  const users = await db.selectFrom('users').select('username').execute();
  const assigned = await db
    .selectFrom('assignments')
    .select('device')
    .where('superseded_at', 'is', null)
    .where('until', 'is', null)
    .execute();
  return {
    sites: new Map(sites.map((site) => [site.id, site])),
    residents: new Map(residents.map(({ id, site }) => [id, site])),
    devices: new Map(devices.map(({ id, site }) => [id, site])),
    assigned: new Set(assigned.map(({ device }) => device)),
    usernames: new Map([
      ...devices.flatMap(({ id, username }) => (username === null ? [] : [[username, `device:${id}`] as const])),
      ...boxes.flatMap(({ id, username }) => (username === null ? [] : [[username, `box:${id}`] as const])),
    ]),
    identifiers: new Map(identifiers.map(({ site, identifier, device }) => [`${site}\n${identifier}`, device])),
    users: new Set(users.map(({ username }) => username)),
  };
};

/** A password without a username logs in under the name it had, or under the id. */
const withLogins = (file: Provisioning, known: Known): Provisioning => {
  const nameOf = new Map([...known.usernames].map(([username, owner]) => [owner, username]));
  const named = <Item extends { id: string; username?: string | undefined; password?: string | undefined }>(
    items: readonly Item[],
    kind: 'device' | 'box',
  ): Item[] =>
    items.map((item) =>
      item.username !== undefined || item.password === undefined
        ? item
        : { ...item, username: nameOf.get(`${kind}:${item.id}`) ?? item.id },
    );
  return { ...file, devices: named(file.devices, 'device'), boxes: named(file.boxes, 'box') };
};

/** Passwords are checked and hashed some at a time: each takes tens of milliseconds of a core and 19 MiB. */
const HASHES_AT_ONCE = 4;

interface Secret {
  readonly table: 'devices' | 'boxes' | 'users';
  readonly id: string;
  readonly password: string;
}

/**
 * New hashes by `{table}/{id}`, for passwords that differ from what is stored. Done before the transaction, which
 * must not hold the write lock for the seconds this takes.
 */
const hashChanged = async (db: Db, file: Provisioning, { hash, dryRun }: ProvisionOptions) => {
  const stored = new Map<string, string | null>();
  for (const table of ['devices', 'boxes'] as const)
    for (const row of await db.selectFrom(table).select(['id', 'password_hash']).execute())
      stored.set(`${table}/${row.id}`, row.password_hash);
  for (const row of await db.selectFrom('users').select(['username', 'password_hash']).execute())
    stored.set(`users/${row.username}`, row.password_hash);

  const secrets: Secret[] = [
    ...file.devices.map(({ id, password }) => ({ table: 'devices' as const, id, password: password ?? '' })),
    ...file.boxes.map(({ id, password }) => ({ table: 'boxes' as const, id, password: password ?? '' })),
    ...file.users.map(({ username, password }) => ({
      table: 'users' as const,
      id: username,
      password: password ?? '',
    })),
  ].filter(({ password }) => password !== '');
  const changed = new Map<string, string>();
  const work = secrets.values();
  const worker = async (): Promise<void> => {
    for (const { table, id, password } of work) {
      const known = stored.get(`${table}/${id}`) ?? null;
      if (known !== null && (await verifyPassword(known, password))) continue;
      changed.set(`${table}/${id}`, dryRun ? '' : await hash(password));
    }
  };
  await Promise.all(Array.from({ length: HASHES_AT_ONCE }, worker));
  return changed;
};

/** Thrown to undo a dry run. */
class DryRun extends Error {
  constructor(readonly changes: ProvisionChange[]) {
    super('dry run');
  }
}

/**
 * Upserts the content of a provisioning file (contract §3) in one transaction and says what became of each entry, in
 * the order of the file's sections. Idempotent; nothing is ever deleted. Throws `ProvisionError` with every fault.
 */
export const provision = async (store: Store, file: unknown, options: ProvisionOptions): Promise<ProvisionChange[]> => {
  const known = await loadKnown(store.db);
  const wanted = withLogins(parse(file), known);
  const faults = checkReferences(wanted, known);
  if (faults.length > 0) throw new ProvisionError(faults);
  const hashes = await hashChanged(store.db, wanted, options);
  const keys = deviceKeys(store.dataDir);
  try {
    return await store.write(async (tx) => {
      const changes = await applyProvisioning(tx, wanted, { hashes, keys }, options.now);
      if (options.dryRun) throw new DryRun(changes);
      return changes;
    });
  } catch (error) {
    if (error instanceof DryRun) return error.changes;
    throw error;
  }
};
