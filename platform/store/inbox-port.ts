import type { EpochMillis } from '../../domain/time.js';
import type { Lane } from '../lanes.js';

/** A message as it came in, byte for byte, before anybody looked into it. */
export interface IncomingMessage {
  /** Site of the publishing identity; null when a service relays for several sites. */
  readonly site: string | null;
  readonly identity: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
  readonly dup: boolean;
  readonly lane: Lane;
  readonly receivedAt: EpochMillis;
}
export interface InboxRow extends IncomingMessage {
  readonly seq: number;
  readonly partition: number;
}

/**
 * Accepted messages, the truth of what came in. Appends may overlap: those that arrive while a commit is under way
 * share the next one, commits happen in call order, and promises settle in that order too.
 */
export interface Inbox {
  /** How many partitions messages are spread over, by site. */
  readonly partitions: number;
  /**
   * Resolves when the messages are on disk; only then may they be acknowledged. Rejects with `InboxError` when they
   * are not stored (`inbox.full`, `inbox.io`, `inbox.overloaded`, `inbox.closed`, `inbox.invalid`); after a crash of
   * the writer they may be stored in spite of the rejection, which the sender's repeat makes harmless.
   */
  append(messages: readonly IncomingMessage[]): Promise<void>;
  /** Rows of one partition and lane after a position, in `seq` order; none that appears later has a lower `seq`. */
  read(options: { partition: number; lane: Lane; after: number; limit: number }): Promise<InboxRow[]>;
  /** Deletes rows up to a position that were received before `olderThan`; returns how many. */
  trim(before: { partition: number; lane: Lane; seq: number }, olderThan: EpochMillis): Promise<number>;
  /** How many rows of a partition its two cursors have not passed. */
  lag(partition: number, after: { 0: number; 1: number }): Promise<number>;
  /** Commits what was appended, then stops. */
  close(): Promise<void>;
}

/** The partition of a site: FNV-1a over its id. Messages without a site are in partition 0. */
export const partitionOf = (site: string | null, partitions: number): number => {
  if (site === null || partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < site.length; index += 1) hash = Math.imul(hash ^ site.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % partitions;
};
