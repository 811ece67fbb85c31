import { DecodeError } from '../../../domain/errors.js';
import type { LocalDateTime } from '../../../domain/time.js';

/** IEEE 11073-20601 special values: NaN, NRes, +INF, -INF and the reserved code mean "no value". */
const SFLOAT_SPECIAL = new Set([0x07ff, 0x0800, 0x07fe, 0x0802, 0x0801]);
const FLOAT_SPECIAL = new Set([0x007fffff, 0x00800000, 0x007ffffe, 0x00800002, 0x00800001]);

/** mantissa × 10^exponent; dividing for negative exponents keeps 365 × 10⁻¹ at exactly 36.5. */
const scale = (mantissa: number, exponent: number): number =>
  exponent < 0 ? mantissa / 10 ** -exponent : mantissa * 10 ** exponent;

/** A little-endian reader that cannot run past the end: it throws `DecodeError` `malformed_payload` instead. */
export interface Bytes {
  u8(): number;
  u16(): number;
  s16(): number;
  u24(): number;
  u32(): number;
  /** IEEE 11073 SFLOAT (12-bit mantissa, 4-bit exponent, both two's complement); null for special values. */
  sfloat(): number | null;
  /** IEEE 11073 FLOAT (24-bit mantissa, 8-bit exponent, both two's complement); null for special values. */
  float(): number | null;
  /** GATT Date Time 0x2A08: device wall-clock time; null when the year, month or day is 0 = not known. */
  dateTime(): LocalDateTime | null;
  skip(count: number): void;
  remaining(): number;
}

export const bytesOf = (payload: Uint8Array, what: string): Bytes => {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  let position = 0;
  const take = (count: number): number => {
    const start = position;
    if (start + count > view.byteLength)
      throw new DecodeError(
        'malformed_payload',
        `${what}: expected at least ${start + count} bytes, came ${view.byteLength}`,
      );
    position = start + count;
    return start;
  };
  const bytes: Bytes = {
    u8: () => view.getUint8(take(1)),
    u16: () => view.getUint16(take(2), true),
    s16: () => view.getInt16(take(2), true),
    u24: () => bytes.u16() + bytes.u8() * 0x1_0000,
    u32: () => view.getUint32(take(4), true),
    sfloat() {
      const raw = bytes.u16();
      return SFLOAT_SPECIAL.has(raw) ? null : scale((raw << 20) >> 20, (raw << 16) >> 28);
    },
    float() {
      const raw = bytes.u32();
      return FLOAT_SPECIAL.has(raw) ? null : scale((raw << 8) >> 8, raw >> 24);
    },
    dateTime() {
      const local = {
        year: bytes.u16(),
        month: bytes.u8(),
        day: bytes.u8(),
        hour: bytes.u8(),
        minute: bytes.u8(),
        second: bytes.u8(),
      };
      return local.year === 0 || local.month === 0 || local.day === 0 ? null : local;
    },
    skip: (count) => void take(count),
    remaining: () => view.byteLength - position,
  };
  return bytes;
};
