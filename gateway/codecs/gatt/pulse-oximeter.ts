import type { LocalDateTime } from '../../../domain/time.js';
import type { DecodedMessage } from '../codec.js';
import type { Bytes } from '../support/bytes.js';
import { anyBit, bit, expectEnd, NOTHING, valuesOf, type Characteristic } from './characteristic.js';

/** Measurement status: demonstration, test, calibrating, unavailable, invalid: not a measurement of anybody. */
const MEASUREMENT_VOID = [10, 11, 12, 13, 15];
/** Early estimate, questionable. */
const MEASUREMENT_DOUBTFUL = [6, 14];
const FROM_STORAGE = 9;
/** Sensor status: equipment malfunction, unconnected to user, sensor malfunction, disconnected. */
const SENSOR_VOID = [1, 11, 14, 15];
/** Irregular processing, inadequate, poor, low perfusion, erratic, non-pulsatile, doubtful pulse, interference, displaced. */
const SENSOR_DOUBTFUL = [2, 3, 4, 5, 6, 7, 8, 10, 13];

interface Layout {
  /** Bits that announce the optional fields after the measurement, in the order of the frame. */
  readonly measurementStatus: number;
  readonly sensorStatus: number;
  readonly amplitude: number;
  readonly knownFlags: number;
}

/** PLX Spot-Check Measurement 0x2A5E. Flag 4 = the device clock was never set. */
export const plxSpotCheck: Characteristic = (bytes) => {
  const flags = bytes.u8();
  const [spo2, pulse] = [bytes.sfloat(), bytes.sfloat()];
  const stamped = bit(flags, 0) ? bytes.dateTime() : null;
  const layout = { measurementStatus: 1, sensorStatus: 2, amplitude: 3, knownFlags: 5 };
  return rest(bytes, { flags, layout, spo2, pulse, local: bit(flags, 4) ? null : stamped });
};

/** PLX Continuous Measurement 0x2A5F: the normal series is the reading; fast and slow are skipped. */
export const plxContinuous: Characteristic = (bytes) => {
  const flags = bytes.u8();
  const [spo2, pulse] = [bytes.sfloat(), bytes.sfloat()];
  if (bit(flags, 0)) bytes.skip(4);
  if (bit(flags, 1)) bytes.skip(4);
  const layout = { measurementStatus: 2, sensorStatus: 3, amplitude: 4, knownFlags: 5 };
  return rest(bytes, { flags, layout, spo2, pulse, local: null });
};

interface Measurement {
  readonly flags: number;
  readonly layout: Layout;
  readonly spo2: number | null;
  readonly pulse: number | null;
  readonly local: LocalDateTime | null;
}

const rest = (bytes: Bytes, { flags, layout, spo2, pulse, local }: Measurement): DecodedMessage => {
  const measurement = bit(flags, layout.measurementStatus) ? bytes.u16() : 0;
  const sensor = bit(flags, layout.sensorStatus) ? bytes.u24() : 0;
  const amplitude = bit(flags, layout.amplitude) ? bytes.sfloat() : null;
  expectEnd(bytes, flags >> layout.knownFlags !== 0);
  if (anyBit(measurement, MEASUREMENT_VOID) || anyBit(sensor, SENSOR_VOID)) return NOTHING;
  const agesAgo = bit(measurement, FROM_STORAGE) && local === null;
  return {
    values: valuesOf(
      [
        ['spo2', spo2, '%'],
        ['pulse_rate', pulse, '/min'],
        ['perfusion_index', amplitude, '%'],
      ],
      {
        local,
        questionable: agesAgo || anyBit(measurement, MEASUREMENT_DOUBTFUL) || anyBit(sensor, SENSOR_DOUBTFUL),
      },
    ),
  };
};
