import type { Identifier } from 'fhir/r4.js';

export const LOINC = 'http://loinc.org';
export const MDC = 'urn:iso:std:iso:11073:10101';
export const UCUM = 'http://unitsofmeasure.org';
export const OBSERVATION_CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
export const DATA_ABSENT_REASON = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
/** HL7 PoCD: says that a measurement is questionable without taking its value away (PHD IG, measurement status). */
export const MEASUREMENT_STATUS = 'http://terminology.hl7.org/CodeSystem/measurement-status';

const R4 = 'http://hl7.org/fhir/StructureDefinition';
export const profileUrl = (name: string): string => `${R4}/${name}`;

/** The sending system, for `meta.source` (ANS « Mesures de santé »: an OID as URI). */
export const sourceUri = (oid: string): string => `urn:oid:${oid}`;

/** Arcs under our own OID, one per kind of identifier. They never change: servers find our resources by them. */
const ARC = { reading: 1, resident: 2, device: 3 } as const;

/** A business identifier of ours: pseudonymous, the same for the same thing every time it is sent. */
export const identifierOf = (
  oid: string,
  kind: keyof typeof ARC,
  value: string,
): Identifier & { system: string; value: string } => ({
  system: `${sourceUri(oid)}.${ARC[kind]}`,
  value,
});
