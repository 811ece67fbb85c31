import { anyBit, bit, expectEnd, userOf, valuesOf, type Characteristic } from './characteristic.js';

const KPA = 0;
const TIME = 1;
const PULSE = 2;
const USER = 3;
const STATUS = 4;

/** Measurement status: body movement, cuff too loose, improper position. Bits 3–4 are the 2-bit pulse range. */
const DOUBTFUL = [0, 1, 5];
const IRREGULAR_PULSE = 2;

/** Blood Pressure Measurement 0x2A35. An irregular pulse is a finding, not a defect (corpus rule 4). */
export const bloodPressure: Characteristic = (bytes, input) => {
  const flags = bytes.u8();
  const unit = bit(flags, KPA) ? 'kPa' : 'mm[Hg]';
  const [systolic, diastolic, mean] = [bytes.sfloat(), bytes.sfloat(), bytes.sfloat()];
  const local = bit(flags, TIME) ? bytes.dateTime() : null;
  const pulse = bit(flags, PULSE) ? bytes.sfloat() : null;
  const user = bit(flags, USER) ? userOf(bytes.u8(), input) : {};
  const status = bit(flags, STATUS) ? bytes.u16() : 0;
  expectEnd(bytes, flags >> 5 !== 0);
  return {
    ...user,
    values: valuesOf(
      [
        ['systolic_bp', systolic, unit],
        ['diastolic_bp', diastolic, unit],
        ['mean_bp', mean, unit],
        ['pulse_rate', pulse, '/min'],
        ['irregular_pulse', bit(status, IRREGULAR_PULSE) ? true : null, '1'],
      ],
      { local, questionable: anyBit(status, DOUBTFUL) },
    ),
  };
};
