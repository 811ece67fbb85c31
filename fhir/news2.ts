import type { CodeableConcept, Observation, ObservationComponent, Reference } from 'fhir/r4.js';
import { NEWS2_PARAMETERS, type News2, type News2Parameter } from '../domain/news2.js';
import { toIso, type EpochMillis } from '../domain/time.js';
import { DATA_ABSENT_REASON, OBSERVATION_CATEGORY, SNOMED, identifierOf, localCoding, sourceUri } from './systems.js';

/** SNOMED CT, United Kingdom extension (standards §4.1): not in the international edition, so ours stands beside. */
const TOTAL = '1104051000000101';
const PART: Readonly<Record<Exclude<News2Parameter, 'spo2'>, string>> = {
  respiratoryRate: '1104301000000104',
  supplementalOxygen: '1104331000000105',
  systolicBp: '1104341000000101',
  pulse: '1104351000000103',
  consciousness: '1104361000000100',
  temperature: '1104371000000107',
};
const SPO2_SCALE = { 1: '1104311000000102', 2: '1104321000000108' } as const;

export interface ScoredNews2 {
  readonly resident: string;
  readonly at: EpochMillis;
  readonly news2: Pick<News2, 'score' | 'parts'>;
  readonly spo2Scale: 1 | 2;
  /** Ids of the readings it was computed from. */
  readonly readings: readonly string[];
}

const absent = (code: string) => ({ dataAbsentReason: { coding: [{ system: DATA_ABSENT_REASON, code }] } });

/**
 * NEWS2 as a survey Observation: the total, seven components, and the Observations it derives from. A score with a
 * parameter missing has no total: `dataAbsentReason`, never a partial sum. The identifier follows from the readings.
 */
export const news2Observation = (
  { resident, at, news2, spo2Scale, readings }: ScoredNews2,
  { sourceOid, subject }: { sourceOid: string; subject: Reference },
): Observation => {
  const coded = (snomed: string, local: string, text: string): CodeableConcept => ({
    coding: [{ system: SNOMED, code: snomed }, localCoding(sourceOid, 'news2', local)],
    text,
  });
  const component = (parameter: News2Parameter): ObservationComponent => {
    const snomed = parameter === 'spo2' ? SPO2_SCALE[spo2Scale] : PART[parameter];
    const points = news2.parts[parameter];
    return {
      code: coded(snomed, parameter, parameter),
      ...(points === undefined ? absent('unknown') : { valueInteger: points }),
    };
  };
  return {
    resourceType: 'Observation',
    meta: { source: sourceUri(sourceOid) },
    identifier: [identifierOf(sourceOid, 'news2', `${resident}-${at}`)],
    status: 'final',
    category: [{ coding: [{ system: OBSERVATION_CATEGORY, code: 'survey' }] }],
    code: coded(TOTAL, 'total', 'NEWS2'),
    subject,
    effectiveDateTime: toIso(at),
    ...(news2.score === null ? absent('unknown') : { valueInteger: news2.score }),
    component: NEWS2_PARAMETERS.map(component),
    ...(readings.length === 0
      ? {}
      : {
          derivedFrom: readings.map((id) => ({
            type: 'Observation',
            identifier: identifierOf(sourceOid, 'reading', id),
          })),
        }),
  };
};
