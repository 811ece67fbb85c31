import { METRIC_NAMES, metricDefinition, type Metric } from '../../../domain/metrics.js';

/** ISO/IEEE 11073-10101 codes that mean one of our metrics and are not the metric table's own. */
const OTHER_MDC: Readonly<Record<string, Metric>> = {
  149546: 'pulse_rate', // MDC_PULS_RATE_NON_INV
  150301: 'systolic_bp', // MDC_PRESS_CUFF_SYS
  150302: 'diastolic_bp',
  150303: 'mean_bp',
  150344: 'body_temperature', // MDC_TEMP
  151578: 'respiratory_rate', // MDC_TTHOR_RESP_RATE
};
const OTHER_LOINC: Readonly<Record<string, Metric>> = { '59408-5': 'spo2', '8889-8': 'pulse_rate' };

const byCode = (code: (metric: Metric) => string | undefined, others: Readonly<Record<string, Metric>>) => {
  const table = new Map<string, Metric>(Object.entries(others));
  for (const metric of METRIC_NAMES) {
    const key = code(metric);
    if (key !== undefined && metricDefinition(metric).kind === 'number' && !table.has(key)) table.set(key, metric);
  }
  return table;
};
const MDC = byCode((metric) => metricDefinition(metric).mdc?.toString(), OTHER_MDC);
const LOINC = byCode((metric) => metricDefinition(metric).loinc, OTHER_LOINC);

/** The metric of an observation identifier (OBX-3.1 and its coding system OBX-3.3); null = not one of ours. */
export const metricOf = (code: string, system: string): Metric | null =>
  (system === 'LN' ? LOINC : system === 'MDC' || system === '' ? MDC : undefined)?.get(code) ?? null;

/** MDC unit code → UCUM. */
const MDC_UNITS = new Map([
  ['262688', '%'],
  ['263424', 'm'],
  ['263441', 'cm'],
  ['263872', 'g'],
  ['263875', 'kg'],
  ['263904', '[lb_av]'],
  ['264274', 'mg/dL'],
  ['264864', '/min'],
  ['264928', '/min'],
  ['265987', 'kPa'],
  ['266016', 'mm[Hg]'],
  ['266560', '[degF]'],
  ['266866', 'mmol/L'],
  ['268192', 'Cel'],
]);

/** The UCUM unit of OBX-6; what is neither MDC nor UCUM stays as it is and is refused by the conversion. */
export const unitOf = (code: string, system: string): string =>
  system === 'MDC' ? (MDC_UNITS.get(code) ?? code) : code;
