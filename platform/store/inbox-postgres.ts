import { sql } from 'kysely';
import { ADVISORY_CLASS } from './bulk.js';
import { errorCode, InboxError } from './errors.js';
import { groupCommit } from './group-commit.js';
import type { InboxParts } from './inbox-sqlite.js';
import { type Inbox, type IncomingMessage, type InboxRow, partitionOf } from './inbox-port.js';

/** Rows of one INSERT; a batch may have several, in one transaction. */
const INSERT_ROWS = 5_000;
const TRIM_CHUNK = 5_000;
/** The advisory lock of partition n is (`ADVISORY_CLASS`, `PARTITION_LOCKS` + n). */
const PARTITION_LOCKS = 100;

type Row = IncomingMessage & { readonly partition: number };

const column = (rows: readonly Row[], type: string, value: (row: Row) => unknown) =>
  sql`${rows.map(value)}::${sql.raw(type)}[]`;

/** The inbox in PostgreSQL: one transaction for all appends that wait, whatever their partition. */
export const postgresInbox = ({ store, partitions, onCommit }: InboxParts): Inbox => {
  let waiting: Row[] = [];

  const insert = (rows: readonly Row[]) => sql`
    insert into inbox (partition, lane, site, identity, topic, payload, retained, dup, received_at)
    select partition, lane, site, identity, topic, payload, retained, dup, received_at from unnest(
      ${column(rows, 'bigint', (row) => row.partition)}, ${column(rows, 'bigint', (row) => row.lane)},
      ${column(rows, 'text', (row) => row.site)}, ${column(rows, 'text', (row) => row.identity)},
      ${column(rows, 'text', (row) => row.topic)}, ${column(rows, 'bytea', (row) => Buffer.from(row.payload))},
      ${column(rows, 'bigint', (row) => Number(row.retained))}, ${column(rows, 'bigint', (row) => Number(row.dup))},
      ${column(rows, 'bigint', (row) => row.receivedAt)}
    ) with ordinality as rows_of (partition, lane, site, identity, topic, payload, retained, dup, received_at, n)
    order by n`;

  const commit = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    const locks = [...new Set(batch.map(({ partition }) => partition))].sort((a, b) => a - b);
    try {
      await store.write(async (tx) => {
        // An acknowledged message must survive, whatever the server's default is.
        await sql`set local synchronous_commit = on`.execute(tx);
        // Held until the commit is visible: a reader of the partition never sees a higher `seq` before a lower one.
        // Always taken in ascending order, so that two gateways cannot wait for each other.
        for (const partition of locks)
          await sql`select pg_advisory_xact_lock(${sql.lit(ADVISORY_CLASS)}, ${sql.lit(PARTITION_LOCKS + partition)})`.execute(
            tx,
          );
        for (let from = 0; from < batch.length; from += INSERT_ROWS)
          await insert(batch.slice(from, from + INSERT_ROWS)).execute(tx);
      });
    } catch (error) {
      // 53100 disk_full: https://www.postgresql.org/docs/15/errcodes-appendix.html
      const full = errorCode(error) === '53100';
      throw new InboxError(full ? 'inbox.full' : 'inbox.io', 'the message was not stored: PostgreSQL refused it', {
        cause: error,
      });
    }
  };

  const commits = groupCommit(
    {
      // The payload is copied: the caller may reuse its buffer before the commit.
      add: (message) =>
        void waiting.push({
          ...message,
          payload: Uint8Array.from(message.payload),
          partition: partitionOf(message.site, partitions),
        }),
      commit,
    },
    onCommit,
  );

  const countAfter = async (partition: number, lane: 0 | 1, seq: number): Promise<number> => {
    const { rows } = await store.db
      .selectFrom('inbox')
      .select((count) => count.fn.countAll<number>().as('rows'))
      .where('partition', '=', partition)
      .where('lane', '=', lane)
      .where('seq', '>', seq)
      .executeTakeFirstOrThrow();
    return rows;
  };

  return {
    partitions,
    append: (messages) => commits.append(messages),
    async read({ partition, lane, after, limit }) {
      const rows = await store.db
        .selectFrom('inbox')
        .selectAll()
        .where('partition', '=', partition)
        .where('lane', '=', lane)
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute();
      return rows.map(({ retained, dup, received_at, ...row }): InboxRow => ({
        ...row,
        lane,
        retained: retained !== 0,
        dup: dup !== 0,
        receivedAt: received_at,
      }));
    },
    async trim({ partition, lane, seq }, olderThan) {
      for (let deleted = 0; ;) {
        const oldest = store.db
          .selectFrom('inbox')
          .select('seq')
          .where('partition', '=', partition)
          .where('lane', '=', lane)
          .where('seq', '<=', seq)
          .where('received_at', '<', olderThan)
          .orderBy('seq')
          .limit(TRIM_CHUNK);
        const result = await store.db.deleteFrom('inbox').where('seq', 'in', oldest).executeTakeFirst();
        deleted += Number(result.numDeletedRows);
        if (Number(result.numDeletedRows) < TRIM_CHUNK) return deleted;
      }
    },
    async lag(partition, after) {
      return (await countAfter(partition, 0, after[0])) + (await countAfter(partition, 1, after[1]));
    },
    close: () => commits.close(),
  };
};
