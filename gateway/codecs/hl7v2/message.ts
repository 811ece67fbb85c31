import { Hl7Message, type Hl7Segment } from '@medplum/core';
import { DecodeError } from '../../../domain/errors.js';
import { MINUTE } from '../../../domain/time.js';
import type { DeviceTime } from '../codec.js';

/** A monitor's report of the whole patient stays far below it. */
export const MAX_HL7_BYTES = 256 * 1024;

/** MSH with its separators: MSH-1 stands again behind the encoding characters of MSH-2. */
const HEADER = /^MSH([^\w\s])([^\w\s]{3,5})\1/;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

const textOf = (payload: Uint8Array): string => {
  if (payload.byteLength > MAX_HL7_BYTES)
    throw new DecodeError('payload_too_large', `expected at most ${MAX_HL7_BYTES} bytes, came ${payload.byteLength}`);
  try {
    return utf8.decode(payload);
  } catch {
    return latin1.decode(payload); // codes and numbers are ASCII in every character set of MSH-18
  }
};

/** Parses a message. Throws `DecodeError` for what does not begin with an MSH segment. */
export const parseHl7 = (payload: Uint8Array): Hl7Message => {
  // eslint-disable-next-line no-control-regex -- a bridge may leave the MLLP frame on
  const text = textOf(payload).replace(/^\u000b|\u001c\r?$/g, '');
  if (!HEADER.test(text)) throw new DecodeError('malformed_payload', 'expected HL7 v2, beginning with an MSH segment');
  return Hl7Message.parse(text);
};

/** A component of a field's first repetition, trimmed; '' when it is not there. HL7 counts from 1. */
export const component = (segment: Hl7Segment | undefined, field: number, part = 1): string =>
  segment?.getField(field)?.components[0]?.[part - 1]?.trim() ?? '';

const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?(?:([+-])([01]\d|2[0-3])([0-5]\d))?$/;

/**
 * Reads a time stamp of at least minutes. With an offset it is an instant; without, the wall clock of the device's
 * zone. Undefined when it is not one; a date that does not exist is the instant NaN: the clock is wrong.
 */
export const parseHl7Time = (text: string): DeviceTime | undefined => {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((group) => Number(match[group] ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!match[8]) return { kind: 'local', local: { year, month, day, hour, minute, second } };
  const millisecond = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  const offset = (Number(match[9]) * 60 + Number(match[10])) * (match[8] === '-' ? -MINUTE : MINUTE);
  return { kind: 'instant', epoch: exists ? date.getTime() - offset : NaN };
};
