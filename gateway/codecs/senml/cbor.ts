import { decode } from 'cborg';
import { DecodeError } from '../../../domain/errors.js';

/** Far more than a sensor sends; bounds the depth and the number of items of a hostile payload. */
const MOST_BYTES = 64 * 1024;

/** RFC 8428 §6, table 4. */
const LABELS: Readonly<Record<number, string>> = {
  [-1]: 'bver',
  [-2]: 'bn',
  [-3]: 'bt',
  [-4]: 'bu',
  [-5]: 'bv',
  [-6]: 'bs',
  0: 'n',
  1: 'u',
  2: 'v',
  3: 'vs',
  4: 'vb',
  5: 's',
  6: 't',
  7: 'ut',
  8: 'vd',
};

/** RFC 8949 §3.4.4: [exponent, mantissa], which SenML allows for numbers. */
const decimalFraction = (content: unknown): number => {
  if (!Array.isArray(content) || content.length !== 2) throw new Error('expected an exponent and a mantissa');
  const [exponent, mantissa] = content.map(Number) as [number, number];
  return exponent < 0 ? mantissa / 10 ** -exponent : mantissa * 10 ** exponent;
};

const OPTIONS = {
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowUndefined: false,
  tags: Object.assign([], { 4: decimalFraction }),
};

/** The head of a CBOR array; a JSON array starts with `[` (0x5B) or a blank. */
export const isCbor = (payload: Uint8Array): boolean => ((payload[0] ?? 0) & 0xe0) === 0x80;

/**
 * A SenML pack in CBOR with its labels as JSON has them. Throws `DecodeError`: `payload_too_large`, or
 * `malformed_payload` for what is not CBOR, claims more than it holds or nests too deep.
 */
export const parseCborPack = (payload: Uint8Array): unknown => {
  if (payload.byteLength > MOST_BYTES)
    throw new DecodeError('payload_too_large', `expected at most ${MOST_BYTES} bytes, came ${payload.byteLength}`);
  try {
    const pack = decode(payload, OPTIONS) as unknown;
    return Array.isArray(pack) ? pack.map(labelled) : pack;
  } catch (cause) {
    // cborg calls itself for every level: a RangeError is a payload that nests deeper than the stack.
    throw new DecodeError('malformed_payload', `expected CBOR, came ${payload.byteLength} bytes that are not`, {
      cause,
    });
  }
};

const labelled = (record: unknown): unknown =>
  record instanceof Map
    ? Object.fromEntries(
        [...(record as Map<unknown, unknown>)].map(([label, value]) => [
          typeof label === 'number' && Object.hasOwn(LABELS, label) ? LABELS[label] : String(label as string | number),
          typeof value === 'bigint' ? Number(value) : value,
        ]),
      )
    : record;
