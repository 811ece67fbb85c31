import type { Metric } from '../../../domain/metrics.js';
import { bytesOf, type Bytes } from '../support/bytes.js';
import { addPress, readFields, unixTime, type Collector, type PayloadDecoder, type Uplink } from './payload.js';

/** Reads the value of one channel. */
export type Field = (bytes: Bytes, out: Collector, uplink: Uplink) => void;
/** `channel << 8 | type` → how its value is read. Little-endian throughout. */
export type Fields = ReadonlyMap<number, Field>;

const skip =
  (length: number): Field =>
  (bytes) =>
    bytes.skip(length);

/** 1 = yes, 0 = no; another code is refused: a later firmware may mean anything by it. */
const flag =
  (metric: Metric): Field =>
  (bytes, out) => {
    const code = bytes.u8();
    if (code === 0 || code === 1) out.add(metric, code === 1);
    else out.reject(metric, 'expected 0 or 1');
  };

const temperature: Field = (bytes, out) => out.add('ambient_temperature', bytes.s16() / 10);
const humidity: Field = (bytes, out) => out.add('ambient_humidity', bytes.u8() / 2);
const co2: Field = (bytes, out) => out.add('co2', bytes.u16());

/** WS101: 1 short, 2 long, 3 double. Whoever presses an SOS button calls, however long. */
const press: Field = (bytes, out, uplink) => {
  const code = bytes.u8();
  if (code >= 1 && code <= 3) addPress(uplink, out);
  else out.reject('button', 'expected 1, 2 or 3');
};

/** A record of the device's memory: its own Unix time, then values in a fixed order. */
const history =
  (...parts: readonly Field[]): Field =>
  (bytes, out, uplink) => {
    const time = unixTime(bytes.u32());
    const record: Collector = { ...out, add: (metric, value) => out.add(metric, value, time) };
    for (const part of parts) part(bytes, record, uplink);
  };

/** What every Milesight device may send: battery, versions, serial number, class, and replies to common commands. */
export const COMMON: readonly (readonly [number, Field])[] = [
  [0x0175, (bytes, out) => out.add('battery_level', bytes.u8())],
  [0xff01, skip(1)],
  [0xff03, skip(2)],
  [0xfe03, skip(2)],
  [0xff08, skip(6)],
  [0xff09, skip(2)],
  [0xff0a, skip(2)],
  [0xff0b, skip(1)],
  [0xff0f, skip(1)],
  [0xff10, skip(1)],
  [0xff11, skip(4)],
  [0xff16, skip(8)],
  [0xff28, skip(1)],
  [0xff2f, skip(1)],
  [0xff3e, skip(1)],
  [0xff74, skip(1)],
  [0xfffe, skip(1)],
  [0xffff, skip(2)],
];

const CLIMATE: readonly (readonly [number, Field])[] = [
  [0x0367, temperature],
  [0x0468, humidity],
];

/** AM307, AM319: room air. Particles, tVOC, formaldehyde, ozone, pressure and light are not our metrics. */
const AIR: readonly (readonly [number, Field])[] = [
  ...CLIMATE,
  [0x0500, flag('motion')],
  [0x06cb, skip(1)],
  [0x077d, co2],
  [0x087d, skip(2)],
  [0x08e6, skip(2)],
  [0x0973, skip(2)],
  [0x0a7d, skip(2)],
  [0x0b7d, skip(2)],
  [0x0c7d, skip(2)],
  [0x0d7d, skip(2)],
  [0x0e01, skip(1)],
];
const humidity16: Field = (bytes, out) => out.add('ambient_humidity', bytes.u16() / 2);
const airRecord = history(temperature, humidity16, flag('motion'), skip(1), co2, skip(4));

/** Decodes channel, type, value triples by the table of one model: the same bytes mean other things on another. */
export const milesight = (model: string, fields: readonly (readonly [number, Field])[]): PayloadDecoder => {
  const table: Fields = new Map([...COMMON, ...fields]);
  return (uplink) =>
    readFields(
      bytesOf(uplink.bytes, model),
      (bytes, out) => {
        const field = table.get(bytes.u8() * 0x100 + bytes.u8());
        field?.(bytes, out, uplink);
        return field !== undefined;
      },
      model,
    );
};

const climateWith = (model: string, channel: number, metric: Metric): PayloadDecoder =>
  milesight(model, [...CLIMATE, [channel, flag(metric)], [0x20ce, history(temperature, humidity, flag(metric))]]);

/** Model → decoder. Layouts: Milesight user guides and payload tables of each model. */
export const MILESIGHT: Readonly<Record<string, PayloadDecoder>> = {
  ws101: milesight('WS101', [[0xff2e, press]]),
  ws202: milesight('WS202', [
    [0x0300, flag('motion')],
    [0x0400, skip(1)],
  ]),
  ws203: milesight('WS203', [
    ...CLIMATE,
    [0x0500, flag('presence')],
    [
      0x8367,
      (bytes, out, uplink) => {
        temperature(bytes, out, uplink);
        bytes.skip(1);
      },
    ],
    [0x20ce, history(skip(1), flag('presence'), temperature, humidity)],
  ]),
  ws301: milesight('WS301', [
    [0x0300, flag('door_open')],
    [0x0400, flag('tamper')],
  ]),
  ws303: milesight('WS303', [[0x0300, flag('water_leak')]]),
  'em300-th': milesight('EM300-TH', [...CLIMATE, [0x20ce, history(temperature, humidity, skip(1))]]),
  'em300-mcs': climateWith('EM300-MCS', 0x0600, 'door_open'),
  'em300-sld': climateWith('EM300-SLD', 0x0500, 'water_leak'),
  'em300-zld': climateWith('EM300-ZLD', 0x0500, 'water_leak'),
  am307: milesight('AM307', [...AIR, [0x20ce, airRecord], [0x21ce, airRecord]]),
  am319: milesight('AM319', AIR),
};
