import { type LocalDateTime, SECOND } from '../../domain/time.js';
import type { DeviceModel } from './support/device.js';
import { bytes, field } from './support/ieee11073.js';
import { spotDevice } from './support/spot.js';

const SERVICE = '1808';
const MEASUREMENT = '2a18';
/** Type 1 (capillary whole blood) in the low nibble, sample location 1 (finger) in the high one. */
const CAPILLARY_FINGER = 0x11;
const MG_DL_PER_MMOL_L = 18.0156;

/** Bytes of a Glucose Measurement (0x2A18), given in mg/dL; on the wire kg/L, or mol/L when asked. */
export const encodeGlucose = (measurement: {
  readonly sequence: number;
  readonly clock: LocalDateTime | null;
  readonly milligramsPerDecilitre: number;
  readonly molar?: boolean;
}): Uint8Array => {
  const { sequence, clock, milligramsPerDecilitre, molar = false } = measurement;
  return bytes(
    field.u8(0x02 | (molar ? 0x04 : 0)),
    field.u16(sequence),
    field.dateTime(clock),
    // 1 mg/dL = 1e-5 kg/L; 1 mmol/L = 1e-3 mol/L, written with one decimal.
    molar
      ? field.sfloat(milligramsPerDecilitre / MG_DL_PER_MMOL_L / 1000, -4)
      : field.sfloat(Math.round(milligramsPerDecilitre) / 1e5, -5),
    field.u8(CAPILLARY_FINGER),
  );
};

const RECORDS_SENT_AGAIN = 12;

/** A glucometer: numbers its records and sends the last ones again at each connection, as real meters do. */
export const glucometer: DeviceModel = {
  name: 'glucometer',
  simulate(setup) {
    const molar = setup.random.fork('unit').chance(0.5);
    let sequence = setup.random.fork('sequence').int(1, 900);
    return spotDevice(setup, {
      turn: 20 * SECOND,
      rounds: [0, 1, 3],
      memory: RECORDS_SENT_AGAIN,
      encode: ({ vitals, clock }) => [
        {
          service: SERVICE,
          characteristic: MEASUREMENT,
          payload: encodeGlucose({
            sequence: sequence++,
            clock,
            milligramsPerDecilitre: vitals.glucose,
            molar,
          }),
        },
      ],
    });
  },
};
