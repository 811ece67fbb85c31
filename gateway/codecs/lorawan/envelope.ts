import type { DeviceConfig } from '../../../domain/device.js';
import { DecodeError } from '../../../domain/errors.js';
import type { Address, DecodedMessage, DecodedValue, DeviceTime } from '../codec.js';
import { parseIsoTime } from '../support/iso-time.js';
import { field, isObject, parseJson, textOf, typeName, type JsonObject } from '../support/json.js';
import { readDecoded, readNormalized } from './aliases.js';
import type { Payload } from './payload.js';
import { decoderFor, PROFILES } from './profiles.js';

/** What a network server says about one uplink, whichever it is. */
export interface Envelope {
  readonly bytes: Uint8Array;
  readonly port: number;
  /** What a payload formatter made of the bytes, if there is one. */
  readonly decoded: JsonObject | null;
  /** The Things Stack's own vocabulary. */
  readonly normalized?: readonly unknown[];
  /** When the network server, or the first gateway, heard it. */
  readonly time: DeviceTime | undefined;
  /** Frame counters start again with each session. */
  readonly session: string;
  readonly counter: number;
  readonly config: DeviceConfig;
}

/** LoRaWAN carries at most 242 bytes of application payload (RP002, EU868 DR4–7). */
const MOST_BYTES = 255;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const HEX = /^(?:[0-9A-Fa-f]{2})*$/;

const bytesIn = (value: unknown, encoding: 'base64' | 'hex', form: RegExp): Uint8Array => {
  if (value === undefined || value === null) return new Uint8Array();
  if (typeof value !== 'string' || !form.test(value))
    throw new DecodeError('malformed_payload', `payload: expected ${encoding} text, came ${typeName(value)}`);
  const bytes = Buffer.from(value, encoding);
  if (bytes.length > MOST_BYTES)
    throw new DecodeError('payload_too_large', `expected at most ${MOST_BYTES} bytes, came ${bytes.length}`);
  return bytes;
};
/** The bytes of a base64 field; none when it is absent. Throws `DecodeError`. */
export const base64Bytes = (value: unknown): Uint8Array => bytesIn(value, 'base64', BASE64);
/** The bytes of a hexadecimal field; none when it is absent. Throws `DecodeError`. */
export const hexBytes = (value: unknown): Uint8Array => bytesIn(value, 'hex', HEX);

/** The message as a JSON object. Throws `DecodeError`. */
export const jsonObject = (payload: Uint8Array): JsonObject => {
  const message = parseJson(textOf(payload));
  if (!isObject(message))
    throw new DecodeError('malformed_payload', `expected a JSON object, came ${typeName(message)}`);
  return message;
};

/** The object in a field, or an empty one: servers leave out what is empty. */
export const objectIn = (object: JsonObject, name: string): JsonObject => {
  const value = field(object, name);
  return isObject(value) ? value : {};
};

export const textIn = (object: JsonObject, name: string): string => {
  const value = field(object, name);
  return typeof value === 'string' ? value : '';
};

/** A counter or port, also written as text; servers leave out 0. Throws `DecodeError` for anything else. */
export const counterIn = (object: JsonObject, name: string): number => {
  const value = field(object, name) ?? 0;
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number) || (number as number) < 0)
    throw new DecodeError('malformed_payload', `"${name}": expected a whole number, came ${typeName(value)}`);
  return number as number;
};

/** The first of these texts that is an ISO 8601 time. */
export const firstTime = (...texts: readonly unknown[]): DeviceTime | undefined => {
  for (const text of texts) {
    const time = typeof text === 'string' ? parseIsoTime(text) : null;
    if (time) return time;
  }
  return undefined;
};

/** `24E124136B502217`, however it is written; null when it is not an EUI-64. */
export const devEui = (value: unknown): string | null =>
  typeof value === 'string' && /^[0-9A-Fa-f]{16}$/.test(value) ? value.toUpperCase() : null;

const unreadable = ({ deviceProfile, deviceModel }: DeviceConfig): DecodeError => {
  const named = deviceProfile ?? deviceModel;
  const came = named === undefined ? 'no profile is set' : `no decoder reads ${JSON.stringify(named.slice(0, 64))}`;
  return new DecodeError('unknown_profile', `raw payload: ${came}; set deviceProfile to one of ${PROFILES.join(', ')}`);
};

const payloadOf = ({ bytes, port, decoded, normalized, config }: Envelope): Payload | null => {
  const decoder = decoderFor(config);
  if (decoder && bytes.length > 0) return decoder({ bytes, port, config });
  const read = (decoded && readDecoded(decoded, config)) ?? (normalized && readNormalized(normalized));
  if (read) return read;
  if (decoded && Object.keys(decoded).length > 0)
    throw new DecodeError(
      'unknown_metric',
      'no name in the decoded payload is known; set deviceProfile to read the bytes',
    );
  if (bytes.length > 0) throw unreadable(config);
  return null;
};

/** The same uplink has the same bytes, so a counter that started again is not taken for a repeat. */
const sequenceOf = ({ session, counter, port, bytes, decoded }: Envelope): string => {
  const said = bytes.length > 0 ? Buffer.from(bytes).toString('base64') : JSON.stringify(decoded ?? '');
  return `${session} ${counter} ${port} ${said}`;
};

/**
 * One uplink → its values. The provisioned profile reads the bytes; without one, what the server decoded is read by
 * names. Throws `DecodeError`: `unknown_profile` when neither is possible: bytes are never guessed at.
 */
export const decodeUplink = (envelope: Envelope): DecodedMessage => {
  const payload = payloadOf(envelope);
  if (!payload) return { values: [] };
  const { values, rejected } = payload;
  const first = rejected[0];
  if (values.length === 0 && first) throw new DecodeError(first.reason, first.detail);
  const { time } = envelope;
  return {
    values: values.map((value): DecodedValue => (value.time || !time ? value : { ...value, time })),
    ...(first ? { rejected } : {}),
    sequence: sequenceOf(envelope),
    relayed: true,
  };
};

/**
 * What `decode` gives, for the device the payload names. A message that cannot be read still says whose it is, so that
 * it is kept under that device's name.
 */
export const inTheNameOf = (
  device: Pick<Address, 'identifier' | 'aliases'>,
  decode: () => DecodedMessage,
): DecodedMessage => {
  try {
    return { ...decode(), device };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { values: [], rejected: [{ metric: 'payload', reason: error.reason, detail: error.message }], device };
  }
};
