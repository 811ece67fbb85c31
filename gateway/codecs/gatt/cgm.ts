import { DecodeError } from '../../../domain/errors.js';
import { MINUTE } from '../../../domain/time.js';
import type { CodecInput, DecodedValue } from '../codec.js';
import { bytesOf, type Bytes } from '../support/bytes.js';
import { anyBit, bit, type Characteristic } from './characteristic.js';

const TREND = 0;
const QUALITY = 1;
const WARNING_OCTET = 5;
const CALIBRATION_OCTET = 6;
const STATUS_OCTET = 7;
const HEADER_BYTES = 6;
const CRC_BYTES = 2;

/** Session stopped, wrong sensor, sensor malfunction, device fault. */
const STATUS_DOUBTFUL = [0, 2, 3, 5];
/** Calibration required, sensor too hot, too cold. */
const CALIBRATION_DOUBTFUL = [3, 4, 5];
/** Result below or above what the device can process. */
const WARNING_DOUBTFUL = [6, 7];

interface CgmRecord {
  readonly concentration: number | null;
  readonly minutes: number;
  readonly questionable: boolean;
}

/**
 * CGM Measurement 0x2AA7: one or more records, each with its size. The concentration is in mg/dL (unlike 0x2A18).
 * The time is minutes since a session start we do not know: the newest record is now, the others are before it.
 */
export const cgm: Characteristic = (bytes, input) => {
  const records: CgmRecord[] = [];
  let start = 0;
  do {
    const record = readRecord(bytes, { input, start });
    records.push(record);
    start = input.payload.byteLength - bytes.remaining();
  } while (bytes.remaining() > 0);
  const newest = Math.max(...records.map(({ minutes }) => minutes));
  return {
    values: records.flatMap(({ concentration, minutes, questionable }): DecodedValue[] => {
      if (concentration === null) return [];
      const epoch = input.receivedAt - (newest - minutes) * MINUTE;
      return [
        {
          metric: 'glucose',
          value: concentration,
          unit: 'mg/dL',
          ...(minutes === newest ? {} : { time: { kind: 'instant' as const, epoch } }),
          ...(questionable ? { quality: 'questionable' as const } : {}),
        },
      ];
    }),
  };
};

const readRecord = (bytes: Bytes, { input, start }: { input: CodecInput; start: number }): CgmRecord => {
  const withCrc = input.config.e2eCrc === true;
  const size = bytes.u8();
  const flags = bytes.u8();
  const octets = [WARNING_OCTET, CALIBRATION_OCTET, STATUS_OCTET].filter((index) => bit(flags, index)).length;
  const fields = [TREND, QUALITY].filter((index) => bit(flags, index)).length;
  const expected = HEADER_BYTES + octets + 2 * fields + (withCrc ? CRC_BYTES : 0);
  if (size !== expected)
    throw new DecodeError(
      'malformed_payload',
      `CGM record: expected size ${expected} (E2E-CRC ${withCrc}), came ${size}`,
    );
  const concentration = bytes.sfloat();
  const minutes = bytes.u16();
  const status = bit(flags, STATUS_OCTET) ? bytes.u8() : 0;
  const calibration = bit(flags, CALIBRATION_OCTET) ? bytes.u8() : 0;
  const warning = bit(flags, WARNING_OCTET) ? bytes.u8() : 0;
  bytes.skip(2 * fields);
  if (withCrc) checkCrc(bytes, input.payload.subarray(start, start + size - CRC_BYTES));
  const questionable =
    anyBit(status, STATUS_DOUBTFUL) || anyBit(calibration, CALIBRATION_DOUBTFUL) || anyBit(warning, WARNING_DOUBTFUL);
  return { concentration, minutes, questionable };
};

const checkCrc = (bytes: Bytes, covered: Uint8Array): void => {
  if (bytes.u16() !== e2eCrc(covered))
    throw new DecodeError('malformed_payload', 'CGM record: the E2E-CRC does not match');
};

/** CRC-CCITT of the CGM Service §3.11.1: polynomial 0x1021 least significant bit first, seed 0xFFFF. */
export const e2eCrc = (payload: Uint8Array): number => {
  const bytes = bytesOf(payload, 'E2E-CRC');
  let crc = 0xffff;
  while (bytes.remaining() > 0) {
    crc ^= bytes.u8();
    for (let step = 0; step < 8; step++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  return crc;
};
