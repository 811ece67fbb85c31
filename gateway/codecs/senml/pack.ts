import { DecodeError } from '../../../domain/errors.js';
import { field, isObject, typeName, type JsonObject } from '../support/json.js';

/** RFC 8428 §4.4: the version this is an implementation of. */
const VERSION = 10;
/** §4.5.3: a smaller time is relative to now. */
const ABSOLUTE_FROM = 2 ** 28;
const LABELS = new Set(['bn', 'bt', 'bu', 'bv', 'bs', 'bver', 'n', 'u', 'v', 'vs', 'vb', 'vd', 's', 't', 'ut']);
const VALUES = ['v', 'vs', 'vb', 'vd'] as const;

/** A resolved record (§4.6) that has a value. */
export interface SenmlRecord {
  readonly name: string;
  readonly unit: string | null;
  /** Seconds since 1970, or before (negative) or after the reception; null = now. */
  readonly time: { readonly kind: 'absolute' | 'relative'; readonly seconds: number } | null;
  readonly value: unknown;
}

/** Where a record is wrong. The pack goes on: an SOS must not be lost with a malformed temperature. */
export interface SenmlFault {
  readonly detail: string;
}

const malformed = (detail: string): DecodeError => new DecodeError('malformed_payload', detail);

const numberOf = (record: JsonObject, label: string, fallback: number): number => {
  const value = field(record, label);
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw malformed(`${label}: expected a number, came ${typeName(value)}`);
  return value;
};
const textOf = <Fallback>(record: JsonObject, label: string, fallback: Fallback): string | Fallback => {
  const value = field(record, label);
  if (value === undefined) return fallback;
  if (typeof value !== 'string') throw malformed(`${label}: expected a text, came ${typeName(value)}`);
  return value;
};

/**
 * Resolves the base fields of a pack. Throws `DecodeError` `malformed_payload` where the whole pack must be discarded:
 * it is not an array of records, of a later version, has a label that must be understood (§4.4), or a base field
 * that the records after it would inherit is wrong.
 */
export const resolvePack = (pack: unknown): { records: readonly SenmlRecord[]; faults: readonly SenmlFault[] } => {
  if (!Array.isArray(pack)) throw malformed(`expected an array of SenML records, came ${typeName(pack)}`);
  const base = { name: '', time: 0, hasTime: false, unit: null as string | null, value: 0 };
  const records: SenmlRecord[] = [];
  const faults: SenmlFault[] = [];
  for (const record of pack as readonly unknown[]) {
    if (!isObject(record)) throw malformed(`expected a SenML record, came ${typeName(record)}`);
    mustUnderstand(record);
    base.name = textOf(record, 'bn', base.name);
    base.hasTime ||= field(record, 'bt') !== undefined;
    base.time = numberOf(record, 'bt', base.time);
    base.unit = textOf(record, 'bu', base.unit);
    base.value = numberOf(record, 'bv', base.value);
    const present = VALUES.filter((label) => field(record, label) !== undefined);
    if (present.length === 0) {
      // Base fields alone, or a sum: neither is a measurement.
      if (field(record, 'n') !== undefined && field(record, 's') === undefined)
        faults.push({ detail: 'expected a value' });
      continue;
    }
    if (present.length > 1) {
      faults.push({ detail: `expected one value, came ${present.join(' and ')}` });
      continue;
    }
    try {
      const seconds = base.time + numberOf(record, 't', 0);
      const timed = base.hasTime || field(record, 't') !== undefined;
      const [label] = present as [(typeof VALUES)[number]];
      records.push({
        name: base.name + textOf(record, 'n', ''),
        unit: textOf(record, 'u', base.unit),
        time: timed ? { kind: seconds >= ABSOLUTE_FROM ? 'absolute' : 'relative', seconds } : null,
        value: label === 'v' ? base.value + numberOf(record, 'v', 0) : field(record, label),
      });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      faults.push({ detail: error.message });
    }
  }
  return { records, faults };
};

const mustUnderstand = (record: JsonObject): void => {
  const version = field(record, 'bver');
  if (version !== undefined && (typeof version !== 'number' || version > VERSION))
    throw malformed(`bver: expected a version up to ${VERSION}`);
  for (const label of Object.keys(record))
    if (label.endsWith('_') && !LABELS.has(label))
      throw malformed('a label that ends in _ is not known, so the pack must be discarded');
};
