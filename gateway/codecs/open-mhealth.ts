import { z } from 'zod';
import type { Metric } from '../../domain/metrics.js';
import { DecodeError } from '../../domain/errors.js';
import type { Codec, DeviceTime } from './codec.js';
import { at, createCollector } from './support/collector.js';
import { parseIsoTime } from './support/iso-time.js';
import { field, isObject, parseJson, textOf, typeName, type JsonObject } from './support/json.js';

const TOPIC = /^omh\/([^/]+)$/;

const RATE = { 'beats/min': '/min', bpm: '/min', 'breaths/min': '/min', '/min': '/min' };
/** Property of the schema → metric and its unit values. */
const MEASURES: Readonly<Record<string, readonly [Metric, Readonly<Record<string, string>>]>> = {
  systolic_blood_pressure: ['systolic_bp', { mmHg: 'mm[Hg]' }],
  diastolic_blood_pressure: ['diastolic_bp', { mmHg: 'mm[Hg]' }],
  heart_rate: ['heart_rate', RATE],
  respiratory_rate: ['respiratory_rate', RATE],
  oxygen_saturation: ['spo2', { '%': '%' }],
  blood_glucose: ['glucose', { 'mg/dL': 'mg/dL', 'mmol/L': 'mmol/L' }],
  body_temperature: ['body_temperature', { C: 'Cel', F: '[degF]', K: 'K' }],
  body_weight: ['body_weight', { kg: 'kg', g: 'g', lb: '[lb_av]' }],
  body_height: ['body_height', { m: 'm', cm: 'cm', mm: 'mm', in: '[in_i]', ft: '[ft_i]' }],
  body_mass_index: ['bmi', { 'kg/m2': 'kg/m2' }],
  body_fat_percentage: ['body_fat', { '%': '%' }],
};

/**
 * Open mHealth data points (IEEE 1752.1 style) on `omh/<device>`: the body of a schema, or header and body. An
 * aggregate (`descriptive_statistic`) is not a measurement. Step counts of an interval are not a day's steps: not read.
 */
export const codec: Codec = {
  name: 'open-mhealth',
  configSchema: z.object({ timezone: z.string().optional() }),
  examples: [
    {
      topic: 'omh/tensio-12',
      payload:
        '{"systolic_blood_pressure":{"value":115,"unit":"mmHg"},"diastolic_blood_pressure":{"value":60,"unit":"mmHg"},"effective_time_frame":{"date_time":"2026-11-23T08:55:00+01:00"}}',
      gives: { systolic_bp: 115, diastolic_bp: 60 },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    return match ? { identifier: match[1] as string } : null;
  },
  decode(input) {
    const message = parseJson(textOf(input.payload));
    if (!isObject(message))
      throw new DecodeError('malformed_payload', `expected a JSON object, came ${typeName(message)}`);
    const inner = field(message, 'body');
    const body = isObject(inner) ? inner : message;
    const collector = createCollector();
    if (field(body, 'descriptive_statistic') !== undefined) return collector.message();
    const around = at(timeOf(body));
    for (const [name, [metric, units]] of Object.entries(MEASURES)) {
      const measure = field(body, name);
      if (!isObject(measure)) continue;
      const unit = field(measure, 'unit');
      if (typeof unit === 'string' && Object.hasOwn(units, unit))
        collector.number(metric, field(measure, 'value'), { ...around, unit: units[unit]! });
      else collector.refuse(name, 'unit_mismatch', `expected a unit among ${Object.keys(units).join(', ')}`);
    }
    return collector.message();
  },
};

/** `effective_time_frame`: the instant, or the end of the interval. */
const timeOf = (body: JsonObject): DeviceTime | null => {
  const frame = field(body, 'effective_time_frame');
  if (!isObject(frame)) return null;
  const interval = field(frame, 'time_interval');
  const text = field(frame, 'date_time') ?? (isObject(interval) ? field(interval, 'end_date_time') : undefined);
  return typeof text === 'string' ? parseIsoTime(text) : null;
};
