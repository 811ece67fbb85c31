import type { EffectiveThresholds, Limit, ThresholdMetric } from './thresholds.js';

/** How far a resident's own critical limits may be moved by one person. Ours, to be approved by the physician. */
const FLOORS: Readonly<Partial<Record<ThresholdMetric, { readonly low?: number; readonly high?: number }>>> = {
  spo2: { low: 85 },
  pulse_rate: { low: 36, high: 150 },
  heart_rate: { low: 36, high: 150 },
  respiratory_rate: { low: 7, high: 32 },
  body_temperature: { low: 34, high: 40 },
  systolic_bp: { low: 80, high: 230 },
  glucose: { low: 50, high: 450 },
};
/** NEWS2 scale 2 begins to score three points at 83 %. */
const SCALE_2_SPO2 = 82;

/** A limit that lets through what another person should have agreed to. */
export interface UnsafeLimit {
  readonly metric: ThresholdMetric;
  readonly limit: Limit;
  readonly value: number | null;
  /** The furthest value that needs no second person. */
  readonly floor: number;
}

/** Critical limits that are switched off or moved beyond their floor. */
export const unsafeLimits = (
  effective: EffectiveThresholds,
  { spo2Scale }: { readonly spo2Scale: 1 | 2 },
): UnsafeLimit[] =>
  (Object.entries(FLOORS) as [ThresholdMetric, { low?: number; high?: number }][]).flatMap(
    ([metric, { low, high }]) => {
      const { criticalLow, criticalHigh } = effective[metric];
      const lowest = metric === 'spo2' && spo2Scale === 2 ? SCALE_2_SPO2 : low;
      const found: UnsafeLimit[] = [];
      if (lowest !== undefined && (criticalLow.value === null || criticalLow.value < lowest))
        found.push({ metric, limit: 'criticalLow', value: criticalLow.value, floor: lowest });
      if (high !== undefined && (criticalHigh.value === null || criticalHigh.value > high))
        found.push({ metric, limit: 'criticalHigh', value: criticalHigh.value, floor: high });
      return found;
    },
  );
