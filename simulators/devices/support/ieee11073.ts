import type { LocalDateTime } from '../../../domain/time.js';

/** IEEE 11073-20601 special values of SFLOAT. */
export const SFLOAT_NAN = 0x07ff;
const LARGEST_SFLOAT_MANTISSA = 0x07fd;

const u8 = (value: number): number[] => [value & 0xff];
const u16 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];

/** A 16-bit SFLOAT with the given power of ten: 4-bit exponent, 12-bit mantissa, both two's complement. */
const sfloat = (value: number, exponent = 0): number[] => {
  // Multiplying by 10 ** n is exact for the small n used here; dividing by 10 ** -n is not.
  const mantissa = Math.round(exponent < 0 ? value * 10 ** -exponent : value / 10 ** exponent);
  if (Math.abs(mantissa) > LARGEST_SFLOAT_MANTISSA)
    throw new RangeError(`expected a mantissa within ±${LARGEST_SFLOAT_MANTISSA}, got ${mantissa}`);
  return u16((mantissa & 0x0fff) | ((exponent & 0x0f) << 12));
};

/** A 32-bit FLOAT: 8-bit exponent last, 24-bit mantissa, both two's complement. */
const float = (value: number, exponent: number): number[] => {
  const mantissa = Math.round(value * 10 ** -exponent);
  return [mantissa & 0xff, (mantissa >> 8) & 0xff, (mantissa >> 16) & 0xff, exponent & 0xff];
};

/** GATT Date Time (0x2A08): 7 bytes of local time. Null = a clock that was never set: year, month and day 0. */
const dateTime = (local: LocalDateTime | null): number[] =>
  local ? [...u16(local.year), local.month, local.day, local.hour, local.minute, local.second] : [0, 0, 0, 0, 0, 0, 0];

/** The little-endian building blocks of the Bluetooth health characteristics. */
export const field = { u8, u16, sfloat, float, dateTime };
export const bytes = (...fields: readonly (readonly number[])[]): Uint8Array => Uint8Array.from(fields.flat());
