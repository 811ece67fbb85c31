import { type LocalDateTime, SECOND } from '../../domain/time.js';
import type { DeviceModel } from './support/device.js';
import { bytes, field } from './support/ieee11073.js';
import { spotDevice } from './support/spot.js';

const SERVICE = '1809';
const MEASUREMENT = '2a1c';
/** Temperature Type characteristic: 0x09 tympanum. */
const TYMPANUM = 0x09;

/** Bytes of a Temperature Measurement (0x2A1C), given in Cel; written in degF with one decimal when asked. */
export const encodeTemperature = (measurement: {
  readonly celsius: number;
  readonly clock?: LocalDateTime | null;
  readonly type?: number;
  readonly fahrenheit?: boolean;
}): Uint8Array => {
  const { celsius, clock, type, fahrenheit = false } = measurement;
  const flags = (fahrenheit ? 0x01 : 0) | (clock === undefined ? 0 : 0x02) | (type === undefined ? 0 : 0x04);
  return bytes(
    field.u8(flags),
    field.float(fahrenheit ? (celsius * 9) / 5 + 32 : celsius, -1),
    clock === undefined ? [] : field.dateTime(clock),
    type === undefined ? [] : field.u8(type),
  );
};

const ONE_FAHRENHEIT_IN = 12;

/** An ear thermometer. One in twelve was left in Fahrenheit. */
export const thermometer: DeviceModel = {
  name: 'thermometer',
  simulate(setup) {
    const fahrenheit = setup.random.fork('unit').int(1, ONE_FAHRENHEIT_IN) === 1;
    return spotDevice(setup, {
      turn: 45 * SECOND,
      rounds: [0, 2],
      encode: ({ vitals, clock }) => [
        {
          service: SERVICE,
          characteristic: MEASUREMENT,
          payload: encodeTemperature({ celsius: vitals.temperature, clock, type: TYMPANUM, fahrenheit }),
        },
      ],
    });
  },
};
