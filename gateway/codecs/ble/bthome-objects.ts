import type { DeviceConfig } from '../../../domain/device.js';
import type { Metric } from '../../../domain/metrics.js';
import type { DecodedValue, DeviceTime } from '../codec.js';

/** How an object is read: bytes of its value, signed or not; -1 = a length byte of its own follows the id. */
interface Shape {
  readonly bytes: number;
  readonly signed?: boolean;
}
interface Meaning extends Shape {
  readonly metric: Metric;
  readonly unit: string;
  /** The raw integer is divided by this: 2506 / 100 is exactly 25.06, 2506 × 0.01 is not. */
  readonly divisor?: number;
}

const state = (metric: Metric): Meaning => ({ bytes: 1, metric, unit: '1' });
const number = (metric: Metric, unit: string, bytes: number, divisor = 1, signed = false): Meaning => ({
  bytes,
  metric,
  unit,
  divisor,
  signed,
});

/** BTHome v2 objects that are readings (bthome.io/format; corpus "Mapping choices"). */
const READINGS: Readonly<Record<number, Meaning>> = {
  0x01: number('battery_level', '%', 1),
  0x02: number('ambient_temperature', 'Cel', 2, 100, true),
  0x03: number('ambient_humidity', '%', 2, 100),
  0x11: state('door_open'),
  0x12: number('co2', '[ppm]', 2),
  0x15: state('battery_low'),
  0x1a: state('door_open'),
  0x20: state('water_leak'),
  0x21: state('motion'),
  0x23: state('presence'),
  0x25: state('presence'),
  0x29: state('smoke'),
  0x2b: state('tamper'),
  0x2d: state('door_open'),
  0x2e: number('ambient_humidity', '%', 1),
  0x45: number('ambient_temperature', 'Cel', 2, 10, true),
  0x57: number('ambient_temperature', 'Cel', 1, 1, true),
  0x58: number('ambient_temperature', 'Cel', 1, 1 / 0.35, true),
};
const MASS_KG = 0x06;
const MASS_LB = 0x07;
const BUTTON = 0x3a;
const TIMESTAMP = 0x50;

/** Lengths of the other objects: what is not a reading must still be stepped over. */
const ONE = [0x00, 0x09, 0x0f, 0x10, 0x2f, BUTTON, 0x46, 0x59, 0x60, 0x64];
const BINARY = [0x16, 0x17, 0x18, 0x19, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x22, 0x24, 0x26, 0x27, 0x28, 0x2a, 0x2c];
const TWO = [
  ...[MASS_KG, MASS_LB, 0x08, 0x0c, 0x0d, 0x0e, 0x13, 0x14, 0x3c, 0x3d, 0x3f, 0x40, 0x41, 0x43, 0x44, 0x47, 0x48],
  ...[0x49, 0x4a, 0x51, 0x52, 0x56, 0x5a, 0x5d, 0x5e, 0x5f, 0x61, 0xf0],
];
const THREE = [0x04, 0x05, 0x0a, 0x0b, 0x42, 0x4b, 0xf2];
const FOUR = [0x3e, 0x4c, 0x4d, 0x4e, 0x4f, TIMESTAMP, 0x55, 0x5b, 0x5c, 0x62, 0x63, 0xf1];
const TEXT_AND_RAW = [0x53, 0x54];

const SHAPES: ReadonlyMap<number, Shape | Meaning> = new Map<number, Shape | Meaning>([
  ...([...ONE, ...BINARY].map((id) => [id, { bytes: 1 }]) as [number, Shape][]),
  ...TWO.map((id): [number, Shape] => [id, { bytes: 2 }]),
  ...THREE.map((id): [number, Shape] => [id, { bytes: 3 }]),
  ...FOUR.map((id): [number, Shape] => [id, { bytes: 4 }]),
  ...TEXT_AND_RAW.map((id): [number, Shape] => [id, { bytes: -1 }]),
  ...Object.entries(READINGS).map(([id, meaning]): [number, Meaning] => [Number(id), meaning]),
]);

export interface BthomeContent {
  readonly values: readonly DecodedValue[];
  /** The last object is longer than what is left of the advertisement. */
  readonly cutOff: boolean;
}

/**
 * Reads BTHome v2 objects, little-endian. An unknown object id ends the reading, for its length is not known; what came
 * before is kept. A button that says "nothing pressed" is the keep-alive of its beacon mode, and any other number is a
 * press: 0x80 is a hold, and 0xFE was one in older Shelly firmware.
 */
export const readObjects = (bytes: Buffer, role: DeviceConfig['role']): BthomeContent => {
  const values: DecodedValue[] = [];
  let time: DeviceTime | undefined;
  let pressed = false;
  let at = 0;
  let cutOff = false;
  while (at < bytes.length) {
    const id = bytes[at] as number;
    const shape = SHAPES.get(id);
    if (!shape) break;
    let start = at + 1;
    let length = shape.bytes;
    if (length === -1) length = bytes[start++] ?? 0;
    if (start + length > bytes.length || start > bytes.length) {
      cutOff = true;
      break;
    }
    at = start + length;
    if ('metric' in shape) values.push(valueOf(shape, bytes, start));
    else if (id === BUTTON) pressed ||= bytes[start] !== 0;
    else if (id === TIMESTAMP) time = { kind: 'instant', epoch: bytes.readUInt32LE(start) * 1000 };
    else if ((id === MASS_KG || id === MASS_LB) && role === 'body_scale')
      values.push({
        metric: 'body_weight',
        value: bytes.readUInt16LE(start) / 100,
        unit: id === MASS_KG ? 'kg' : '[lb_av]',
      });
  }
  if (pressed && role === 'sos_button') values.push({ metric: 'sos', value: true, unit: '1' });
  const own = time;
  return { values: own ? values.map((value) => ({ ...value, time: own })) : values, cutOff };
};

const valueOf = (
  { metric, unit, bytes: length, divisor, signed }: Meaning,
  bytes: Buffer,
  at: number,
): DecodedValue => {
  if (divisor === undefined) return { metric, value: bytes[at] !== 0, unit };
  const raw = signed ? bytes.readIntLE(at, length) : bytes.readUIntLE(at, length);
  return { metric, value: raw / divisor, unit };
};
