import { type LocalDateTime, SECOND } from '../../domain/time.js';
import type { DeviceModel } from './support/device.js';
import { bytes, field } from './support/ieee11073.js';
import { spotDevice } from './support/spot.js';

const SERVICE = '181d';
const MEASUREMENT = '2a9d';
const POUNDS_PER_KILOGRAM = 1 / 0.45359237;

/** Bytes of a Weight Measurement (0x2A9D): 0.005 kg steps, or 0.01 lb when asked. */
export const encodeWeight = (measurement: {
  readonly kilograms: number;
  readonly clock?: LocalDateTime | null;
  readonly imperial?: boolean;
}): Uint8Array => {
  const { kilograms, clock, imperial = false } = measurement;
  const steps = imperial ? kilograms * POUNDS_PER_KILOGRAM * 100 : kilograms * 200;
  return bytes(
    field.u8((imperial ? 0x01 : 0) | (clock === undefined ? 0 : 0x02)),
    field.u16(Math.round(steps)),
    clock === undefined ? [] : field.dateTime(clock),
  );
};

const ONE_IMPERIAL_IN = 8;
/** Bathroom scales show steps of 100 g. */
const GRAIN = 10;

/** A bathroom scale, used in the morning. One in eight weighs in pounds. */
export const scale: DeviceModel = {
  name: 'scale',
  simulate(setup) {
    const imperial = setup.random.fork('unit').int(1, ONE_IMPERIAL_IN) === 1;
    return spotDevice(setup, {
      turn: 180 * SECOND,
      rounds: [0],
      encode: ({ vitals, clock }) => [
        {
          service: SERVICE,
          characteristic: MEASUREMENT,
          payload: encodeWeight({ kilograms: Math.round(vitals.weight * GRAIN) / GRAIN, clock, imperial }),
        },
      ],
    });
  },
};
