import { InboxError } from './errors.js';
import type { IncomingMessage } from './inbox-port.js';

/** `add` takes messages into the next batch; `commit` takes that batch away at once and settles when it is on disk. */
export interface BatchWriter {
  add(message: IncomingMessage): void;
  commit(): Promise<void>;
}

/** Bytes that may wait for the disk; beyond it appends are refused, so that a dead disk cannot fill the memory. */
const MOST_WAITING = 256 * 1024 * 1024;

const assertStorable = ({ topic, identity, site }: IncomingMessage): void => {
  // U+0000 is forbidden in MQTT strings [MQTT-1.5.3-2] and impossible in PostgreSQL text: refused here, alone, since
  // in a batch it would take its neighbours down with it.
  if (topic.includes('\0') || identity.includes('\0') || site?.includes('\0'))
    throw new InboxError('inbox.invalid', 'expected a topic, identity and site without U+0000');
};

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Many concurrent appends, one commit at a time: what comes while one is under way shares the next. */
export const groupCommit = (writer: BatchWriter, onCommit: () => void) => {
  let waiting: Waiter[] = [];
  let waitingBytes = 0;
  let running: Promise<void> | null = null;
  let closed = false;

  const run = async (): Promise<void> => {
    // One turn of the event loop lets the other packets of the same socket read join the batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      waitingBytes = 0;
      try {
        await writer.commit();
        for (const { resolve } of batch) resolve();
        onCommit();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = null;
  };

  return {
    append(messages: readonly IncomingMessage[]): Promise<void> {
      return new Promise((resolve, reject) => {
        if (closed) throw new InboxError('inbox.closed', 'the inbox is closed');
        if (waitingBytes > MOST_WAITING)
          throw new InboxError('inbox.overloaded', `more than ${MOST_WAITING} bytes wait for the disk`);
        messages.forEach(assertStorable);
        if (messages.length === 0) return resolve();
        for (const message of messages) {
          writer.add(message);
          waitingBytes += message.payload.byteLength + message.topic.length;
        }
        waiting.push({ resolve, reject });
        running ??= run();
      });
    },
    /** Refuses further appends and waits for those under way. */
    async close(): Promise<void> {
      closed = true;
      await running;
    },
  };
};
