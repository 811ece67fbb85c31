import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Lane } from '../lanes.js';
import { spawnWorker } from '../worker.js';
import type { Store } from './db.js';
import { InboxError } from './errors.js';
import { groupCommit } from './group-commit.js';
import { ensureInboxFile, TRIM_CHUNK, type TrimRange } from './inbox-file.js';
import { createPacker, type Packed } from './inbox-pack.js';
import type { Inbox, InboxRow } from './inbox-port.js';
import { partitionOf } from './inbox-port.js';
import type { InboxReply, InboxRequest } from './inbox-worker.js';
import { openSqlite } from './sqlite.js';

type Task =
  ({ readonly kind: 'append' } & Packed) | ({ readonly kind: 'trim' } & TrimRange) | { readonly kind: 'close' };

interface Pending {
  readonly resolve: (reply: InboxReply) => void;
  readonly reject: (error: InboxError) => void;
}

const failureOf = ({ code, message }: NonNullable<InboxReply['failure']>): InboxError =>
  new InboxError(code === 'SQLITE_FULL' ? 'inbox.full' : 'inbox.io', `the message was not stored: ${code}, ${message}`);

/** The thread that commits: started when first needed, replaced when it dies. What was under way is then rejected. */
const createWriter = (spawn: () => Worker) => {
  const pending = new Map<number, Pending>();
  let worker: Worker | null = null;
  let lastId = 0;

  const lost = (dead: Worker, cause?: unknown): void => {
    if (worker !== dead) return;
    worker = null;
    for (const { reject } of pending.values())
      reject(new InboxError('inbox.io', 'the inbox writer stopped before it could confirm the commit', { cause }));
    pending.clear();
  };
  const start = (): Worker => {
    const started = spawn();
    started.on('message', (reply: InboxReply) => {
      const waiter = pending.get(reply.id);
      pending.delete(reply.id);
      if (pending.size === 0) started.unref();
      if (reply.failure) waiter?.reject(failureOf(reply.failure));
      else waiter?.resolve(reply);
    });
    started.on('error', (error) => lost(started, error));
    started.on('exit', () => lost(started));
    return started;
  };

  return {
    ask(task: Task): Promise<InboxReply> {
      worker ??= start();
      const current = worker;
      return new Promise((resolve, reject) => {
        const request: InboxRequest = { ...task, id: (lastId += 1) };
        pending.set(request.id, { resolve, reject });
        current.ref();
        current.postMessage(request, task.kind === 'append' ? [task.buffer] : []);
      });
    },
    async close(): Promise<void> {
      const current = worker;
      if (!current) return;
      const gone = new Promise((resolve) => current.once('exit', resolve));
      await this.ask({ kind: 'close' });
      await gone;
    },
  };
};

interface StoredRow {
  seq: number;
  partition: number;
  lane: Lane;
  site: string | null;
  identity: string;
  topic: string;
  payload: Buffer;
  retained: number;
  dup: number;
  received_at: number;
}

const toRow = (row: StoredRow): InboxRow => ({
  seq: row.seq,
  partition: row.partition,
  lane: row.lane,
  site: row.site,
  identity: row.identity,
  topic: row.topic,
  payload: row.payload,
  retained: row.retained !== 0,
  dup: row.dup !== 0,
  receivedAt: row.received_at,
});

export interface InboxParts {
  readonly store: Store;
  readonly partitions: number;
  readonly onCommit: () => void;
}

/** The name of the inbox file in the data directory. */
export const INBOX_FILE = 'inbox.sqlite';

const spawnInboxWorker = (path: string): Worker =>
  spawnWorker(new URL('./inbox-worker', import.meta.url), { workerData: { path }, name: 'vigie-inbox' });

/** The inbox in a SQLite file: a worker thread writes, the calling thread reads. */
export const sqliteInbox = ({ store, partitions, onCommit }: InboxParts, spawn = spawnInboxWorker): Inbox => {
  const path = join(store.dataDir, INBOX_FILE);
  ensureInboxFile(path, Date.now());
  const file = openSqlite(path);
  const select = file.prepare('select * from inbox where partition = ? and lane = ? and seq > ? order by seq limit ?');
  const count = file.prepare('select count(*) as rows from inbox where partition = ? and lane = ? and seq > ?');
  const writer = createWriter(() => spawn(path));
  const packer = createPacker();
  const commits = groupCommit(
    {
      add: (message) => packer.add(message, partitionOf(message.site, partitions)),
      async commit() {
        const { buffer } = await writer.ask({ kind: 'append', ...packer.take() });
        if (buffer) packer.giveBack(buffer);
      },
    },
    onCommit,
  );
  const countAfter = (partition: number, lane: Lane, seq: number): number =>
    (count.get(partition, lane, seq) as { rows: number }).rows;

  return {
    partitions,
    append: (messages) => commits.append(messages),
    async read({ partition, lane, after, limit }) {
      return (select.all(partition, lane, after, limit) as StoredRow[]).map(toRow);
    },
    async trim(before, olderThan) {
      for (let deleted = 0; ;) {
        const { changes } = await writer.ask({ kind: 'trim', ...before, olderThan });
        deleted += changes;
        if (changes < TRIM_CHUNK) return deleted;
      }
    },
    async lag(partition, after) {
      return countAfter(partition, 0, after[0]) + countAfter(partition, 1, after[1]);
    },
    async close() {
      await commits.close();
      await writer.close();
      file.close();
    },
  };
};
