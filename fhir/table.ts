import type { Coding } from 'fhir/r4.js';
import { METRIC_NAMES, metricDefinition, type Metric } from '../domain/metrics.js';
import { NOS_LOINC, ansProfile, r4Profile, type ProfileSet } from './systems.js';

/** Categories of ours, beside or instead of the R4 list, which has none for a home. */
export const LOCAL_CATEGORIES = ['safety', 'presence', 'environment', 'device'] as const;
export type LocalCategory = (typeof LOCAL_CATEGORIES)[number];
export type R4Category = 'vital-signs' | 'activity' | 'exam' | 'survey';

interface FhirRow {
  readonly category?: R4Category;
  readonly local?: LocalCategory;
  /** Last part of the R4 profile's URL. */
  readonly r4?: string;
  /** What « Mesures de santé » changes: profile (after `mesures-`), further codes, category. */
  readonly ans?: { readonly profile: string; readonly coding?: Coding; readonly category?: R4Category };
  /** Further LOINC codes that servers search by, after the metric table's. */
  readonly alsoLoinc?: readonly string[];
  readonly snomed?: string;
  /** When the profile fixes another unit than ours; `factor` from the canonical one. */
  readonly unit?: { readonly code: string; readonly display?: string; readonly factor?: number };
}

const vital = (r4: string, ans: string, rest: Partial<FhirRow> = {}): FhirRow => ({
  category: 'vital-signs',
  r4,
  ans: { profile: ans },
  ...rest,
});
const pressure = vital('bp', 'fr-observation-bp');
const watched = { category: 'activity', local: 'presence' } as const;
const ambient = { local: 'environment' } as const;
const technical = { local: 'device' } as const;

/**
 * THE table of how each metric leaves Vigie; codes, units and labels come from the metric table. LOINC first (R4
 * vital-signs code), SNOMED CT, IEEE 11073 (MDC), then what the ANS profile adds; a metric without a LOINC code also
 * carries our own. Sources: standards §1.2, §2.1, §3.
 */
export const FHIR_TABLE: Readonly<Record<Metric, FhirRow>> = {
  heart_rate: vital('heartrate', 'fr-observation-heartrate'),
  pulse_rate: vital('heartrate', 'fr-observation-heartrate'),
  spo2: vital('oxygensat', 'fr-observation-oxygen-sat', { alsoLoinc: ['59408-5'] }),
  perfusion_index: { category: 'vital-signs', r4: 'vitalsigns' },
  systolic_bp: pressure,
  diastolic_bp: pressure,
  mean_bp: pressure,
  body_temperature: vital('bodytemp', 'fr-observation-body-temperature'),
  respiratory_rate: vital('resprate', 'fr-observation-resp-rate'),
  glucose: {
    category: 'vital-signs',
    r4: 'vitalsigns',
    ans: { profile: 'observation-glucose', coding: { system: NOS_LOINC, code: '2345-7' } },
  },
  body_weight: vital('bodyweight', 'fr-observation-body-weight'),
  body_fat: { category: 'vital-signs', r4: 'vitalsigns' },
  bmi: vital('bmi', 'fr-observation-bmi'),
  body_height: vital('bodyheight', 'fr-observation-bodyheight', { unit: { code: 'cm', factor: 100 } }),
  /** R4 has steps among activities; the ANS profile derives from vital signs. */
  steps: {
    category: 'activity',
    ans: { profile: 'observation-steps-by-day', category: 'vital-signs' },
    unit: { code: '1/(24.h)', display: 'steps/day' },
  },
  irregular_pulse: { category: 'exam' },
  fall: { category: 'activity', local: 'safety', snomed: '1912002' },
  sos: { category: 'activity', local: 'safety' },
  bed_occupancy: watched,
  motion: watched,
  presence: watched,
  door_open: watched,
  smoke: { local: 'safety' },
  water_leak: { local: 'safety' },
  ambient_temperature: ambient,
  ambient_humidity: ambient,
  co2: ambient,
  tamper: technical,
  battery_low: technical,
  device_online: technical,
  battery_level: technical,
};

/** Components of the blood pressure panel; R4 `bp` requires the first two, value or reason of absence. */
export const PRESSURES = ['systolic_bp', 'diastolic_bp', 'mean_bp'] as const satisfies readonly Metric[];
export type Pressure = (typeof PRESSURES)[number];
export const isPressure = (metric: Metric): metric is Pressure => (PRESSURES as readonly Metric[]).includes(metric);
export const REQUIRED_PRESSURES: readonly Pressure[] = ['systolic_bp', 'diastolic_bp'];
export const BLOOD_PRESSURE = { loinc: '85354-9', mdc: 150020, text: 'Pression artérielle' } as const;

export const profileOf = (metric: Metric, set: ProfileSet): string | undefined => {
  const { r4, ans } = FHIR_TABLE[metric];
  if (set === 'ans' && ans) return ansProfile(ans.profile);
  return r4 === undefined ? undefined : r4Profile(r4);
};

export const categoryOf = (metric: Metric, set: ProfileSet): R4Category | undefined => {
  const { category, ans } = FHIR_TABLE[metric];
  return (set === 'ans' ? ans?.category : undefined) ?? category;
};

/** Units as people write them; the UCUM code goes beside. */
const DISPLAY: Readonly<Record<string, string>> = { 'mm[Hg]': 'mmHg', Cel: '°C', 'kg/m2': 'kg/m²', '[ppm]': 'ppm' };

/** UCUM code, how people write it, and the factor from the canonical unit. */
export const unitOf = (metric: Metric): { code: string; display: string; factor: number } => {
  const {
    code,
    display,
    factor = 1,
  }: NonNullable<FhirRow['unit']> = FHIR_TABLE[metric].unit ?? { code: metricDefinition(metric).unit };
  return { code, display: display ?? DISPLAY[code] ?? code, factor };
};

/** Metrics of a category, ours or R4's. */
export const metricsOfCategory = (category: string, set: ProfileSet): Metric[] =>
  METRIC_NAMES.filter((metric) => categoryOf(metric, set) === category || FHIR_TABLE[metric].local === category);
