import { DecodeError, type QuarantineReason } from '../domain/errors.js';
import { metricDefinition, type Metric, type NumericMetric } from '../domain/metrics.js';
import type { OriginalValue, Quality } from '../domain/reading.js';
import { LATE_AFTER, type EpochMillis } from '../domain/time.js';
import { convert } from '../domain/units.js';
import { resolveDeviceTime } from './clock.js';
import type { CodecInput, DecodedMessage, DecodedValue, DeviceTime } from './codecs/codec.js';

export interface NormalisedValue {
  readonly metric: Metric;
  /** In the metric's canonical unit, not rounded. */
  readonly value: number | boolean;
  readonly time: EpochMillis;
  /** What the frame says of itself (corpus rule 4). */
  readonly quality: Quality;
  /** Inside the hard limits but outside the plausible range of the metric table: ask for a repeat. */
  readonly suspect: boolean;
  /** Older than `LATE_AFTER` at reception: stored and shown, never rings. */
  readonly late: boolean;
  /** Whether `time` is the device's own or the reception. */
  readonly timeFrom: 'device' | 'reception';
  /** The device gave a time and its clock is wrong. */
  readonly clockReplaced: boolean;
  /** What the device said, when it was converted and others want to see it. */
  readonly original?: OriginalValue;
}

/** `retained`: of unknown age (corpus rule 6); not a fault, so nothing to quarantine. */
export type DropReason = QuarantineReason | 'retained';

export interface DroppedValue {
  readonly metric: string;
  readonly reason: DropReason;
  /** Carries no value: it may be logged and shown. */
  readonly detail: string;
}

export interface Normalised {
  readonly values: readonly NormalisedValue[];
  readonly dropped: readonly DroppedValue[];
}

export interface NormaliseInput {
  readonly message: DecodedMessage;
  readonly input: CodecInput;
  /** IANA zone of the site; the device's own `config.timezone` goes first. */
  readonly timezone: string;
}

/**
 * Decoded values → canonical values: UCUM units, clock rule, retained rule, hard limits, late flag (corpus rules 2–6).
 * Pure and total: what cannot be a reading is in `dropped` with its reason, and never throws.
 */
export const normalise = ({ message, input, timezone }: NormaliseInput): Normalised => {
  const values: NormalisedValue[] = [];
  const dropped: DroppedValue[] = message.rejected ? [...message.rejected] : [];
  const timeOf = clockOf(input, timezone);
  for (const decoded of message.values) {
    const canonical = canonicalValue(decoded);
    if (typeof canonical === 'object') {
      dropped.push(canonical);
      continue;
    }
    // A pulse that is not irregular is no finding (corpus, metric table).
    if (decoded.metric === 'irregular_pulse' && canonical === false) continue;
    const own = decoded.time === undefined ? null : timeOf(decoded.time);
    if (input.retained && own === null && message.retainedIsCurrent !== true) {
      const detail = `${decoded.metric}: retained without a usable time of its own`;
      dropped.push({ metric: decoded.metric, reason: 'retained', detail });
      continue;
    }
    const time = own ?? input.receivedAt;
    values.push({
      metric: decoded.metric,
      value: canonical,
      time,
      quality: decoded.quality ?? 'good',
      suspect: isSuspect(decoded.metric, canonical),
      late: input.receivedAt - time > LATE_AFTER,
      timeFrom: own === null ? 'reception' : 'device',
      clockReplaced: decoded.time !== undefined && own === null,
      ...originalOf(decoded),
    });
  }
  return { values, dropped };
};

/** Values of one frame share one time object: the zone is resolved once per frame. */
const clockOf = (input: CodecInput, timezone: string): ((time: DeviceTime) => EpochMillis | null) => {
  const context = { receivedAt: input.receivedAt, timezone: input.config.timezone ?? timezone };
  let last: DeviceTime | undefined;
  let resolved: EpochMillis | null = null;
  return (time) => {
    if (time !== last) resolved = resolveDeviceTime(time, context);
    last = time;
    return resolved;
  };
};

const canonicalValue = ({ metric, value, unit }: DecodedValue): number | boolean | DroppedValue => {
  const definition = metricDefinition(metric);
  if (typeof value !== definition.kind) {
    const detail = `${metric}: expected a ${definition.kind}, came a ${typeof value}`;
    return { metric, reason: 'invalid_value', detail };
  }
  if (definition.kind === 'boolean' || typeof value === 'boolean')
    return unit === '1' ? value : { metric, reason: 'unit_mismatch', detail: `${metric}: expected the unit 1` };
  try {
    const canonical = convert(metric, value, unit);
    return withinLimits(definition, canonical)
      ? canonical
      : {
          metric,
          reason: 'out_of_limits',
          detail: `${metric}: outside ${definition.limits.join('–')} ${definition.unit}`,
        };
  } catch (error) {
    if (error instanceof DecodeError) return { metric, reason: error.reason, detail: error.message };
    throw error;
  }
};

const withinLimits = ({ limits: [low, high] }: NumericMetric, value: number): boolean => value >= low && value <= high;

/** ANS asks for the original of a converted glucose; no other metric has a place for it. */
const originalOf = ({ metric, value, unit }: DecodedValue): { original?: OriginalValue } =>
  metric === 'glucose' && typeof value === 'number' && unit !== metricDefinition(metric).unit
    ? { original: { value, unit } }
    : {};

const isSuspect = (metric: Metric, value: number | boolean): boolean => {
  const definition = metricDefinition(metric);
  if (definition.kind === 'boolean' || typeof value === 'boolean' || !definition.suspect) return false;
  const [low, high] = definition.suspect;
  return value < low || value > high;
};
