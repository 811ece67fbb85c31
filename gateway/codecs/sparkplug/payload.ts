import protobuf, { type Reader } from 'protobufjs/minimal.js';
import { DecodeError } from '../../../domain/errors.js';

/** A metric of a Sparkplug B payload; what it does not say is missing. */
export interface SparkplugMetric {
  readonly name?: string;
  readonly alias?: number;
  /** Epoch milliseconds. */
  readonly timestamp?: number;
  readonly value?: number | boolean;
  /** The property `engUnit`. */
  readonly unit?: string;
}
export interface SparkplugPayload {
  readonly timestamp?: number;
  readonly metrics: readonly SparkplugMetric[];
}

export const MOST_BYTES = 256 * 1024;
const MOST_METRICS = 5_000;

/** Bits of the signed data types: their two's complement comes in an unsigned field. */
const SIGNED: ReadonlyMap<number, number> = new Map([
  [1, 8],
  [2, 16],
  [3, 32],
  [4, 64],
]);

/** Calls `read` for each field; what it does not consume (false) is skipped. */
const eachField = (reader: Reader, end: number, read: (field: number, wire: number) => boolean): void => {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!read(tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
  if (reader.pos > end) throw new RangeError('a field runs past its message');
};

const within = (reader: Reader): number => {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a message runs past its end');
  return end;
};

const uint64 = (reader: Reader): number => Number(reader.uint64());

/** PropertySet: the string property `engUnit`. */
const readUnit = (reader: Reader): string | undefined => {
  const keys: string[] = [];
  const texts: (string | undefined)[] = [];
  eachField(reader, within(reader), (field, wire) => {
    if (wire !== 2) return false;
    if (field === 1) keys.push(reader.string());
    else if (field === 2) {
      let text: string | undefined;
      eachField(reader, within(reader), (inner, type) => {
        if (inner !== 8 || type !== 2) return false;
        text = reader.string();
        return true;
      });
      texts.push(text);
    } else return false;
    return true;
  });
  return texts[keys.findIndex((key) => key.toLowerCase() === 'engunit')];
};

/** The fields of a Metric that we read, by name. */
interface Raw {
  name?: string;
  alias?: number;
  timestamp?: number;
  type?: number;
  empty?: boolean;
  integer?: number;
  real?: number;
  flag?: boolean;
  unit?: string | undefined;
}

/** Field number and wire type of a Metric → how it is read. */
const FIELDS: ReadonlyMap<number, { wire: number; read: (raw: Raw, reader: Reader) => void }> = new Map([
  [1, { wire: 2, read: (raw, reader) => void (raw.name = reader.string()) }],
  [2, { wire: 0, read: (raw, reader) => void (raw.alias = uint64(reader)) }],
  [3, { wire: 0, read: (raw, reader) => void (raw.timestamp = uint64(reader)) }],
  [4, { wire: 0, read: (raw, reader) => void (raw.type = reader.uint32()) }],
  [7, { wire: 0, read: (raw, reader) => void (raw.empty = reader.bool()) }],
  [9, { wire: 2, read: (raw, reader) => void (raw.unit = readUnit(reader)) }],
  [10, { wire: 0, read: (raw, reader) => void (raw.integer = reader.uint32()) }],
  [11, { wire: 0, read: (raw, reader) => void (raw.integer = uint64(reader)) }],
  [12, { wire: 5, read: (raw, reader) => void (raw.real = reader.float()) }],
  [13, { wire: 1, read: (raw, reader) => void (raw.real = reader.double()) }],
  [14, { wire: 0, read: (raw, reader) => void (raw.flag = reader.bool()) }],
]);

const signed = (integer: number, type: number | undefined): number => {
  const bits = type === undefined ? undefined : SIGNED.get(type);
  return bits !== undefined && integer >= 2 ** (bits - 1) ? integer - 2 ** Math.max(bits, 32) : integer;
};

const readMetric = (reader: Reader): SparkplugMetric => {
  const raw: Raw = {};
  eachField(reader, within(reader), (field, wire) => {
    const known = FIELDS.get(field);
    if (known?.wire !== wire) return false;
    known.read(raw, reader);
    return true;
  });
  const { name, alias, timestamp, unit, integer } = raw;
  const value = raw.empty
    ? undefined
    : (raw.flag ?? raw.real ?? (integer === undefined ? undefined : signed(integer, raw.type)));
  return {
    ...(name === undefined ? {} : { name }),
    ...(alias === undefined ? {} : { alias }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(value === undefined ? {} : { value }),
    ...(unit === undefined ? {} : { unit }),
  };
};

/**
 * Reads an `org.eclipse.tahu.protobuf.Payload`: the fields that can be a reading; data sets, templates and bytes are
 * skipped. Throws `DecodeError` `malformed_payload` or `payload_too_large`. Compressed payloads (`uuid` set) are
 * refused: what they unfold to has no bound.
 */
export const readPayload = (bytes: Uint8Array): SparkplugPayload => {
  if (bytes.byteLength > MOST_BYTES)
    throw new DecodeError('payload_too_large', `expected at most ${MOST_BYTES} bytes, came ${bytes.byteLength}`);
  const metrics: SparkplugMetric[] = [];
  let timestamp: number | undefined;
  try {
    const reader = protobuf.Reader.create(bytes);
    eachField(reader, reader.len, (field, wire) => {
      if (field === 1 && wire === 0) timestamp = uint64(reader);
      else if (field === 2 && wire === 2) {
        if (metrics.length === MOST_METRICS)
          throw new DecodeError('payload_too_large', `expected at most ${MOST_METRICS} metrics`);
        metrics.push(readMetric(reader));
      } else if (field === 4 && wire === 2)
        throw new DecodeError('malformed_payload', 'expected a payload that is not compressed');
      else return false;
      return true;
    });
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError('malformed_payload', 'expected a Sparkplug B payload', { cause: error });
  }
  return { metrics, ...(timestamp === undefined ? {} : { timestamp }) };
};

/** The data type Boolean. */
const BOOLEAN = 11;

/** The NCMD payload that asks an edge node to publish its births again (specification 3.0, « Node Control/Rebirth »). */
export const rebirthCommand = (timestamp: number): Uint8Array => {
  const writer = protobuf.Writer.create();
  writer.uint32(0x08).uint64(timestamp);
  writer.uint32(0x12).fork();
  writer.uint32(0x0a).string('Node Control/Rebirth');
  writer.uint32(0x20).uint32(BOOLEAN);
  writer.uint32(0x70).bool(true);
  return writer.ldelim().finish();
};
