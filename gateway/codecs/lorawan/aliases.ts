import type { DeviceConfig } from '../../../domain/device.js';
import type { Metric } from '../../../domain/metrics.js';
import type { DeviceTime } from '../codec.js';
import { parseIsoTime } from '../support/iso-time.js';
import { field, isObject, typeName, type JsonObject } from '../support/json.js';
import { alarmFinding, DETECTION_WORDS } from './milesight-vs373.js';
import { addPress, collector, unixTime, type Collector, type Payload } from './payload.js';

/** `button_event`, `buttonEvent` and `Button Event` are one name, `out of bed` and `out_of_bed` one word. */
const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

interface Context {
  readonly out: Collector;
  readonly config: DeviceConfig;
  readonly object: JsonObject;
  readonly time: DeviceTime | undefined;
}
type Reader = (value: unknown, context: Context, name: string) => void;

const quantity =
  (metric: Metric): Reader =>
  (value, { out, time }, name) => {
    if (typeof value === 'number' && Number.isFinite(value)) out.add(metric, value, time);
    else out.reject(name, `expected a number, came ${typeName(value)}`);
  };

/** A state by its words; JSON booleans and 0/1 only where `bits` says that their polarity is beyond doubt. */
const state =
  (metric: Metric, on: readonly string[], off: readonly string[], { bits = false } = {}): Reader =>
  (value, { out, time }, name) => {
    if (typeof value === 'string' && on.includes(plain(value))) out.add(metric, true, time);
    else if (typeof value === 'string' && off.includes(plain(value))) out.add(metric, false, time);
    else if (bits && typeof value === 'boolean') out.add(metric, value, time);
    else if (bits && (value === 0 || value === 1)) out.add(metric, value === 1, time);
    else out.reject(name, 'a state that is not in the table of this name');
  };

/** How often something happened since the last uplink. */
const count =
  (metric: Metric, words: Reader): Reader =>
  (value, context, name) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0)
      context.out.add(metric, value > 0, context.time);
    else words(value, context, name);
  };

/** Formatters write volts or per cent under this name; a percentage of 5 or less cannot be told from volts. */
const MOST_VOLTS = 5;
const battery: Reader = (value, context, name) => {
  if (typeof value === 'number' && value <= MOST_VOLTS && !Number.isInteger(value)) return;
  if (typeof value === 'number' && value <= MOST_VOLTS)
    context.out.reject(name, 'volts or per cent? A device profile would tell');
  else quantity('battery_level')(value, context, name);
};

const PRESSES = ['short', 'shortpress', 'long', 'longpress', 'double', 'doublepress', 'pressed', 'press', 'single'];
const RELEASES = ['none', 'released', 'idle', ''];
const button: Reader = (value, context, name) => {
  const said = isObject(value) ? field(value, 'status') : value;
  const word = typeof said === 'string' ? plain(said) : said;
  if (PRESSES.includes(word as string) || word === true) addPress(context, context.out, context.time);
  else if (word !== false && !RELEASES.includes(word as string))
    context.out.reject(name, 'a press that is not in the table');
};

const detection: Reader = (value, { out, time }, name) => {
  const word = typeof value === 'string' ? plain(value) : '';
  const finding = Object.hasOwn(DETECTION_WORDS, word) ? DETECTION_WORDS[word] : undefined;
  if (finding) out.add(...finding, time);
  else if (finding === undefined) out.reject(name, 'a status that is not in the table');
};

const STATUSES: Readonly<Record<string, 'triggered' | 'over'>> = {
  alarmtriggered: 'triggered',
  alarmdeactivated: 'over',
  alarmignored: 'over',
};
/** VS373: `{ alarm_type, alarm_status }`, alone, in `events` or in a history record. */
const alarm = (object: JsonObject, { out, time }: Context): boolean => {
  const [type, status] = [field(object, 'alarm_type'), field(object, 'alarm_status')];
  if (typeof type !== 'string' || typeof status !== 'string') return false;
  const said = plain(status);
  const finding = Object.hasOwn(STATUSES, said) ? alarmFinding(plain(type), STATUSES[said]!) : null;
  if (finding) out.add(...finding, time);
  return true;
};
const events: Reader = (value, context) => {
  for (const event of Array.isArray(value) ? (value as unknown[]) : [value]) if (isObject(event)) alarm(event, context);
};

const NOT_MEASURED = ['nodatainput', 'nodata', 'undetectable'];
const breathing: Reader = (value, context, name) => {
  const status = field(context.object, 'respiratory_status');
  if (value === 0 || (typeof status === 'string' && NOT_MEASURED.includes(plain(status)))) return;
  quantity('respiratory_rate')(value, context, name);
};

const door = state('door_open', ['open', 'opened'], ['close', 'closed']);
const motion = state(
  'motion',
  ['trigger', 'triggered', 'motion', 'detected'],
  ['normal', 'idle', 'clear', 'nomotion'],
  {
    bits: true,
  },
);
const leak = state('water_leak', ['leak', 'leakage', 'alarm', 'wet'], ['normal', 'noleak', 'dry'], { bits: true });
const yes = (metric: Metric): Reader => state(metric, [], [], { bits: true });

