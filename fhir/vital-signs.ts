import type { Metric } from '../domain/metrics.js';

interface VitalSign {
  /** Last part of the R4 profile's URL. */
  readonly profile: string;
  /** Further LOINC codes that servers search by, after the profile's own one (the metric table's). */
  readonly alsoLoinc?: readonly string[];
  /** When R4 fixes another unit than ours. */
  readonly convert?: { readonly unit: string; readonly factor: number };
}

/** Metrics that are one R4 vital-signs Observation each (FHIR R4 observation-vitalsigns.html). */
export const VITAL_SIGNS = {
  heart_rate: { profile: 'heartrate' },
  pulse_rate: { profile: 'heartrate' },
  spo2: { profile: 'oxygensat', alsoLoinc: ['59408-5'] },
  respiratory_rate: { profile: 'resprate' },
  body_temperature: { profile: 'bodytemp' },
  body_weight: { profile: 'bodyweight' },
  body_height: { profile: 'bodyheight', convert: { unit: 'cm', factor: 100 } },
  bmi: { profile: 'bmi' },
  glucose: { profile: 'vitalsigns' },
} as const satisfies Partial<Record<Metric, VitalSign>>;
export type VitalSignMetric = keyof typeof VITAL_SIGNS;

export const isVitalSign = (metric: Metric): metric is VitalSignMetric => Object.hasOwn(VITAL_SIGNS, metric);
export const vitalSign = (metric: VitalSignMetric): VitalSign => VITAL_SIGNS[metric];

/** Components of the blood pressure panel; R4 `bp` requires the first two, value or reason of absence. */
export const PRESSURES = ['systolic_bp', 'diastolic_bp', 'mean_bp'] as const satisfies readonly Metric[];
export type Pressure = (typeof PRESSURES)[number];
export const isPressure = (metric: Metric): metric is Pressure => (PRESSURES as readonly Metric[]).includes(metric);
export const REQUIRED_PRESSURES: readonly Pressure[] = ['systolic_bp', 'diastolic_bp'];
export const BLOOD_PRESSURE = { profile: 'bp', loinc: '85354-9', mdc: 150020, text: 'Pression artérielle' } as const;

/** Units as people write them; the UCUM code goes beside. */
const DISPLAY: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', Cel: '°C', 'kg/m2': 'kg/m²' };
export const unitDisplay = (ucum: string): string => DISPLAY[ucum] ?? ucum;
