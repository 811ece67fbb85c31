import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js';

interface Need {
  readonly type: string;
  readonly interactions: readonly string[];
  readonly conditional?: 'conditionalCreate' | 'conditionalUpdate';
}
const NEEDS: readonly Need[] = [
  { type: 'Observation', interactions: ['create', 'search-type'], conditional: 'conditionalCreate' },
  { type: 'Patient', interactions: ['create'], conditional: 'conditionalCreate' },
  { type: 'Device', interactions: ['create'], conditional: 'conditionalCreate' },
  { type: 'Flag', interactions: ['update'], conditional: 'conditionalUpdate' },
  { type: 'Task', interactions: ['update'], conditional: 'conditionalUpdate' },
];

const lacksOf = (need: Need, resource: CapabilityStatementRestResource | undefined): string[] => {
  if (!resource) return [`no ${need.type}`];
  const offered = new Set((resource.interaction ?? []).map(({ code }) => String(code)));
  return [
    ...need.interactions.filter((code) => !offered.has(code)).map((code) => `${need.type}: no ${code}`),
    ...(need.conditional && resource[need.conditional] !== true
      ? [`${need.type}: ${need.conditional} is not declared; a repeated delivery may make a second resource`]
      : []),
    ...(need.type === 'Observation' && !resource.searchParam?.some(({ name }) => name === 'identifier')
      ? ['Observation: no search by identifier']
      : []),
  ];
};

/** What a FHIR server does not declare and Vigie uses; empty when it declares everything. `flow`: what is sent. */
export const lacks = (statement: CapabilityStatement, flow: 'batch' | 'ans-feeding' = 'batch'): string[] => {
  if ((statement as { resourceType?: string }).resourceType !== 'CapabilityStatement')
    return ['the answer is not a CapabilityStatement'];
  const rest = statement.rest?.find(({ mode }) => mode === 'server');
  const whole = flow === 'batch' ? 'batch' : 'transaction';
  const needs = flow === 'batch' ? NEEDS : NEEDS.filter(({ type }) => type === 'Observation' || type === 'Device');
  return [
    ...(/^4\.0\b/.test(statement.fhirVersion ?? '') ? [] : [`FHIR ${statement.fhirVersion ?? '?'} instead of 4.0`]),
    ...((statement.format ?? []).some((format) => /json/.test(format)) ? [] : ['no JSON']),
    ...(rest?.interaction?.some(({ code }) => code === whole) ? [] : [`no ${whole}`]),
    ...needs.flatMap((need) =>
      lacksOf(
        need,
        rest?.resource?.find(({ type }) => type === need.type),
      ),
    ),
  ];
};