/**
 * THE table of names that payload formatters give (Milesight, Elsys, Dragino, repository codecs), without case and
 * separators. A name is never looked for inside another.
 */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['temperature', quantity('ambient_temperature')],
  ['temp', quantity('ambient_temperature')],
  ['airtemperature', quantity('ambient_temperature')],
  ['ambienttemperature', quantity('ambient_temperature')],
  ['tempcsht', quantity('ambient_temperature')],
  ['humidity', quantity('ambient_humidity')],
  ['hum', quantity('ambient_humidity')],
  ['relativehumidity', quantity('ambient_humidity')],
  ['ambienthumidity', quantity('ambient_humidity')],
  ['humsht', quantity('ambient_humidity')],
  ['co2', quantity('co2')],
  ['battery', battery],
  ['batterylevel', quantity('battery_level')],
  ['batterypercent', quantity('battery_level')],
  ['batterypercentage', quantity('battery_level')],
  ['pir', motion],
  ['pirstatus', motion],
  ['motion', count('motion', motion)],
  ['motionstatus', motion],
  ['occupancy', state('presence', ['occupied'], ['vacant', 'unoccupied'])],
  ['presence', state('presence', ['occupied', 'present'], ['vacant', 'absent'], { bits: true })],
  ['magnet', door],
  ['magnetstatus', door],
  ['door', door],
  ['doorstatus', door],
  ['contactstate', door],
  ['dooropen', yes('door_open')],
  ['tamper', yes('tamper')],
  ['tamperstatus', state('tamper', ['uninstalled', 'removed'], ['installed', 'normal'])],
  ['install', state('tamper', ['no'], ['yes'])],
  ['leakagestatus', leak],
  ['leakstatus', leak],
  ['waterleak', count('water_leak', leak)],
  ['smoke', yes('smoke')],
  ['button', button],
  ['buttonevent', button],
  ['press', button],
  ['sos', yes('sos')],
  ['fall', yes('fall')],
  ['bedoccupancy', yes('bed_occupancy')],
  ['detectionstatus', detection],
  ['events', events],
  ['event', events],
  ['respiratoryrate', breathing],
]);

/** Names that are known and give no reading; whatever is in neither list makes nobody wiser. */
const DIAGNOSTICS =
  /^(?:battery(?:voltage|v)|batv|vdd|voltage|external(?:temperature|input)\d?|temperatureboard|boardtemperature|light(?:level|status)?|daylight|illumina(?:nce|tion)|lux|pressure|tvoc|hcho|o3|pm25|pm10|beep|buzzerstatus|acceleration|accmotion|[xyz]|pulse(?:abs)?\d?|analog\d?|digital\d?|sound(?:peak|avg)|count|time|status|targetstatus|usetime(?:now|today)|region\d(?:occupancy|outofbedtime|type)|respiratorystatus|alarmtype|alarmstatus|alarmid|temperatureabnormal|reporttype|timestamp|history|(?:ipso|hardware|firmware|tsl)version|sn|lorawanclass|devicestatus|resetevent|reportinterval|work(?:mode)?|model)$/;

const MOST_RECORDS = 250;

const readObject = (context: Context): boolean => {
  let known = alarm(context.object, context);
  for (const [name, value] of Object.entries(context.object)) {
    const key = plain(name);
    const reader = READERS.get(key);
    known ||= reader !== undefined || DIAGNOSTICS.test(key);
    if (value !== null && reader) reader(value, context, name.slice(0, 64));
  }
  return known;
};

/**
 * Reads what a payload formatter made of the bytes, `history` records at their own time. Null when no name in it is
 * known: then nothing can be said about the message.
 */
export const readDecoded = (object: JsonObject, config: DeviceConfig): Payload | null => {
  const out = collector();
  let known = readObject({ out, config, object, time: undefined });
  const history = field(object, 'history');
  for (const record of Array.isArray(history) ? (history as unknown[]).slice(0, MOST_RECORDS) : []) {
    if (!isObject(record)) continue;
    const seconds = field(record, 'timestamp');
    if (typeof seconds !== 'number') out.reject('history', 'a record without a time');
    else known = readObject({ out, config, object: record, time: unixTime(seconds) }) || known;
  }
  return known ? out : null;
};

/**
 * The Things Stack `normalized_payload`: measurements in its own vocabulary and units; `battery` is in volts there.
 * Null when it holds nothing of that vocabulary.
 */
export const readNormalized = (measurements: readonly unknown[]): Payload | null => {
  const out = collector();
  let known = false;
  for (const measurement of measurements.slice(0, MOST_RECORDS)) {
    if (!isObject(measurement)) continue;
    const part = (name: string): JsonObject => {
      const value = field(measurement, name);
      known ||= isObject(value);
      return isObject(value) ? value : {};
    };
    const at = field(measurement, 'time');
    const time = typeof at === 'string' ? (parseIsoTime(at) ?? undefined) : undefined;
    const context = { out, config: {}, object: measurement, time };
    const read = (reader: Reader, object: JsonObject, name: string): void => {
      const value = field(object, name);
      if (value !== undefined && value !== null) reader(value, context, name);
    };
    const [air, action, water] = [part('air'), part('action'), part('water')];
    if (field(air, 'location') !== 'outdoor') {
      read(quantity('ambient_temperature'), air, 'temperature');
      read(quantity('ambient_humidity'), air, 'relativeHumidity');
      read(quantity('co2'), air, 'co2');
    }
    const moved = field(action, 'motion');
    if (isObject(moved)) read(yes('motion'), moved, 'detected');
    read(door, action, 'contactState');
    read(yes('water_leak'), water, 'leak');
    known ||= field(measurement, 'battery') !== undefined;
  }
  return known ? out : null;
};
