import { parentPort, workerData } from 'node:worker_threads';
import { trimInboxFile, type TrimRange } from './inbox-file.js';
import { errorCode } from './errors.js';
import { type Packed, unpack } from './inbox-pack.js';
import { openSqlite, type SqliteFile } from './sqlite.js';

/** Runs in a thread of its own so that a slow fsync never delays MQTT keep-alives on the main thread. */
export type InboxRequest = { readonly id: number } & (
  ({ readonly kind: 'append' } & Packed) | ({ readonly kind: 'trim' } & TrimRange) | { readonly kind: 'close' }
);
export interface InboxReply {
  readonly id: number;
  /** Rows deleted by a trim. */
  readonly changes: number;
  /** The packed buffer, for reuse. */
  readonly buffer: ArrayBuffer | null;
  readonly failure: { readonly code: string; readonly message: string } | null;
}

const { path } = workerData as { path: string };

const open = (): { file: SqliteFile; append: (packed: Packed) => void } => {
  const file = openSqlite(path);
  const insert = file.prepare(`insert into inbox
    (partition, lane, site, identity, topic, payload, retained, dup, received_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const append = file.transaction((packed: Packed) => {
    for (const m of unpack(packed))
      insert.run(m.partition, m.lane, m.site, m.identity, m.topic, m.payload, m.retained, m.dup, m.receivedAt);
  });
  return { file, append: (packed) => append.immediate(packed) };
};

let opened: ReturnType<typeof open> | null = null;

const perform = (request: InboxRequest): number => {
  opened ??= open();
  switch (request.kind) {
    case 'append':
      opened.append(request);
      return 0;
    case 'trim':
      return trimInboxFile(opened.file, request);
    case 'close':
      opened.file.close();
      opened = null;
      return 0;
  }
};

const attempt = (request: InboxRequest): { changes: number; failure: InboxReply['failure'] } => {
  try {
    return { changes: perform(request), failure: null };
  } catch (error) {
    const code = errorCode(error);
    const message = String((error as Error).message);
    // After an I/O error the connection's state is doubtful: the next request starts from a fresh one.
    try {
      opened?.file.close();
    } catch {
      // It cannot be closed cleanly either; the file is consistent, since the commit did not happen.
    }
    opened = null;
    return { changes: 0, failure: { code, message } };
  }
};

parentPort?.on('message', (request: InboxRequest) => {
  const buffer = request.kind === 'append' ? request.buffer : null;
  const reply: InboxReply = { id: request.id, buffer, ...attempt(request) };
  parentPort?.postMessage(reply, buffer ? [buffer] : []);
  if (request.kind === 'close') parentPort?.close();
});
