import { DecodeError } from './errors.js';
import { METRIC_NAMES, metricDefinition, type Metric } from './metrics.js';

/** canonical = (value − zero) × factor */
interface Conversion {
  readonly factor: number;
  readonly zero: number;
}
const times = (factor: number): Conversion => ({ factor, zero: 0 });
const SAME = times(1);

/** Exact constants of the corpus (README, "Metrics, UCUM units, hard limits"). */
const MMHG_PER_KPA = 7.500616827;
const KG_PER_LB = 0.45359237;
const M_PER_INCH = 0.0254;
const GLUCOSE_MG_DL_PER_MMOL_L = 18.0156;

/** Canonical unit → the UCUM units of its dimension. UCUM codes are case-sensitive. */
const DIMENSIONS: Readonly<Record<string, Readonly<Record<string, Conversion>>>> = {
  '/min': { '/min': SAME, '1/min': SAME, '/s': times(60), '1/s': times(60), Hz: times(60) },
  '%': { '%': SAME, '1': times(100) },
  '1': { '1': SAME },
  'mm[Hg]': {
    'mm[Hg]': SAME,
    kPa: times(MMHG_PER_KPA),
    hPa: times(MMHG_PER_KPA / 10),
    Pa: times(MMHG_PER_KPA / 1000),
  },
  Cel: { Cel: SAME, '[degF]': { factor: 5 / 9, zero: 32 }, K: { factor: 1, zero: 273.15 } },
  kg: { kg: SAME, g: times(0.001), '[lb_av]': times(KG_PER_LB), '[stone_av]': times(14 * KG_PER_LB) },
  m: { m: SAME, cm: times(0.01), mm: times(0.001), '[in_i]': times(M_PER_INCH), '[ft_i]': times(12 * M_PER_INCH) },
  'kg/m2': { 'kg/m2': SAME },
  '[ppm]': { '[ppm]': SAME, '10*-6': SAME, '[ppb]': times(0.001) },
};

/** An amount of substance per volume is a mass only for a known substance: this is glucose, 180.156 g/mol. */
const GLUCOSE: Readonly<Record<string, Conversion>> = {
  'mg/dL': SAME,
  'g/L': times(100),
  'kg/m3': times(100),
  'kg/L': times(100_000),
  'mg/L': times(0.1),
  'mmol/L': times(GLUCOSE_MG_DL_PER_MMOL_L),
  'mol/L': times(1000 * GLUCOSE_MG_DL_PER_MMOL_L),
  'umol/L': times(GLUCOSE_MG_DL_PER_MMOL_L / 1000),
};

const CONVERSIONS = new Map<Metric, ReadonlyMap<string, Conversion>>(
  METRIC_NAMES.map((metric) => {
    const units = metric === 'glucose' ? GLUCOSE : DIMENSIONS[metricDefinition(metric).unit];
    if (!units) throw new Error(`no conversions for the unit of ${metric}`);
    return [metric, new Map([[metricDefinition(metric).unit, SAME], ...Object.entries(units)])];
  }),
);

/** UCUM annotations carry no meaning for the magnitude (UCUM §6): `{beat}/min` is `/min`, `{steps}` is `1`. */
const withoutAnnotations = (unit: string): string => unit.replace(/\{[^{}]*\}/g, '') || '1';

/** The UCUM units a metric is accepted in, the canonical one first. */
export const unitsOf = (metric: Metric): readonly string[] => [...(CONVERSIONS.get(metric)?.keys() ?? [])];

/**
 * Converts a value to the metric's canonical unit, unrounded. `unit` is a UCUM code of the same dimension.
 * Throws `DecodeError` `unit_mismatch` for anything else: a unit is never guessed from the value.
 */
export const convert = (metric: Metric, value: number, unit: string): number => {
  if (unit === metricDefinition(metric).unit) return value;
  const units = CONVERSIONS.get(metric);
  const conversion = units?.get(unit) ?? (unit.includes('{') ? units?.get(withoutAnnotations(unit)) : undefined);
  if (!conversion)
    throw new DecodeError(
      'unit_mismatch',
      `${metric}: expected a unit among ${unitsOf(metric).join(', ')}, came ${JSON.stringify(unit.slice(0, 32))}`,
    );
  return (value - conversion.zero) * conversion.factor;
};
