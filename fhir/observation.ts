import type { CodeableConcept, Coding, Extension, Observation, ObservationComponent, Quantity } from 'fhir/r4.js';
import { metricDefinition, type Metric } from '../domain/metrics.js';
import type { Reading } from '../domain/reading.js';
import { toIso } from '../domain/time.js';
import type { ObservationContext } from './context.js';
import { interpretationOf, referenceRangeOf } from './limits.js';
import {
  DATA_ABSENT_REASON,
  GATEWAY_DEVICE,
  LOINC,
  MDC,
  MEASUREMENT_STATUS,
  OBSERVATION_CATEGORY,
  SNOMED,
  UCUM,
  ansProfile,
  identifierOf,
  localCoding,
  sourceUri,
} from './systems.js';
import {
  BLOOD_PRESSURE,
  FHIR_TABLE,
  PRESSURES,
  REQUIRED_PRESSURES,
  categoryOf,
  isPressure,
  profileOf,
  unitOf,
  type Pressure,
} from './table.js';

export type { ObservationContext } from './context.js';

/** One resource and the readings it carries; the first is the one it is found by. */
export interface Mapped<R extends Reading = Reading> {
  readonly resource: Observation;
  readonly readings: readonly R[];
}

/** What describes a person needs a person; everything else has a place or at least the device to be about. */
export const isMapped = ({ metric, resident }: Reading): boolean =>
  resident !== null || metricDefinition(metric).about !== 'person';

/** LOINC first (R4 "magic" code), then SNOMED CT, IEEE 11073, what ANS adds, and ours where LOINC has none. */
export const codeOf = (metric: Metric, { sourceOid, profileSet }: ObservationContext): CodeableConcept => {
  const { loinc, mdc, label } = metricDefinition(metric);
  const { alsoLoinc = [], snomed, ans } = FHIR_TABLE[metric];
  const coding: Coding[] = [...(loinc === undefined ? [] : [loinc]), ...alsoLoinc].map((code) => ({
    system: LOINC,
    code,
  }));
  if (snomed !== undefined) coding.push({ system: SNOMED, code: snomed });
  if (mdc !== undefined) coding.push({ system: MDC, code: String(mdc) });
  if (profileSet === 'ans' && ans?.coding) coding.push(ans.coding);
  if (loinc === undefined) coding.push(localCoding(sourceOid, 'metric', metric));
  return { coding, text: label.fr };
};

/** Twelve digits: what a binary factor adds behind them (1.7 m × 100) was never measured. */
const scaled = (value: number, factor: number): number =>
  factor === 1 ? value : Number((value * factor).toPrecision(12));

export const quantityOf = (metric: Metric, value: number): Quantity => {
  const { code, display, factor } = unitOf(metric);
  return { value: scaled(value, factor), unit: display, system: UCUM, code };
};

const categoriesOf = (metric: Metric, { sourceOid, profileSet }: ObservationContext): CodeableConcept[] => {
  const r4 = categoryOf(metric, profileSet);
  const { local } = FHIR_TABLE[metric];
  return [
    ...(r4 === undefined ? [] : [{ coding: [{ system: OBSERVATION_CATEGORY, code: r4 }] }]),
    ...(local === undefined ? [] : [{ coding: [localCoding(sourceOid, 'category', local)] }]),
  ];
};

/** ANS `mesures-original-data`: what the device said before it was converted. */
const originalData = ({ metric, original }: Reading, context: ObservationContext): Extension[] => {
  if (!original || metric !== 'glucose' || context.profileSet !== 'ans') return [];
  const { value, unit } = original;
  return [
    {
      url: ansProfile('original-data'),
      extension: [
        { url: 'has-been-converted', valueBoolean: true },
        { url: 'original-code', valueCodeableConcept: codeOf(metric, context) },
        { url: 'original-value', valueQuantity: { value, unit, system: UCUM, code: unit } },
      ],
    },
  ];
};

/** Leaves an empty list out: FHIR has no empty arrays. */
const unlessEmpty = <Key extends string, Item>(key: Key, list: readonly Item[]): Partial<Record<Key, Item[]>> =>
  list.length === 0 ? {} : ({ [key]: [...list] } as Record<Key, Item[]>);

/** What every Observation of one measurement has in common. */
const frame = (readings: readonly Reading[], context: ObservationContext): Omit<Observation, 'code'> => {
  const [first] = readings as readonly [Reading, ...Reading[]];
  const profile = profileOf(first.metric, context.profileSet);
  const extension = [
    ...(context.gateway ? [{ url: GATEWAY_DEVICE, valueReference: context.gateway }] : []),
    ...originalData(first, context),
  ];
  return {
    resourceType: 'Observation',
    meta: { source: sourceUri(context.sourceOid), ...(profile === undefined ? {} : { profile: [profile] }) },
    ...(extension.length === 0 ? {} : { extension }),
    identifier: readings.map(({ id }) => identifierOf(context.sourceOid, 'reading', id)),
    status: 'final',
    category: categoriesOf(first.metric, context),
    subject: context.subjectOf(first),
    effectiveDateTime: toIso(first.time),
    issued: toIso(Math.max(...readings.map(({ receivedAt }) => receivedAt))),
    ...unlessEmpty('performer', context.performerOf?.(first) ?? []),
    device: context.deviceOf(first.device),
  };
};

