import { bytesOf, type Bytes } from '../support/bytes.js';
import { readFields, s16be, type Collector, type PayloadDecoder } from './payload.js';

/** Length of the types that are not our metrics: inputs and outputs, light, motion in space, position, energy… */
const SKIPPED: ReadonlyMap<number, number> = new Map([
  [0x00, 1],
  [0x01, 1],
  [0x02, 2],
  [0x03, 2],
  [0x64, 4],
  [0x65, 2],
  [0x71, 6],
  [0x73, 2],
  [0x74, 2],
  [0x75, 2],
  [0x76, 4],
  [0x78, 1],
  [0x79, 2],
  [0x7d, 2],
  [0x80, 2],
  [0x82, 4],
  [0x83, 4],
  [0x84, 2],
  [0x85, 4],
  [0x86, 6],
  [0x87, 3],
  [0x88, 9],
  [0x8e, 1],
]);

const read = (bytes: Bytes, out: Collector): boolean => {
  bytes.skip(1); // the channel: which of several probes
  const type = bytes.u8();
  switch (type) {
    case 0x66: {
      const code = bytes.u8();
      if (code <= 1) out.add('presence', code === 1);
      else out.reject('presence', 'expected 0 or 1');
      return true;
    }
    case 0x67:
      out.add('ambient_temperature', s16be(bytes) / 10);
      return true;
    case 0x68:
      out.add('ambient_humidity', bytes.u8() / 2);
      return true;
    default: {
      const length = SKIPPED.get(type);
      if (length !== undefined) bytes.skip(length);
      return length !== undefined;
    }
  }
};

/** Cayenne Low Power Payload: channel, type, value, big-endian; IPSO object ids less 3200. */
export const cayenneLpp: PayloadDecoder = (uplink) =>
  readFields(bytesOf(uplink.bytes, 'Cayenne LPP'), read, 'Cayenne LPP');
