import type { Bytes } from '../support/bytes.js';
import { bit, expectEnd, NOTHING, userOf, valuesOf, type Characteristic } from './characteristic.js';

/** Both services: measurement unsuccessful. Read naively it is a plausible 327.675 kg. */
const UNSUCCESSFUL = 0xffff;
/** A scale that does not know the height sends 0 for it and for the BMI. */
const known = (raw: number, divisor: number): number | null =>
  raw === 0 || raw === UNSUCCESSFUL ? null : raw / divisor;

interface Resolution {
  readonly mass: readonly [divisor: number, unit: string];
  readonly height: readonly [divisor: number, unit: string];
}
const METRIC: Resolution = { mass: [200, 'kg'], height: [1000, 'm'] };
const IMPERIAL: Resolution = { mass: [100, '[lb_av]'], height: [10, '[in_i]'] };

/** Weight Measurement 0x2A9D: the service is a person's scale, so a mass is a body weight. */
export const weight: Characteristic = (bytes, input) => {
  const flags = bytes.u8();
  const { mass, height } = bit(flags, 0) ? IMPERIAL : METRIC;
  const rawWeight = bytes.u16();
  const local = bit(flags, 1) ? bytes.dateTime() : null;
  const user = bit(flags, 2) ? userOf(bytes.u8(), input) : {};
  const [bmi, rawHeight] = bit(flags, 3) ? [bytes.u16(), bytes.u16()] : [0, 0];
  expectEnd(bytes, flags >> 4 !== 0);
  if (rawWeight === UNSUCCESSFUL) return NOTHING;
  return {
    ...user,
    values: valuesOf(
      [
        ['body_weight', rawWeight / mass[0], mass[1]],
        ['bmi', known(bmi, 10), 'kg/m2'],
        ['body_height', known(rawHeight, height[0]), height[1]],
      ],
      { local },
    ),
  };
};

/** Flags 3–9: basal metabolism, muscle %, muscle, fat-free, lean and water mass, impedance: two bytes each, not read. */
const skipped = (flags: number, bytes: Bytes): void => {
  for (let index = 3; index <= 9; index++) if (bit(flags, index)) bytes.skip(2);
};

/** Body Composition Measurement 0x2A9C: 16-bit flags. */
export const bodyComposition: Characteristic = (bytes, input) => {
  const flags = bytes.u16();
  const { mass, height } = bit(flags, 0) ? IMPERIAL : METRIC;
  const fat = bytes.u16();
  const local = bit(flags, 1) ? bytes.dateTime() : null;
  const user = bit(flags, 2) ? userOf(bytes.u8(), input) : {};
  skipped(flags, bytes);
  const rawWeight = bit(flags, 10) ? bytes.u16() : 0;
  const rawHeight = bit(flags, 11) ? bytes.u16() : 0;
  expectEnd(bytes, flags >> 13 !== 0);
  if (fat === UNSUCCESSFUL) return NOTHING;
  return {
    ...user,
    values: valuesOf(
      [
        ['body_fat', fat / 10, '%'],
        ['body_weight', known(rawWeight, mass[0]), mass[1]],
        ['body_height', known(rawHeight, height[0]), height[1]],
      ],
      { local },
    ),
  };
};
