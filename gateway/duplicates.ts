import { hash } from 'node:crypto';
import type { Metric } from '../domain/metrics.js';
import { HOUR, MINUTE, SECOND, type EpochMillis, type Millis } from '../domain/time.js';
import type { Codec, DecodedMessage } from './codecs/codec.js';
import type { NormalisedValue } from './normalise.js';

/** A sender repeats a message it holds unacknowledged as soon as it is connected again; an hour is generous. */
export const REDELIVERY_WINDOW: Millis = HOUR;
/**
 * A call for help pressed again looks the same as its repetition, and a button that lost its memory counts from the
 * start: prefer a duplicate to a miss.
 */
export const ALARM_REDELIVERY_WINDOW: Millis = 2 * MINUTE;
/** Corpus rule 7, formats with no sequence. */
export const REBROADCAST_WINDOW: Millis = 60 * SECOND;

const ALARMS: ReadonlySet<Metric> = new Set<Metric>(['sos', 'fall', 'smoke', 'water_leak']);

export interface DuplicateCheckInput {
  readonly codec: Codec;
  /** What the address resolved to: the device id, or site and identifier. */
  readonly device: string;
  readonly message: DecodedMessage;
  readonly values: readonly NormalisedValue[];
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The DUP flag of the MQTT packet. */
  readonly dup: boolean;
}

/** Remember `key` with the reception time; the message is a duplicate if `key` was seen within `window` (0 = never). */
export interface DuplicateCheck {
  readonly key: string;
  readonly window: Millis;
}

/**
 * How to recognise a second copy of this message (corpus rule 7). Null when every value carries the device's own
 * time: then the reading ids are the same for both copies and nothing need be remembered. The times of relays differ
 * between copies, so there the sequence decides, within the minute in which several can hear one broadcast.
 */
export const duplicateCheck = (input: DuplicateCheckInput): DuplicateCheck | null => {
  const { codec, device, message, values, topic, payload, dup } = input;
  const relayed = message.relayed === true && message.sequence !== undefined;
  if (!relayed && values.every(({ timeFrom }) => timeFrom === 'device')) return null;
  const alarms = values.some(({ metric, value }) => value === true && ALARMS.has(metric));
  const redelivery = alarms ? ALARM_REDELIVERY_WINDOW : REDELIVERY_WINDOW;
  if (message.sequence !== undefined)
    return {
      key: keyOf([codec.name, device, 'sequence', message.sequence]),
      window: relayed ? REBROADCAST_WINDOW : redelivery,
    };
  if (message.broadcast !== undefined)
    return { key: keyOf([codec.name, device, 'broadcast', message.broadcast]), window: REBROADCAST_WINDOW };
  const key = keyOf([codec.name, device, topic, hash('sha256', payload, 'hex')]);
  if (codec.rebroadcasts) return { key, window: REBROADCAST_WINDOW };
  return { key, window: dup ? redelivery : 0 };
};

/** Whether a message is a second copy, given when its key was last seen. */
export const isDuplicate = (
  { window }: DuplicateCheck,
  { seenAt, receivedAt }: { seenAt: EpochMillis | undefined; receivedAt: EpochMillis },
): boolean => window > 0 && seenAt !== undefined && Math.abs(receivedAt - seenAt) <= window;

const keyOf = (parts: readonly string[]): string => hash('sha256', parts.join('\n'), 'hex').slice(0, 32);
