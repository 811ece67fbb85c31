import { METRIC_NAMES, metricDefinition, type Metric } from '../domain/metrics.js';
import { isFed } from './feeding.js';

import { BLOOD_PRESSURE, FHIR_TABLE, isPressure, profileOf, unitOf } from './table.js';

const last = (url: string | undefined): string =>
  url === undefined ? '–' : `\`${url.slice(url.lastIndexOf('/') + 1)}\``;

const codesOf = (metric: Metric): string => {
  const { loinc, mdc } = metricDefinition(metric);
  const { alsoLoinc = [], snomed, ans } = FHIR_TABLE[metric];
  return [
    ...[...(loinc === undefined ? [] : [loinc]), ...alsoLoinc].map((code) => `LOINC ${code}`),
    ...(snomed === undefined ? [] : [`SNOMED CT ${snomed}`]),
    ...(mdc === undefined ? [] : [`MDC ${mdc}`]),
    ...(ans?.coding ? [`NOS ${ans.coding.code} (ans)`] : []),
    ...(loinc === undefined ? [`local \`${metric}\``] : []),
  ].join(', ');
};

const categoryText = (metric: Metric): string => {
  const { category, local, ans } = FHIR_TABLE[metric];
  const r4 = ans?.category && ans.category !== category ? `${category} (ans: ${ans.category})` : category;
  return [r4, local && `local \`${local}\``].filter(Boolean).join(', ');
};

const row = (metric: Metric): string =>
  [
    `\`${metric}\``,
    isPressure(metric) ? `component of the panel: ${codesOf(metric)}` : codesOf(metric),
    metricDefinition(metric).kind === 'boolean' ? 'Boolean' : `\`${unitOf(metric).code}\``,
    categoryText(metric),
    last(profileOf(metric, 'r4')),
    last(profileOf(metric, 'ans')),
    isFed(metric) ? 'yes' : 'no',
  ].join(' | ');

/** `docs/fhir-mapping.md`, made from the table so that it cannot say anything else. */
export const mappingDocument = (): string => `# FHIR mapping

Made by \`npm run docs:fhir\` from \`fhir/table.ts\` and \`domain/metrics.ts\`; do not edit. How it is sent, served and configured: [fhir.md](fhir.md).

A blood pressure is one Observation: LOINC ${BLOOD_PRESSURE.loinc}, MDC ${BLOOD_PRESSURE.mdc}, with a component for each pressure.

| metric | codes, in order | value | category | R4 profile | « Mesures de santé » profile | ANS feeding flow |
| --- | --- | --- | --- | --- | --- | --- |
${METRIC_NAMES.map((metric) => `| ${row(metric)} |`).join('\n')}
`;
