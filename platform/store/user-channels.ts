import { createHash } from 'node:crypto';
import type { EpochMillis } from '../../domain/time.js';
import { oneOf } from './bulk.js';
import type { Db } from './db.js';

/** A way to reach somebody: a browser's push subscription, an e-mail address, a telephone number. */
export interface UserChannel {
  readonly id: number;
  readonly username: string;
  /** Name of the notifier. */
  readonly channel: string;
  readonly address: unknown;
  readonly createdAt: EpochMillis;
  readonly acceptedAt: EpochMillis | null;
}

const query = (db: Db) => db.selectFrom('user_channels').selectAll().orderBy('id');
type Row = Awaited<ReturnType<ReturnType<typeof query>['execute']>>[number];

const toChannel = (row: Row): UserChannel => ({
  id: row.id,
  username: row.username,
  channel: row.channel,
  address: JSON.parse(row.address) as unknown,
  createdAt: row.created_at,
  acceptedAt: row.accepted_at,
});

/** How these people can be reached. */
export const channelsOf = async (db: Db, usernames: readonly string[]): Promise<UserChannel[]> =>
  (
    await query(db)
      .where(oneOf(db, 'username', usernames))
      .execute()
  ).map(toChannel);

export const channelById = async (db: Db, id: number): Promise<UserChannel | null> => {
  const row = await query(db).where('id', '=', id).executeTakeFirst();
  return row ? toChannel(row) : null;
};

/** What makes two addresses the same one: the endpoint of a subscription whose keys changed is still the same browser. */
const identityOf = (address: unknown): string =>
  typeof address === 'object' && address !== null && 'endpoint' in address
    ? String(address.endpoint)
    : JSON.stringify(address);
const hashOf = (address: unknown): string => createHash('sha256').update(identityOf(address)).digest('hex');

/**
 * Adds an address or renews what is known of it; returns its id. A push endpoint is one browser: whoever signs in there
 * last has it, so that nobody is told in somebody else's name.
 */
export const saveChannel = async (
  tx: Db,
  { username, channel, address, at }: { username: string; channel: string; address: unknown; at: EpochMillis },
): Promise<number> => {
  const address_hash = hashOf(address);
  if (channel === 'web-push')
    await tx
      .deleteFrom('user_channels')
      .where('channel', '=', channel)
      .where('address_hash', '=', address_hash)
      .where('username', '<>', username)
      .execute();
  const values = { username, channel, address_hash, address: JSON.stringify(address), created_at: at };
  const { id } = await tx
    .insertInto('user_channels')
    .values(values)
    .onConflict((conflict) =>
      conflict.columns(['username', 'channel', 'address_hash']).doUpdateSet({ address: values.address }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
};

/** Removes an address by its id, of one person if named; false when there is none. */
export const removeChannel = async (db: Db, id: number, username?: string): Promise<boolean> => {
  const deletion = db.deleteFrom('user_channels').where('id', '=', id);
  const result = await (
    username === undefined ? deletion : deletion.where('username', '=', username)
  ).executeTakeFirst();
  return result.numDeletedRows > 0n;
};

/** Removes one address of a person by what it says; false when there is none. */
export const removeAddress = async (db: Db, username: string, channel: string, address: unknown): Promise<boolean> => {
  const result = await db
    .deleteFrom('user_channels')
    .where('username', '=', username)
    .where('channel', '=', channel)
    .where('address_hash', '=', hashOf(address))
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
};

/** Remembers that the address works. */
export const channelAccepted = async (db: Db, id: number, at: EpochMillis): Promise<void> => {
  await db.updateTable('user_channels').set({ accepted_at: at }).where('id', '=', id).execute();
};
