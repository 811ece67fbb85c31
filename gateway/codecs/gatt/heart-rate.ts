import { DecodeError } from '../../../domain/errors.js';
import { bit, expectEnd, NOTHING, valuesOf, type Characteristic } from './characteristic.js';

const SIXTEEN_BITS = 0;
const CONTACT = 1;
const CONTACT_SUPPORTED = 2;
const ENERGY = 3;
const RR_INTERVALS = 4;

/** Heart Rate Measurement 0x2A37. The contact bit means something only where contact detection is supported. */
export const heartRate: Characteristic = (bytes) => {
  const flags = bytes.u8();
  const rate = bit(flags, SIXTEEN_BITS) ? bytes.u16() : bytes.u8();
  if (bit(flags, ENERGY)) bytes.skip(2);
  if (bit(flags, RR_INTERVALS)) {
    const length = bytes.remaining();
    if (length === 0 || length % 2 !== 0)
      throw new DecodeError('malformed_payload', `expected RR intervals of 2 bytes each, came ${length} bytes`);
    bytes.skip(length);
  }
  expectEnd(bytes, flags >> 5 !== 0);
  if (bit(flags, CONTACT_SUPPORTED) && !bit(flags, CONTACT)) return NOTHING;
  return { values: valuesOf([['heart_rate', rate, '/min']]) };
};
