import type { CodeableConcept, ObservationReferenceRange, Quantity } from 'fhir/r4.js';
import type { Metric } from '../domain/metrics.js';
import type { Limit } from '../domain/thresholds.js';
import { INTERPRETATION, RANGE_MEANING } from './systems.js';

/** The alert limits in force for a person, in canonical units. */
export type Limits = Readonly<Partial<Record<Metric, Readonly<Record<Limit, number | null>>>>>;

const coded = (code: string): CodeableConcept => ({ coding: [{ system: INTERPRETATION, code }] });

/** H, HH, L or LL against the limits in force; nothing inside them: they are limits of alert, not of normality. */
export const interpretationOf = (
  value: number,
  limits: Readonly<Record<Limit, number | null>> | undefined,
): CodeableConcept[] => {
  if (!limits) return [];
  const { criticalLow, low, high, criticalHigh } = limits;
  if (criticalLow !== null && value < criticalLow) return [coded('LL')];
  if (criticalHigh !== null && value > criticalHigh) return [coded('HH')];
  if (low !== null && value < low) return [coded('L')];
  return high !== null && value > high ? [coded('H')] : [];
};

/** One range (ANS glucose allows no more): where the person's care team wants to be told. */
export const referenceRangeOf = (
  limits: Readonly<Record<Limit, number | null>> | undefined,
  quantity: (value: number) => Quantity,
): ObservationReferenceRange[] => {
  if (!limits) return [];
  const low = limits.low ?? limits.criticalLow;
  const high = limits.high ?? limits.criticalHigh;
  if (low === null && high === null) return [];
  return [
    {
      ...(low === null ? {} : { low: quantity(low) }),
      ...(high === null ? {} : { high: quantity(high) }),
      type: { coding: [{ system: RANGE_MEANING, code: 'treatment' }] },
      text: "Seuils d'alerte en vigueur",
    },
  ];
};
