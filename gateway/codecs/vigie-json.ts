import { DecodeError, type QuarantineReason } from '../../domain/errors.js';
import { isMetric, metricDefinition } from '../../domain/metrics.js';
import { convert } from '../../domain/units.js';
import type { Codec, DecodedMessage, DecodedValue, DeviceTime, RejectedValue } from './codec.js';
import { parseIsoTime } from './support/iso-time.js';
import { field, isObject, parseJson, textOf, typeName, type JsonObject } from './support/json.js';

/** The ids have the form of `domain/site.ts` `idSchema`. */
const TOPIC = /^vigie\/v1\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/([A-Za-z0-9][A-Za-z0-9._-]{0,63})\/(?:readings|events)$/;

/**
 * Vigie's own JSON (contract §4): `{ seq?, time?, readings: [{ metric, value, unit, time? }] }`. The unit may be left
 * out for booleans only: a number without a unit is not a measurement. What is wrong with the envelope refuses the
 * message; what is wrong with one reading refuses that reading, and the message when no other is left.
 */
export const codec: Codec = {
  name: 'vigie-json',
  examples: [
    {
      topic: 'vigie/v1/les-mirabelles/ox-0412/readings',
      payload:
        '{"seq":1042,"time":"2026-11-23T07:58:12.000Z","readings":[{"metric":"spo2","value":91,"unit":"%"},{"metric":"body_temperature","value":98.6,"unit":"[degF]"}]}',
      gives: { spo2: 91, body_temperature: 37 },
    },
    {
      topic: 'vigie/v1/les-mirabelles/pendant-7/events',
      payload: '{"readings":[{"metric":"sos","value":true,"unit":"1"}]}',
      gives: { sos: true },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    return match ? { identifier: match[2] as string, site: match[1] as string } : null;
  },
  decode({ payload }) {
    const message = parseJson(textOf(payload));
    if (!isObject(message)) throw malformed('a JSON object', message);
    const readings = field(message, 'readings');
    if (!Array.isArray(readings) || readings.length === 0) throw malformed('a non-empty array "readings"', readings);
    const sequence = sequenceOf(message);
    const time = timeOf(message);
    const values: DecodedValue[] = [];
    const rejected: RejectedValue[] = [];
    for (const reading of readings as unknown[]) {
      const result = valueOf(reading, time);
      if ('reason' in result) rejected.push(result);
      else values.push(result);
    }
    const first = rejected[0];
    if (values.length === 0 && first) throw new DecodeError(first.reason, first.detail);
    return {
      values,
      ...(first ? { rejected } : {}),
      ...(sequence === undefined ? {} : { sequence: sequenceKey(sequence, values) }),
    } satisfies DecodedMessage;
  },
};

const malformed = (expected: string, came: unknown): DecodeError =>
  new DecodeError('malformed_payload', `expected ${expected}, came ${typeName(came)}`);

const sequenceOf = (message: JsonObject): number | undefined => {
  const sequence = field(message, 'seq');
  if (sequence === undefined) return undefined;
  if (!Number.isSafeInteger(sequence) || (sequence as number) < 0)
    throw malformed('"seq" to be a whole number of at least 0', sequence);
  return sequence as number;
};

/** Counters restart with the device: the same number is the same message only if it says the same thing. */
const sequenceKey = (sequence: number, values: readonly DecodedValue[]): string => {
  let key = String(sequence);
  for (const { metric, value } of values) key += ` ${metric}=${value}`;
  return key;
};

const timeOf = (object: JsonObject): DeviceTime | undefined => {
  const text = field(object, 'time');
  if (text === undefined) return undefined;
  const time = typeof text === 'string' ? parseIsoTime(text) : null;
  if (!time) throw malformed('"time" as ISO 8601, e.g. 2026-11-23T07:58:12Z', text);
  return time;
};

const reject = (metric: unknown, reason: QuarantineReason, detail: string): RejectedValue => ({
  metric: typeof metric === 'string' ? metric.slice(0, 64) : '',
  reason,
  detail,
});

const valueOf = (reading: unknown, messageTime: DeviceTime | undefined): DecodedValue | RejectedValue => {
  if (!isObject(reading))
    return reject('', 'malformed_payload', `expected a reading object, came ${typeName(reading)}`);
  const metric = field(reading, 'metric');
  const value = field(reading, 'value');
  if (typeof metric !== 'string')
    return reject(metric, 'malformed_payload', `expected "metric" to be a name, came ${typeName(metric)}`);
  if (!isMetric(metric))
    return reject(metric, 'unknown_metric', `unknown metric ${JSON.stringify(metric.slice(0, 64))}`);
  const { kind } = metricDefinition(metric);
  if (typeof value !== kind || (kind === 'number' && !Number.isFinite(value)))
    return reject(
      metric,
      'invalid_value',
      `${metric}: expected a ${kind === 'number' ? 'finite number' : kind}, came ${typeName(value)}`,
    );
  try {
    const unit = unitOf(reading, kind);
    if (kind === 'number') convert(metric, 0, unit);
    else if (unit !== '1') return reject(metric, 'unit_mismatch', `${metric}: expected the unit 1`);
    const time = timeOf(reading) ?? messageTime;
    return { metric, value: value as number | boolean, unit, ...(time ? { time } : {}) };
  } catch (error) {
    if (error instanceof DecodeError) return reject(metric, error.reason, error.message);
    throw error;
  }
};

const unitOf = (reading: JsonObject, kind: 'number' | 'boolean'): string => {
  const unit = field(reading, 'unit');
  if (typeof unit === 'string') return unit;
  if (unit === undefined && kind === 'boolean') return '1';
  throw new DecodeError('unit_mismatch', `expected "unit" to be a UCUM code, came ${typeName(unit)}`);
};
