import type { LocalDateTime } from '../../../domain/time.js';
import { MINUTE } from '../../../domain/time.js';
import { anyBit, bit, expectEnd, NOTHING, valuesOf, type Characteristic } from './characteristic.js';

const TIME_OFFSET = 0;
const CONCENTRATION = 1;
const MOLAR = 2;
const STATUS = 3;

const CONTROL_SOLUTION = 0xa;
/** Sensor fault, sample too small, strip error, wrong strip, beyond the range, temperature, pulled early, fault. */
const DOUBTFUL = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const TIME_FAULT = 11;

/**
 * Glucose Measurement 0x2A18. The user-facing time is base time + offset. Meters replay their memory at each
 * connection, so the record's own key is its sequence number with the base time.
 */
export const glucose: Characteristic = (bytes) => {
  const flags = bytes.u8();
  const sequence = bytes.u16();
  const base = bytes.dateTime();
  const offset = bit(flags, TIME_OFFSET) ? bytes.s16() : 0;
  const concentration = bit(flags, CONCENTRATION) ? bytes.sfloat() : null;
  const sampleType = bit(flags, CONCENTRATION) ? bytes.u8() & 0x0f : 0;
  const status = bit(flags, STATUS) ? bytes.u16() : 0;
  expectEnd(bytes, flags >> 5 !== 0);
  if (sampleType === CONTROL_SOLUTION) return NOTHING;
  const local = base && !bit(status, TIME_FAULT) ? addMinutes(base, offset) : null;
  return {
    values: valuesOf([['glucose', concentration, bit(flags, MOLAR) ? 'mol/L' : 'kg/L']], {
      local,
      questionable: anyBit(status, DOUBTFUL),
    }),
    sequence: `${sequence} ${base ? Object.values(base).join(' ') : ''}`,
  };
};

/** Wall-clock arithmetic: the offset is what the user changed on the display, not elapsed time. */
const addMinutes = (local: LocalDateTime, minutes: number): LocalDateTime => {
  if (minutes === 0) return local;
  const { year, month, day, hour, minute, second } = local;
  const moved = new Date(Date.UTC(year, month - 1, day, hour, minute, second) + minutes * MINUTE);
  return {
    year: moved.getUTCFullYear(),
    month: moved.getUTCMonth() + 1,
    day: moved.getUTCDate(),
    hour: moved.getUTCHours(),
    minute: moved.getUTCMinutes(),
    second: moved.getUTCSeconds(),
  };
};
