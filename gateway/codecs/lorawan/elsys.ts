import { bytesOf, type Bytes } from '../support/bytes.js';
import { readFields, s16be, u16be, type Collector, type PayloadDecoder } from './payload.js';

/** Length of the types that are not our metrics: acceleration, light, volts, pulses, analog, sound, pressure… */
const SKIPPED: ReadonlyMap<number, number> = new Map([
  [0x03, 3],
  [0x04, 2],
  [0x07, 2],
  [0x08, 2],
  [0x09, 6],
  [0x0a, 2],
  [0x0b, 4],
  [0x0c, 2],
  [0x0d, 1],
  [0x0e, 2],
  [0x0f, 1],
  [0x10, 4],
  [0x13, 65],
  [0x14, 4],
  [0x15, 2],
  [0x16, 2],
  [0x17, 4],
  [0x18, 2],
  [0x19, 2],
  [0x1a, 1],
  [0x1b, 4],
  [0x1c, 2],
  [0x3d, 4],
]);

const OCCUPANCY = { nobody: 0, somebody: 2 };

const read = (bytes: Bytes, out: Collector): boolean => {
  const type = bytes.u8();
  switch (type) {
    case 0x01:
      out.add('ambient_temperature', s16be(bytes) / 10);
      return true;
    case 0x02:
      out.add('ambient_humidity', bytes.u8());
      return true;
    case 0x05: // how often something moved since the last uplink
      out.add('motion', bytes.u8() > 0);
      return true;
    case 0x06:
      out.add('co2', u16be(bytes));
      return true;
    case 0x11: {
      const state = bytes.u8(); // 1 = somebody comes or goes: not decided
      if (state === OCCUPANCY.nobody || state === OCCUPANCY.somebody) out.add('presence', state === OCCUPANCY.somebody);
      return true;
    }
    case 0x12:
      out.add('water_leak', bytes.u8() > 0);
      return true;
    default: {
      const length = SKIPPED.get(type);
      if (length !== undefined) bytes.skip(length);
      return length !== undefined;
    }
  }
};

/** Every Elsys sensor (ERS, EMS, ELT): type and value, big-endian; supply voltage is in mV and no percentage. */
export const elsys: PayloadDecoder = (uplink) => readFields(bytesOf(uplink.bytes, 'Elsys'), read, 'Elsys');