const questionable = (readings: readonly Reading[]): CodeableConcept[] =>
  readings.some(({ quality }) => quality === 'questionable')
    ? [{ coding: [{ system: MEASUREMENT_STATUS, code: 'questionable' }] }]
    : [];

const limitsOf = ({ metric, resident }: Reading, context: ObservationContext) =>
  resident === null ? undefined : context.limitsOf?.(resident)?.[metric];

const single = <R extends Reading>(reading: R, context: ObservationContext): Mapped<R> => {
  const { metric, value } = reading;
  const frameOf = { ...frame([reading], context), code: codeOf(metric, context) };
  if (typeof value === 'boolean')
    return {
      readings: [reading],
      resource: { ...frameOf, valueBoolean: value, ...unlessEmpty('interpretation', questionable([reading])) },
    };
  const limits = limitsOf(reading, context);
  return {
    readings: [reading],
    resource: {
      ...frameOf,
      valueQuantity: quantityOf(metric, value),
      ...unlessEmpty('interpretation', [...interpretationOf(value, limits), ...questionable([reading])]),
      ...unlessEmpty(
        'referenceRange',
        referenceRangeOf(limits, (limit) => quantityOf(metric, limit)),
      ),
    },
  };
};

type Panel<R extends Reading> = Map<Pressure, R>;

const component = (
  pressure: Pressure,
  reading: Reading | undefined,
  context: ObservationContext,
): ObservationComponent => {
  const code = codeOf(pressure, context);
  if (!reading) return { code, dataAbsentReason: { coding: [{ system: DATA_ABSENT_REASON, code: 'unknown' }] } };
  const limits = limitsOf(reading, context);
  return {
    code,
    valueQuantity: quantityOf(pressure, Number(reading.value)),
    ...unlessEmpty('interpretation', interpretationOf(Number(reading.value), limits)),
    ...unlessEmpty(
      'referenceRange',
      referenceRangeOf(limits, (limit) => quantityOf(pressure, limit)),
    ),
  };
};

/** Systolic, diastolic and mean of one cuff measurement are one Observation without a value of its own (R4 `bp`). */
const panelObservation = <R extends Reading>(panel: Panel<R>, context: ObservationContext): Mapped<R> => {
  const readings = PRESSURES.flatMap((pressure) => panel.get(pressure) ?? []);
  const { loinc, mdc, text } = BLOOD_PRESSURE;
  return {
    readings,
    resource: {
      ...frame(readings, context),
      code: {
        coding: [
          { system: LOINC, code: loinc },
          { system: MDC, code: String(mdc) },
        ],
        text,
      },
      ...unlessEmpty('interpretation', questionable(readings)),
      component: PRESSURES.filter((pressure) => panel.has(pressure) || REQUIRED_PRESSURES.includes(pressure)).map(
        (pressure) => component(pressure, panel.get(pressure), context),
      ),
    },
  };
};

/**
 * Readings as Observations. Pressures of the same person, device, message and time become one panel; a person's metric
 * without a person gives nothing. The order is that of each resource's first reading.
 */
export const toObservations = <R extends Reading>(readings: readonly R[], context: ObservationContext): Mapped<R>[] => {
  const panels = new Map<string, Panel<R>[]>();
  const order: (Panel<R> | Mapped<R>)[] = [];
  for (const reading of readings) {
    if (!isMapped(reading)) continue;
    const { metric } = reading;
    if (!isPressure(metric)) {
      order.push(single(reading, context));
      continue;
    }
    const key = JSON.stringify([reading.resident, reading.device, reading.message, reading.time]);
    const open = panels.get(key) ?? [];
    panels.set(key, open);
    let panel = open.find((candidate) => !candidate.has(metric));
    if (!panel) {
      panel = new Map();
      open.push(panel);
      order.push(panel);
    }
    panel.set(metric, reading);
  }
  return order.map((item) => (item instanceof Map ? panelObservation(item, context) : item));
};

/** A value that was corrected: same identity, the new content, `amended` (FHIR R4 observation-status). */
export const amended = (before: Observation, after: Observation): Observation => ({
  ...after,
  ...(before.id === undefined ? {} : { id: before.id }),
  ...(before.identifier === undefined ? {} : { identifier: before.identifier }),
  status: 'amended',
});

/** A value that never should have been: kept, so that whoever read it learns of it. */
export const enteredInError = (observation: Observation): Observation => ({
  ...observation,
  status: 'entered-in-error',
});
