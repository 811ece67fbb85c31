import type { Principal, Role } from '../../domain/permissions.js';
import type { Db } from './db.js';

export interface User extends Principal {
  readonly passwordHash: string;
  readonly disabled: boolean;
}

const usersQuery = (db: Db) => db.selectFrom('users').selectAll().orderBy('username');
type UserRow = Awaited<ReturnType<ReturnType<typeof usersQuery>['execute']>>[number];

const toUser = (row: UserRow): User => ({
  username: row.username,
  name: row.name,
  role: row.role as Role,
  sites: JSON.parse(row.sites) as string[],
  passwordHash: row.password_hash,
  disabled: row.disabled !== 0,
});

/** A local account, disabled ones too: the caller refuses those. */
export const userByName = async (db: Db, username: string): Promise<User | null> => {
  const row = await usersQuery(db).where('username', '=', username).executeTakeFirst();
  return row ? toUser(row) : null;
};

/** All accounts, by username. */
export const listUsers = async (db: Db): Promise<User[]> => (await usersQuery(db).execute()).map(toUser);

/** Creates or replaces an account. */
export const saveUser = async (db: Db, user: User): Promise<void> => {
  const columns = {
    name: user.name,
    role: user.role,
    sites: JSON.stringify(user.sites),
    password_hash: user.passwordHash,
    disabled: Number(user.disabled),
  };
  await db
    .insertInto('users')
    .values({ username: user.username, ...columns })
    .onConflict((conflict) => conflict.column('username').doUpdateSet(columns))
    .execute();
};

const change = async (db: Db, username: string, values: { password_hash: string } | { disabled: number }) => {
  const result = await db.updateTable('users').set(values).where('username', '=', username).executeTakeFirst();
  return result.numUpdatedRows > 0n;
};

/** Sets a password by its hash; false when there is no such user. */
export const setPassword = (db: Db, username: string, passwordHash: string): Promise<boolean> =>
  change(db, username, { password_hash: passwordHash });

/** Shuts an account (or opens it again); false when there is no such user. */
export const disableUser = (db: Db, username: string, disabled = true): Promise<boolean> =>
  change(db, username, { disabled: Number(disabled) });
