import { createInterface } from 'node:readline/promises';
import { VigieError } from '../domain/errors.js';
import type { Role } from '../domain/permissions.js';
import { loadConfig } from '../platform/config.js';
import { createLog } from '../platform/log.js';
import { hashPassword } from '../platform/password.js';
import type { Store } from '../platform/store/db.js';
import { disableUser, listUsers, saveUser, setPassword, userByName } from '../platform/store/users.js';
import { openMigratedStore } from './context.js';

const SHORTEST_PASSWORD = 10;

const withStore = async (work: (store: Store) => Promise<void>): Promise<void> => {
  const store = await openMigratedStore(loadConfig(), createLog('vigie', 'warn'));
  try {
    await work(store);
  } finally {
    await store.close();
  }
};

/** First line of standard input; what is typed on a terminal is shown, so scripts should pipe it. */
const readPassword = async (): Promise<string> => {
  const lines = createInterface({ input: process.stdin, output: process.stdin.isTTY ? process.stderr : undefined });
  const password = process.stdin.isTTY
    ? await lines.question('Password: ')
    : ((await lines[Symbol.asyncIterator]().next()).value ?? '');
  lines.close();
  if (password.length < SHORTEST_PASSWORD)
    throw new VigieError(
      'user.password_short',
      `expected a password of at least ${SHORTEST_PASSWORD} characters on standard input`,
    );
  return password;
};

const mustExist = async (store: Store, username: string): Promise<void> => {
  if (!(await userByName(store.db, username))) throw new VigieError('user.unknown', `no account is called ${username}`);
};

export const addUser = (
  username: string,
  { name, role, site }: { name: string; role: string; site: string[] },
): Promise<void> =>
  withStore(async (store) => {
    if (await userByName(store.db, username))
      throw new VigieError('user.exists', `${username} exists already: use vigie user passwd`);
    const passwordHash = await hashPassword(await readPassword());
    await saveUser(store.db, { username, name, role: role as Role, sites: site, passwordHash, disabled: false });
    console.log(`added ${username} (${role}) for ${site.length === 0 ? 'no site yet' : site.join(', ')}`);
  });

export const changePassword = (username: string): Promise<void> =>
  withStore(async (store) => {
    await mustExist(store, username);
    await setPassword(store.db, username, await hashPassword(await readPassword()));
    console.log(`password of ${username} changed`);
  });

export const disable = (username: string): Promise<void> =>
  withStore(async (store) => {
    await mustExist(store, username);
    await disableUser(store.db, username);
    console.log(`${username} can no longer sign in`);
  });

export const list = (): Promise<void> =>
  withStore(async (store) => {
    for (const { username, role, sites, disabled } of await listUsers(store.db))
      console.log(`${username.padEnd(16)} ${role.padEnd(11)} ${disabled ? 'disabled ' : ''}${sites.join(', ')}`);
  });
