import { VigieError } from '../domain/errors.js';
import type { EpochMillis, Millis } from '../domain/time.js';
import type { Lane } from './lanes.js';
import { backoff, sleep } from './retry.js';
import type { Inbox, IncomingMessage } from './store/inbox.js';

/** One append carries at most this much: large enough to share a commit, small enough not to hold an SOS back. */
const MOST_MESSAGES = 2_000;
const MOST_BYTES = 8 * 1024 * 1024;
/** Appends under way at once: one commits on its thread while the next is packed on ours. The inbox keeps their order. */
const PIPELINE = 4;
/** How often a commit that hangs is looked at. */
const STALL_CHECK: Millis = 500;
const RETRY = { first: 50, most: 1_000 };

export type Stored = (error: Error | null) => void;

/**
 * Between what receives messages and the inbox: messages that arrive while a commit runs share the next one. `done` is
 * called once: with null after the commit, with an error when the message may not be acknowledged.
 */
export interface Intake {
  push(message: IncomingMessage, done: Stored): void;
  /** Messages taken and neither stored nor given up. */
  pending(): number;
  /** Since when the store refuses messages; null = it works. */
  failingSince(): EpochMillis | null;
  /** Stores what is pending (within `within`), then refuses everything. */
  close(within?: Millis): Promise<void>;
}

export interface IntakeOptions {
  readonly inbox: Pick<Inbox, 'append'>;
  /** After this long a message is given up: its sender is told nothing, keeps it and sends it again. */
  readonly giveUpAfter?: Millis;
  /** Bound on payload bytes held in memory; beyond it a message is refused at once. */
  readonly mostPendingBytes?: number;
  readonly onStoreError: (error: Error) => void;
  readonly onStoreRecovered: () => void;
  readonly now?: () => EpochMillis;
}

interface Entry {
  readonly message: IncomingMessage;
  readonly deadline: EpochMillis;
  done: Stored | null;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/**
 * Opens the intake. Per lane, messages are committed in order of arrival. A failed append is tried again with back-off
 * and ever smaller batches, so that one message the store cannot take never holds back the others.
 */
export const openIntake = (options: IntakeOptions): Intake => {
  const { inbox, onStoreError, onStoreRecovered } = options;
  const { giveUpAfter = 10_000, mostPendingBytes = 64 * 1024 * 1024, now = Date.now } = options;
  let pending = 0;
  let pendingBytes = 0;
  let failingSince: EpochMillis | null = null;
  let closed = false;
  const stop = new AbortController();

  const settle = (entry: Entry, error: Error | null): void => {
    const { done } = entry;
    if (!done) return;
    entry.done = null;
    pending--;
    pendingBytes -= entry.message.payload.length;
    done(error);
  };
  const failed = (error: Error): void => {
    if (failingSince !== null) return;
    failingSince = now();
    onStoreError(error);
  };
  const worked = (): void => {
    if (failingSince === null) return;
    failingSince = null;
    onStoreRecovered();
  };

  const openLane = () => {
    let waiting: Entry[] = [];
    let returned: { order: number; batch: Entry[] }[] = [];
    let most = MOST_MESSAGES;
    let order = 0;
    let underWay = 0;
    let failures = 0;
    let pausing = false;
    let scheduled = false;

    const take = (): Entry[] => {
      let count = 0;
      for (let bytes = 0; count < waiting.length && count < most; count++) {
        bytes += waiting[count]!.message.payload.length;
        if (bytes > MOST_BYTES && count > 0) break;
      }
      if (count < waiting.length) return waiting.splice(0, count);
      const all = waiting;
      waiting = [];
      return all;
    };

    /** A commit that hangs must not hold its senders for ever; if it succeeds after all, they send a duplicate. */
    const watch = (batch: readonly Entry[]): NodeJS.Timeout =>
      setInterval(() => {
        if (batch[0]!.deadline > now()) return;
        const error = new VigieError('intake.stalled', `the inbox did not commit within ${giveUpAfter} ms`);
        failed(error);
        for (const entry of batch) if (entry.deadline <= now()) settle(entry, error);
      }, STALL_CHECK);

    const append = async (batch: readonly Entry[]): Promise<Error | null> => {
      const stalled = watch(batch);
      try {
        await inbox.append(batch.map(({ message }) => message));
        return null;
      } catch (error) {
        return asError(error);
      } finally {
        clearInterval(stalled);
      }
    };

    /** What failed goes back to the front; a message that failed alone goes to the back, in case it is the culprit. */
    const retryLater = async (error: Error): Promise<void> => {
      const batch = returned.sort((a, b) => a.order - b.order).flatMap((failure) => failure.batch);
      returned = [];
      most = Math.max(1, Math.min(most, batch.length) >> 1);
      waiting = batch.length > 1 ? batch.concat(waiting) : waiting.concat(batch);
      const late = now();
      waiting = waiting.filter((entry) => {
        if (entry.deadline <= late || closed) settle(entry, error);
        return entry.done !== null;
      });
      pausing = true;
      await sleep(backoff(++failures, RETRY), stop.signal);
      pausing = false;
      start();
    };

    const finished = (batch: Entry[], at: number, error: Error | null): void => {
      underWay--;
      if (error === null) {
        failures = 0;
        most = Math.min(MOST_MESSAGES, most * 2);
        worked();
        for (const entry of batch) settle(entry, null);
      } else {
        failed(error);
        returned.push({ order: at, batch });
      }
      if (returned.length === 0) start();
      else if (underWay === 0) void retryLater(error ?? new VigieError('intake.failed', 'the inbox refused a message'));
    };

    const start = (): void => {
      scheduled = false;
      while (waiting.length > 0 && !pausing && returned.length === 0 && underWay < (failures === 0 ? PIPELINE : 1)) {
        const batch = take();
        const at = order++;
        underWay++;
        void append(batch).then((error) => finished(batch, at, error));
      }
    };

    return {
      push(entry: Entry): void {
        waiting.push(entry);
        if (scheduled) return;
        scheduled = true;
        // Everything else that came with the same read from the network joins this append.
        setImmediate(start);
      },
    };
  };

  const lanes: Record<Lane, ReturnType<typeof openLane>> = { 0: openLane(), 1: openLane() };

  return {
    push(message, done) {
      if (closed) return done(new VigieError('intake.closed', 'the inbox is closing'));
      if (pendingBytes + message.payload.length > mostPendingBytes)
        return done(new VigieError('intake.full', `more than ${mostPendingBytes} bytes wait for the inbox`));
      pending++;
      pendingBytes += message.payload.length;
      lanes[message.lane].push({ message, deadline: now() + giveUpAfter, done });
    },
    pending: () => pending,
    failingSince: () => failingSince,
    async close(within = giveUpAfter) {
      closed = true;
      if (failingSince !== null) stop.abort();
      for (const end = Date.now() + within; pending > 0 && Date.now() < end;) await sleep(5);
      stop.abort();
    },
  };
};
