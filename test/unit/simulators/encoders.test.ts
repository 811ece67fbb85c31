import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { encodeBloodPressure } from '../../../simulators/devices/blood-pressure.js';
import { encodeGlucose } from '../../../simulators/devices/glucometer.js';
import { encodeSpotCheck } from '../../../simulators/devices/pulse-oximeter.js';
import { encodeWeight } from '../../../simulators/devices/scale.js';
import { bytes, field } from '../../../simulators/devices/support/ieee11073.js';
import { encodeTemperature } from '../../../simulators/devices/thermometer.js';

const corpus = JSON.parse(readFileSync(new URL('../../fixtures/corpus/gatt.json', import.meta.url), 'utf8')) as {
  id: string;
  payloadBase64: string;
}[];
/** Bytes as real devices send them, from the corpus. */
const real = (id: string): string => {
  const vector = corpus.find((each) => each.id === id);
  if (!vector) throw new Error(`no vector ${id}`);
  return Buffer.from(vector.payloadBase64, 'base64').toString('hex');
};
const hex = (payload: Uint8Array): string => Buffer.from(payload).toString('hex');

describe('Bluetooth health encoders', () => {
  it.each<[string, Uint8Array]>([
    ['gatt-030', encodeSpotCheck({ spo2: 98, pulse: 61 })],
    [
      'gatt-031',
      encodeSpotCheck({
        spo2: 97,
        pulse: 72,
        clock: { year: 2026, month: 3, day: 10, hour: 8, minute: 30, second: 0 },
        status: 0x0180,
      }),
    ],
    ['gatt-022', encodeTemperature({ celsius: 36.4 })],
    ['gatt-023', encodeTemperature({ celsius: 36.5, fahrenheit: true })],
    ['gatt-050', encodeWeight({ kilograms: 70 })],
    [
      'gatt-040',
      encodeGlucose({
        sequence: 7,
        clock: { year: 2026, month: 3, day: 9, hour: 8, minute: 0, second: 0 },
        milligramsPerDecilitre: 100,
      }),
    ],
    [
      'gatt-041',
      encodeGlucose({
        sequence: 8,
        clock: { year: 2026, month: 3, day: 9, hour: 12, minute: 5, second: 0 },
        milligramsPerDecilitre: 99.0858,
        molar: true,
      }),
    ],
    ['gatt-007', encodeBloodPressure({ systolic: 120, diastolic: 80.26, kilopascals: true })],
  ])('write %s as a real device does', (id, payload) => {
    expect(hex(payload)).toBe(real(id));
  });

  it('write a blood pressure with clock, pulse and status like gatt-006 but for its user field', () => {
    const clock = { year: 2026, month: 9, day: 7, hour: 8, minute: 15, second: 0 };
    const payload = encodeBloodPressure({ systolic: 120, diastolic: 80, pulse: 62, clock, status: 4 });
    expect(hex(payload)).toBe(`16${real('gatt-006').slice(2).replace('3e00010400', '3e000400')}`);
  });

  it.each<[string, readonly number[], string]>([
    ['SFLOAT 120', field.sfloat(120), '7800'],
    ['SFLOAT 18.9', field.sfloat(18.9, -1), 'bdf0'],
    ['SFLOAT 36.5', field.sfloat(36.5, -1), '6df1'],
    ['SFLOAT -1', field.sfloat(-1), 'ff0f'],
    ['FLOAT 36.4', field.float(36.4, -1), '6c0100ff'],
    ['FLOAT 37.60', field.float(37.6, -2), 'b00e00fe'],
    ['FLOAT -2', field.float(-2, 0), 'feffff00'],
    ['a clock that was never set', field.dateTime(null), '00000000000000'],
  ])('write %s', (_, written, expected) => {
    expect(hex(bytes(written))).toBe(expected);
  });

  it('refuse a mantissa that would read as NaN or infinity', () => {
    expect(() => field.sfloat(2047)).toThrow(RangeError);
  });

  it('say "clock not set" in a spot check instead of a date', () => {
    expect(hex(encodeSpotCheck({ spo2: 98, pulse: 61, clock: null }))).toBe('1062003d00');
  });
});
