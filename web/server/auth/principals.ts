import { createHash } from 'node:crypto';
import type { Principal } from '../../../domain/permissions.js';
import type { Db } from '../../../platform/store/db.js';
import { userByName } from '../../../platform/store/users.js';

/** What a session remembers of its sign-in. */
export interface SignIn {
  readonly username: string;
  /** Of the password that was used: a new password ends every session of the old one. */
  readonly credential: string;
}

export const credentialOf = (passwordHash: string): string =>
  createHash('sha256').update(passwordHash).digest('base64url').slice(0, 22);

/**
 * Who somebody is, read from the store each time: a right that was taken away is gone at the next request. Null when
 * nobody is signed in, the account was disabled, or its password changed.
 */
export const principalOfSignIn = async (db: Db, signIn: Partial<SignIn> | null): Promise<Principal | null> => {
  if (!signIn?.username) return null;
  const user = await userByName(db, signIn.username);
  if (!user || user.disabled || signIn.credential !== credentialOf(user.passwordHash)) return null;
  return { username: user.username, name: user.name, role: user.role, sites: user.sites };
};
