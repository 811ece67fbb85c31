import type { CodeableConcept, Coding, Observation, ObservationComponent, Quantity, Reference } from 'fhir/r4.js';
import { metricDefinition, type Metric } from '../domain/metrics.js';
import type { Reading } from '../domain/reading.js';
import { toIso } from '../domain/time.js';
import {
  DATA_ABSENT_REASON,
  LOINC,
  MDC,
  MEASUREMENT_STATUS,
  OBSERVATION_CATEGORY,
  UCUM,
  identifierOf,
  profileUrl,
  sourceUri,
} from './systems.js';
import {
  BLOOD_PRESSURE,
  PRESSURES,
  REQUIRED_PRESSURES,
  isPressure,
  isVitalSign,
  unitDisplay,
  vitalSign,
  type Pressure,
  type VitalSignMetric,
} from './vital-signs.js';

export interface ObservationContext {
  readonly sourceOid: string;
  readonly subjectOf: (resident: string) => Reference;
  readonly deviceOf: (device: string) => Reference;
}

/** One resource and the readings it carries; the first is the one it is found by. */
export interface Mapped<R extends Reading = Reading> {
  readonly resource: Observation;
  readonly readings: readonly R[];
}

/** A reading R4 vital signs have a place for: a number, measured on a person. */
export const isMapped = (reading: Reading): boolean =>
  reading.resident !== null &&
  typeof reading.value === 'number' &&
  (isPressure(reading.metric) || isVitalSign(reading.metric));

/** LOINC first (R4 "magic" code), then the device's own nomenclature, IEEE 11073. */
const concept = (loinc: readonly string[], mdc: number | undefined, text: string): CodeableConcept => ({
  coding: [
    ...loinc.map((code): Coding => ({ system: LOINC, code })),
    ...(mdc === undefined ? [] : [{ system: MDC, code: String(mdc) }]),
  ],
  text,
});

const codeOf = (metric: Metric, alsoLoinc: readonly string[] = []): CodeableConcept => {
  const { loinc, mdc, label } = metricDefinition(metric);
  return concept([...(loinc === undefined ? [] : [loinc]), ...alsoLoinc], mdc, label.fr);
};

const quantity = (value: number, ucum: string): Quantity => ({
  value,
  unit: unitDisplay(ucum),
  system: UCUM,
  code: ucum,
});

/** What every Observation of one measurement has in common. */
const frame = (
  readings: readonly Reading[],
  context: ObservationContext,
  profile: string,
): Omit<Observation, 'code'> => {
  const [first] = readings as readonly [Reading, ...Reading[]];
  return {
    resourceType: 'Observation',
    meta: { source: sourceUri(context.sourceOid), profile: [profileUrl(profile)] },
    identifier: readings.map(({ id }) => identifierOf(context.sourceOid, 'reading', id)),
    status: 'final',
    category: [{ coding: [{ system: OBSERVATION_CATEGORY, code: 'vital-signs' }] }],
    subject: context.subjectOf(first.resident ?? ''),
    effectiveDateTime: toIso(first.time),
    issued: toIso(Math.max(...readings.map(({ receivedAt }) => receivedAt))),
    device: context.deviceOf(first.device),
    ...(readings.some(({ quality }) => quality === 'questionable')
      ? { interpretation: [{ coding: [{ system: MEASUREMENT_STATUS, code: 'questionable' }] }] }
      : {}),
  };
};

const single = <R extends Reading>(reading: R, metric: VitalSignMetric, context: ObservationContext): Mapped<R> => {
  const { profile, alsoLoinc, convert } = vitalSign(metric);
  // Twelve digits: what a binary factor adds behind them (1.7 m × 100) was never measured.
  const value = convert ? Number((Number(reading.value) * convert.factor).toPrecision(12)) : Number(reading.value);
  return {
    readings: [reading],
    resource: {
      ...frame([reading], context, profile),
      code: codeOf(metric, alsoLoinc),
      valueQuantity: quantity(value, convert?.unit ?? metricDefinition(metric).unit),
    },
  };
};

type Panel<R extends Reading> = Map<Pressure, R>;

const component = (pressure: Pressure, reading: Reading | undefined): ObservationComponent => ({
  code: codeOf(pressure),
  ...(reading
    ? { valueQuantity: quantity(Number(reading.value), metricDefinition(pressure).unit) }
    : { dataAbsentReason: { coding: [{ system: DATA_ABSENT_REASON, code: 'unknown' }] } }),
});

/** Systolic, diastolic and mean of one cuff measurement are one Observation without a value of its own (R4 `bp`). */
const panelObservation = <R extends Reading>(panel: Panel<R>, context: ObservationContext): Mapped<R> => {
  const readings = PRESSURES.flatMap((pressure) => panel.get(pressure) ?? []);
  const { profile, loinc, mdc, text } = BLOOD_PRESSURE;
  return {
    readings,
    resource: {
      ...frame(readings, context, profile),
      code: concept([loinc], mdc, text),
      component: PRESSURES.filter((pressure) => panel.has(pressure) || REQUIRED_PRESSURES.includes(pressure)).map(
        (pressure) => component(pressure, panel.get(pressure)),
      ),
    },
  };
};

/**
 * Readings as R4 vital-signs Observations. Pressures of the same person, device, message and time become one panel;
 * metrics without a mapping give nothing. The order is that of each resource's first reading.
 */
export const toObservations = <R extends Reading>(readings: readonly R[], context: ObservationContext): Mapped<R>[] => {
  const panels = new Map<string, Panel<R>[]>();
  const order: (Panel<R> | Mapped<R>)[] = [];
  for (const reading of readings) {
    if (!isMapped(reading)) continue;
    const { metric } = reading;
    if (isVitalSign(metric)) order.push(single(reading, metric, context));
    if (!isPressure(metric)) continue;
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
