import { bit, expectEnd, valuesOf, type Characteristic } from './characteristic.js';

const FAHRENHEIT = 0;
const TIME = 1;
const SITE = 2;

/** Temperature Measurement 0x2A1C. */
export const temperature: Characteristic = (bytes) => {
  const flags = bytes.u8();
  const value = bytes.float();
  const local = bit(flags, TIME) ? bytes.dateTime() : null;
  if (bit(flags, SITE)) bytes.skip(1);
  expectEnd(bytes, flags >> 3 !== 0);
  return { values: valuesOf([['body_temperature', value, bit(flags, FAHRENHEIT) ? '[degF]' : 'Cel']], { local }) };
};
