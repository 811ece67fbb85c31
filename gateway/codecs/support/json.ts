import { DecodeError } from '../../../domain/errors.js';

/** No sensor message comes near this; it bounds the time one message can take. */
export const MAX_JSON_BYTES = 256 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The payload as text. Throws `DecodeError`: `payload_too_large`, or `malformed_payload` when it is not UTF-8. */
export const textOf = (payload: Uint8Array): string => {
  if (payload.byteLength > MAX_JSON_BYTES)
    throw new DecodeError('payload_too_large', `expected at most ${MAX_JSON_BYTES} bytes, came ${payload.byteLength}`);
  try {
    return utf8.decode(payload);
  } catch (cause) {
    throw new DecodeError('malformed_payload', 'expected UTF-8 text', { cause });
  }
};

/** Parses JSON text. Throws `DecodeError` `malformed_payload`; the text itself never goes into the message. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new DecodeError('malformed_payload', `expected JSON, came ${text.length} characters that are not`);
  }
};

/** A JSON object. Its fields must be read with `field`: the names come from outside. */
export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own field or undefined, so that `constructor` or `__proto__` from a payload never reach the prototype. */
export const field = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** What came, for error messages: the type and never the value (health data). */
export const typeName = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : value === undefined ? 'nothing' : `a ${typeof value}`;
