import { DecodeError } from '../../../domain/errors.js';
import type { Metric } from '../../../domain/metrics.js';
import type { Quality } from '../../../domain/reading.js';
import type { LocalDateTime } from '../../../domain/time.js';
import type { CodecInput, DecodedMessage, DecodedValue, DeviceTime } from '../codec.js';
import type { Bytes } from '../support/bytes.js';

/** Decodes one characteristic. Throws `DecodeError` when the bytes do not agree with their own flags. */
export type Characteristic = (bytes: Bytes, input: CodecInput) => DecodedMessage;

/** A device that has nothing valid to say (demo, test, sensor off): a valid message without values. */
export const NOTHING: DecodedMessage = { values: [] };

export const bit = (flags: number, index: number): boolean => (flags & (1 << index)) !== 0;
export const anyBit = (flags: number, indices: readonly number[]): boolean =>
  indices.some((index) => bit(flags, index));

/** The frame must end where its flags say. `reserved` = a flag of a later version is set, so more may follow. */
export const expectEnd = (bytes: Bytes, reserved = false): void => {
  if (!reserved && bytes.remaining() > 0)
    throw new DecodeError('malformed_payload', `expected the frame to end, came ${bytes.remaining()} more bytes`);
};

const UNKNOWN_USER = 0xff;

/**
 * Scales and cuffs are shared. Where provisioning says which user slot is the resident's, another slot is someone
 * else's measurement: it waits for a human instead of being guessed. Gives the slot to the message, for
 * `config.userSlots` to name the resident.
 */
export const userOf = (slot: number, { config }: CodecInput): Pick<DecodedMessage, 'userSlot'> => {
  const expected = config['userSlot'];
  if (typeof expected === 'number' && slot !== expected)
    throw new DecodeError(
      'unassigned_device',
      `expected device user slot ${expected}, came ${slot === UNKNOWN_USER ? 'an unknown user' : slot}`,
    );
  return { userSlot: slot === UNKNOWN_USER ? 'unknown' : String(slot) };
};

/** What the fields of one frame share. */
export interface Frame {
  readonly local?: LocalDateTime | null;
  readonly questionable?: boolean;
}

/** Builds the values of a frame; null = the device gave a special value, so there is nothing to read. */
export const valuesOf = (
  fields: readonly (readonly [metric: Metric, value: number | boolean | null, unit: string])[],
  { local, questionable }: Frame = {},
): readonly DecodedValue[] => {
  const time: DeviceTime | undefined = local ? { kind: 'local', local } : undefined;
  const quality: Quality | undefined = questionable ? 'questionable' : undefined;
  return fields.flatMap(([metric, value, unit]) =>
    value === null ? [] : [{ metric, value, unit, ...(time ? { time } : {}), ...(quality ? { quality } : {}) }],
  );
};
