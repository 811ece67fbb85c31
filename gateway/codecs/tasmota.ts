import { z } from 'zod';
import { DecodeError } from '../../domain/errors.js';
import type { Address, Codec, CodecInput, DecodedMessage } from './codec.js';
import { at, createCollector, online, type Circumstances, type Collector } from './support/collector.js';
import { parseIsoTime } from './support/iso-time.js';
import { field, isObject, parseJson, textOf, typeName, type JsonObject } from './support/json.js';
import { macSpellings } from './support/mac.js';

const READ = /^(?:tele\/(.+)\/(SENSOR|LWT)|stat\/(.+)\/(STATUS10))$/;
const OTHER = /^(?:tele|stat|cmnd)\/.+\/[^/]+$|^tasmota\/discovery\//;

const TEMPERATURE: Readonly<Record<string, string>> = { C: 'Cel', F: '[degF]' };
/** Of a Xiaomi scale; a jin (catty) is half a kilogram. */
const WEIGHT: Readonly<Record<string, readonly [unit: string, factor: number]>> = {
  kg: ['kg', 1],
  lbs: ['[lb_av]', 1],
  lb: ['[lb_av]', 1],
  jin: ['kg', 0.5],
};

/**
 * Tasmota: `tele/<topic>/SENSOR` with one object per sensor, `stat/<topic>/STATUS10` (the same, asked for) and the will
 * `tele/<topic>/LWT`. Sensors with a `mac` are Bluetooth devices of their own. `Time` is local; `TempUnit` holds for
 * the whole message.
 */
export const codec: Codec = {
  name: 'tasmota',
  configSchema: z.object({ timezone: z.string().optional(), role: z.enum(['sos_button']).optional() }),
  examples: [
    {
      topic: 'tele/chambre7/SENSOR',
      payload: '{"Time":"2026-11-23T08:59:00","AM2301":{"Temperature":68,"Humidity":47.1},"TempUnit":"F"}',
      gives: { ambient_temperature: 20, ambient_humidity: 47.1 },
    },
    {
      topic: 'tele/tasmota_48D204/SENSOR',
      payload:
        '{"Time":"2026-11-23T08:59:00","MISCALEV1568c44":{"mac":"70879e568c44","weight_removed":0,"stabilized":1,"weight_unit":"kg","weight":64.2}}',
      gives: { body_weight: 64.2 },
    },
    { topic: 'tele/chambre7/LWT', payload: 'Offline', gives: { device_online: false } },
  ],
  address(topic) {
    const match = READ.exec(topic);
    if (match) return { identifier: (match[1] ?? match[3]) as string };
    return OTHER.test(topic) ? 'ignored' : null;
  },
  decode(input) {
    const text = textOf(input.payload);
    if (input.topic.endsWith('/LWT')) return availability(text);
    const message = parseJson(text);
    const status = isObject(message) && input.topic.endsWith('/STATUS10') ? field(message, 'StatusSNS') : message;
    if (!isObject(status))
      throw new DecodeError('malformed_payload', `expected a JSON object, came ${typeName(status)}`);
    return sensors(status, input);
  },
};

const availability = (text: string): DecodedMessage => {
  if (text !== 'Online' && text !== 'Offline')
    throw new DecodeError('malformed_payload', 'LWT: expected Online or Offline');
  return online(text === 'Online');
};

const sensors = (status: JsonObject, input: CodecInput): DecodedMessage => {
  const collector = createCollector();
  const time = field(status, 'Time');
  const around = at(typeof time === 'string' ? parseIsoTime(time) : null);
  const scale = field(status, 'TempUnit') ?? 'C';
  const unit = typeof scale === 'string' && Object.hasOwn(TEMPERATURE, scale) ? TEMPERATURE[scale] : undefined;
  for (const [name, sensor] of Object.entries(status)) {
    // The chip's own temperature.
    if (!isObject(sensor) || name === 'ESP32') continue;
    const mac = field(sensor, 'mac');
    const device: Address | null =
      typeof mac === 'string' && mac !== '' ? { identifier: mac, aliases: [...macSpellings(mac), name] } : null;
    const own = { ...around, ...(device ? { device } : {}) };
    if (name.startsWith('MISCALE')) readScale(sensor, collector, own);
    else readSensor(sensor, collector, own, unit);
    const button = field(sensor, 'Button');
    const { role } = device ? (input.configOf?.(device) ?? {}) : input.config;
    if (typeof button === 'number' && button > 0 && role === 'sos_button') collector.add('sos', true, '1', own);
  }
  return collector.message();
};

const readSensor = (
  sensor: JsonObject,
  collector: Collector,
  around: Circumstances,
  temperatureUnit: string | undefined,
): void => {
  const temperature = field(sensor, 'Temperature');
  if (temperatureUnit !== undefined)
    collector.number('ambient_temperature', temperature, { ...around, unit: temperatureUnit });
  else if (temperature !== undefined && temperature !== null)
    collector.refuse('Temperature', 'unit_mismatch', 'expected a TempUnit of C or F');
  collector.number('ambient_humidity', field(sensor, 'Humidity'), around);
  collector.number('co2', field(sensor, 'CarbonDioxide'), around);
  collector.boolean('motion', field(sensor, 'Motion'), around);
  // Only Bluetooth sensors give a percentage.
  if (around.device) collector.number('battery_level', field(sensor, 'Battery'), around);
};

const readScale = (sensor: JsonObject, collector: Collector, around: Circumstances): void => {
  if (field(sensor, 'stabilized') !== 1 || field(sensor, 'weight_removed') === 1) return;
  const name = field(sensor, 'weight_unit');
  const unit = typeof name === 'string' && Object.hasOwn(WEIGHT, name) ? WEIGHT[name] : undefined;
  const weight = field(sensor, 'weight');
  if (!unit) return collector.refuse('weight', 'unit_mismatch', `expected one of ${Object.keys(WEIGHT).join(', ')}`);
  collector.number('body_weight', typeof weight === 'number' ? weight * unit[1] : weight, { ...around, unit: unit[0] });
};
