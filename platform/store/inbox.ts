import { createWakeup } from '../wakeup.js';
import type { Store } from './db.js';
import type { Inbox } from './inbox-port.js';
import { postgresInbox } from './inbox-postgres.js';
import { sqliteInbox } from './inbox-sqlite.js';

export { partitionOf } from './inbox-port.js';
export type { Inbox, InboxRow, IncomingMessage } from './inbox-port.js';

/** One processor in SQLite; in PostgreSQL gateways share the work by leasing partitions. */
const PARTITIONS = { sqlite: 1, postgres: 16 } as const;

/**
 * Opens the inbox: `inbox.sqlite` beside the store, committed by a worker thread; or the inbox table of PostgreSQL.
 * Every commit wakes `createWakeup('inbox', store.scope)`.
 */
export const openInbox = async (store: Store, options: { partitions?: number } = {}): Promise<Inbox> => {
  const partitions = options.partitions ?? PARTITIONS[store.dialect];
  const wakeup = createWakeup('inbox', store.scope);
  const parts = { store, partitions, onCommit: () => wakeup.notify() };
  const inbox = store.dialect === 'sqlite' ? sqliteInbox(parts) : postgresInbox(parts);
  return {
    ...inbox,
    async close() {
      await inbox.close();
      wakeup.close();
    },
  };
};
