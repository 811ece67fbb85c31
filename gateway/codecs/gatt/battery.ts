import { expectEnd, valuesOf, type Characteristic } from './characteristic.js';

/** Battery Level 0x2A19: u8, 0–100 %. */
export const battery: Characteristic = (bytes) => {
  const level = bytes.u8();
  expectEnd(bytes);
  return { values: valuesOf([['battery_level', level, '%']]) };
};
