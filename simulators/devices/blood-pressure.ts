import { type LocalDateTime, SECOND } from '../../domain/time.js';
import type { DeviceModel } from './support/device.js';
import { bytes, field } from './support/ieee11073.js';
import { type Notification, spotDevice } from './support/spot.js';

const SERVICE = '1810';
const MEASUREMENT = '2a35';
const INTERMEDIATE_CUFF_PRESSURE = '2a36';
const IRREGULAR_PULSE = 1 << 2;
const KPA_PER_MMHG = 1 / 7.500616827;

/** Bytes of a Blood Pressure Measurement (0x2A35); values in mm[Hg], written in kPa with one decimal when asked. */
export const encodeBloodPressure = (measurement: {
  readonly systolic: number;
  readonly diastolic: number;
  readonly pulse?: number;
  readonly clock?: LocalDateTime | null;
  readonly status?: number;
  readonly kilopascals?: boolean;
}): Uint8Array => {
  const { systolic, diastolic, pulse, clock, status, kilopascals = false } = measurement;
  const high = Math.round(systolic);
  const low = Math.round(diastolic);
  const pressure = (value: number): number[] =>
    kilopascals ? field.sfloat(value * KPA_PER_MMHG, -1) : field.sfloat(value);
  const flags =
    (kilopascals ? 0x01 : 0) |
    (clock === undefined ? 0 : 0x02) |
    (pulse === undefined ? 0 : 0x04) |
    (status === undefined ? 0 : 0x10);
  return bytes(
    field.u8(flags),
    pressure(high),
    pressure(low),
    pressure(Math.round(low + (high - low) / 3)),
    clock === undefined ? [] : field.dateTime(clock),
    pulse === undefined ? [] : field.sfloat(Math.round(pulse)),
    status === undefined ? [] : field.u16(status),
  );
};

const cuffPressure = (value: number): Uint8Array =>
  bytes(field.u8(0), field.sfloat(Math.round(value)), field.sfloat(0), field.sfloat(0));

/** Quicker than life, so that a simulation does not wait for it. */
const INFLATION = 3 * SECOND;
const ONE_CUFF_IN = 12;

/** An arm cuff: shows its pressure while it inflates, then the measurement. One in twelve speaks kPa. */
export const bloodPressureMonitor: DeviceModel = {
  name: 'blood-pressure-monitor',
  simulate(setup) {
    const kilopascals = setup.random.fork('unit').int(1, ONE_CUFF_IN) === 1;
    const irregular = setup.subject.person.conditions.has('atrial_fibrillation');
    return spotDevice(setup, {
      turn: 90 * SECOND,
      rounds: [0, 2],
      encode: ({ vitals, clock, stored }) => {
        const result: Notification = {
          service: SERVICE,
          characteristic: MEASUREMENT,
          payload: encodeBloodPressure({
            systolic: vitals.systolicBp,
            diastolic: vitals.diastolicBp,
            pulse: vitals.heartRate,
            clock,
            status: irregular ? IRREGULAR_PULSE : 0,
            kilopascals,
          }),
        };
        if (stored) return [result];
        const inflating = [60, 120, vitals.systolicBp + 30].map((value, index): Notification => ({
          service: SERVICE,
          characteristic: INTERMEDIATE_CUFF_PRESSURE,
          after: (index * INFLATION) / 3,
          payload: cuffPressure(value),
        }));
        return [...inflating, { ...result, after: INFLATION }];
      },
    });
  },
};
