import type { IncomingMessage } from './inbox-port.js';

/**
 * Messages packed into one ArrayBuffer, which is transferred to the worker instead of cloning thousands of objects.
 * Per message: partition u32, flags u8, receivedAt f64, then the byte lengths (u32) and bytes of site, identity,
 * topic and payload. Flags: 1 retained, 2 dup, 4 lane, 8 without site.
 */
const HEADER = 4 + 1 + 8 + 4 * 4;
const RETAINED = 1;
const DUP = 2;
const LANE = 4;
const NO_SITE = 8;

const FIRST_CAPACITY = 64 * 1024;
/** A larger buffer than this is not kept for the next batch. */
const MOST_KEPT = 4 * 1024 * 1024;

export interface Packed {
  readonly buffer: ArrayBuffer;
  readonly count: number;
}

/** Packs messages as they come; `take` hands the buffer over, `giveBack` offers one for reuse. */
export const createPacker = () => {
  let bytes = Buffer.alloc(0);
  let spare: ArrayBuffer | null = null;
  let used = 0;
  let count = 0;

  const reserve = (size: number): void => {
    if (used + size <= bytes.length) return;
    if (used === 0 && spare && spare.byteLength >= size) {
      bytes = Buffer.from(spare);
      spare = null;
      return;
    }
    const grown = Buffer.from(new ArrayBuffer(Math.max(FIRST_CAPACITY, bytes.length * 2, used + size)));
    bytes.copy(grown, 0, 0, used);
    bytes = grown;
  };

  return {
    add(message: IncomingMessage, partition: number): void {
      const { site, identity, topic, payload } = message;
      // A UTF-16 unit is at most three bytes of UTF-8.
      reserve(HEADER + 3 * ((site?.length ?? 0) + identity.length + topic.length) + payload.byteLength);
      bytes.writeUInt32LE(partition, used);
      bytes[used + 4] =
        (message.retained ? RETAINED : 0) |
        (message.dup ? DUP : 0) |
        (message.lane === 1 ? LANE : 0) |
        (site === null ? NO_SITE : 0);
      bytes.writeDoubleLE(message.receivedAt, used + 5);
      let at = used + HEADER;
      let length = used + 13;
      for (const text of [site ?? '', identity, topic]) {
        const written = bytes.write(text, at);
        bytes.writeUInt32LE(written, length);
        at += written;
        length += 4;
      }
      bytes.set(payload, at);
      bytes.writeUInt32LE(payload.byteLength, length);
      used = at + payload.byteLength;
      count += 1;
    },
    take(): Packed {
      const packed = { buffer: bytes.buffer as ArrayBuffer, count };
      bytes = Buffer.alloc(0);
      used = 0;
      count = 0;
      return packed;
    },
    giveBack(buffer: ArrayBuffer): void {
      if (buffer.byteLength <= MOST_KEPT) spare = buffer;
    },
  };
};

export interface PackedMessage {
  readonly partition: number;
  readonly lane: number;
  readonly site: string | null;
  readonly identity: string;
  readonly topic: string;
  /** A view into the packed buffer: valid until the buffer is given back. */
  readonly payload: Uint8Array;
  readonly retained: number;
  readonly dup: number;
  readonly receivedAt: number;
}

/** The messages of a packed buffer, in order. */
export function* unpack({ buffer, count }: Packed): Generator<PackedMessage> {
  const bytes = Buffer.from(buffer);
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const flags = bytes[at + 4]!;
    const ends: number[] = [];
    let end = at + HEADER;
    for (let part = 0; part < 4; part += 1) ends.push((end += bytes.readUInt32LE(at + 13 + 4 * part)));
    const [site, identity, topic, payload] = ends as [number, number, number, number];
    yield {
      partition: bytes.readUInt32LE(at),
      lane: flags & LANE ? 1 : 0,
      site: flags & NO_SITE ? null : bytes.toString('utf8', at + HEADER, site),
      identity: bytes.toString('utf8', site, identity),
      topic: bytes.toString('utf8', identity, topic),
      payload: bytes.subarray(topic, payload),
      retained: flags & RETAINED ? 1 : 0,
      dup: flags & DUP ? 1 : 0,
      receivedAt: bytes.readDoubleLE(at + 5),
    };
    at = payload;
  }
}
