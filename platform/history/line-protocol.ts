import { metricDefinition } from '../../domain/metrics.js';
import type { Reading } from '../../domain/reading.js';
import { discriminator } from './discriminator.js';

/** Numbers and booleans never share a field: InfluxDB fixes a field's type at its first point. */
export const NUMBER_MEASUREMENT = 'reading';
export const EVENT_MEASUREMENT = 'event';

export type Line = { readonly line: string } | { readonly refused: string };

/** InfluxDB's largest time is 2262-04-11; nothing we accept comes near, but a wrong one would wrap silently. */
const LAST_MILLIS = 9_223_372_036_854;
const NANOS_PER_MILLI = 1_000_000;

const NEEDS_ESCAPE = /[,= ]/;
// eslint-disable-next-line no-control-regex -- they are exactly what must not reach the line: a newline starts a point
const CONTROL = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/g;

/** The text as it is stored in a tag: control characters dropped. Queries must look for this form. */
export const tagText = (value: string): string => value.replace(CONTROL, '');

/**
 * `key=value` escaped for line protocol, or null when InfluxDB cannot hold it: it refuses empty tags, and there is
 * no escape for a trailing backslash, which would swallow the separator.
 */
const tag = (key: string, value: string): string | null => {
  const text = tagText(value);
  if (text === '' || text.endsWith('\\')) return null;
  return `${key}=${NEEDS_ESCAPE.test(text) ? text.replace(/[,= ]/g, '\\$&') : text}`;
};

/** Measurement and tags, in the order of their keys (InfluxDB sorts them otherwise); null when a tag is impossible. */
const seriesOf = (reading: Reading, measurement: string): string | null => {
  const tags = [
    tag('device', reading.device),
    tag('metric', reading.metric),
    ...(reading.resident === null ? [] : [tag('resident', reading.resident)]),
    ...(reading.room === null ? [] : [tag('room', reading.room)]),
    tag('site', reading.site),
  ];
  return tags.includes(null) ? null : `${measurement},${tags.join(',')}`;
};

const fieldsOf = (value: string, { quality, late, receivedAt }: Reading): string =>
  `value=${value},quality="${quality}",late=${late},received=${Math.trunc(receivedAt)}i`;

/**
 * The time in nanoseconds: the reading's millisecond, then six digits of its discriminator. They make the point's
 * identity (series and time) the reading's identity; every window and every comparison in milliseconds is unchanged.
 */
export const pointTime = ({ time, id }: Pick<Reading, 'time' | 'id'>): string =>
  `${time}${String(discriminator(id) % NANOS_PER_MILLI).padStart(6, '0')}`;

/**
 * One reading as one line of InfluxDB line protocol, or why it can never be one (a stable code without values).
 * Numbers are always written as floats (`37` and `37.2` are the same type), booleans as booleans.
 */
export const toLine = (reading: Reading): Line => {
  const { value, metric, time } = reading;
  const { kind } = metricDefinition(metric);
  if (typeof value !== kind) return { refused: 'history.wrong-type' };
  if (typeof value === 'number' && !Number.isFinite(value)) return { refused: 'history.not-a-number' };
  if (!Number.isInteger(time) || time < 0 || time > LAST_MILLIS) return { refused: 'history.time-out-of-range' };
  const series = seriesOf(reading, kind === 'number' ? NUMBER_MEASUREMENT : EVENT_MEASUREMENT);
  if (series === null) return { refused: 'history.invalid-tag' };
  return { line: `${series} ${fieldsOf(String(value), reading)} ${pointTime(reading)}` };
};
