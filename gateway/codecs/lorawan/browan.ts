import { bytesOf, type Bytes } from '../support/bytes.js';
import { addPress, collector, NOTHING, type Collector, type PayloadDecoder, type Uplink } from './payload.js';

interface Model {
  readonly name: string;
  /** Measurements come on this port; others carry settings and positions. */
  readonly port: number;
  /** Reads what follows the status byte, which is given. */
  read(status: boolean, rest: Bytes, out: Collector, uplink: Uplink): void;
}

/** Volts and the temperature of the circuit board come next: neither is a battery percentage nor a room. */
const BOARD = 2;

const tabs =
  ({ name, port, read }: Model): PayloadDecoder =>
  (uplink) => {
    // An empty message is a sign of life.
    if (uplink.port !== port || uplink.bytes.every((byte) => byte === 0)) return NOTHING;
    const bytes = bytesOf(uplink.bytes, name);
    const out = collector();
    const status = (bytes.u8() & 1) === 1;
    bytes.skip(BOARD);
    read(status, bytes, out, uplink);
    return out;
  };

const degrees = (byte: number): number => (byte & 0x7f) - 32;

/** Browan Tabs: bit 0 of the first byte is the state. */
export const BROWAN: Readonly<Record<string, PayloadDecoder>> = {
  tbdw100: tabs({ name: 'TBDW100', port: 100, read: (status, _rest, out) => out.add('door_open', status) }),
  tbms100: tabs({ name: 'TBMS100', port: 102, read: (status, _rest, out) => out.add('motion', status) }),
  tbhv110: tabs({
    name: 'TBHV110',
    port: 103,
    // The CO₂ in between is an estimate from volatile compounds, not a measure.
    read(_status, rest, out) {
      out.add('ambient_humidity', rest.u8() & 0x7f);
      rest.skip(6);
      out.add('ambient_temperature', degrees(rest.u8()));
    },
  }),
  tbwl100: tabs({
    name: 'TBWL100',
    port: 106,
    read(status, rest, out) {
      out.add('water_leak', status);
      out.add('ambient_humidity', rest.u8());
      out.add('ambient_temperature', degrees(rest.u8()));
    },
  }),
  tbpb100: tabs({
    name: 'TBPB100',
    port: 147,
    read(status, _rest, out, uplink) {
      if (status) addPress(uplink, out);
    },
  }),
};
