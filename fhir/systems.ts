import type { Coding, Identifier } from 'fhir/r4.js';

export const LOINC = 'http://loinc.org';
export const MDC = 'urn:iso:std:iso:11073:10101';
export const SNOMED = 'http://snomed.info/sct';
export const UCUM = 'http://unitsofmeasure.org';
export const OBSERVATION_CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
export const DATA_ABSENT_REASON = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
export const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
export const RANGE_MEANING = 'http://terminology.hl7.org/CodeSystem/referencerange-meaning';
export const FLAG_CATEGORY = 'http://terminology.hl7.org/CodeSystem/flag-category';
export const FLAG_PRIORITY = 'http://hl7.org/fhir/flag-priority-code';
/** HL7 PoCD: says that a measurement is questionable without taking its value away (PHD IG, measurement status). */
export const MEASUREMENT_STATUS = 'http://terminology.hl7.org/CodeSystem/measurement-status';
/** Test data (v3-ActReason): what carries a TEST or DEMO identity says so. */
export const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
export const FINESS = 'https://finess.esante.gouv.fr';

const NOS = 'https://mos.esante.gouv.fr/NOS';
/** The NOS duplicates LOINC under a URL of its own; ANS glucose is bound to that one (JDV_J154). */
export const NOS_LOINC = `${NOS}/TRE_A04-Loinc/FHIR/TRE-A04-Loinc`;

const R4 = 'http://hl7.org/fhir/StructureDefinition';
const ANS = 'https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition';
const PHD = 'http://hl7.org/fhir/uv/phd';
export const FR_CORE = 'https://hl7.fr/ig/fhir/core';

export const PROFILE_SETS = ['ans', 'r4'] as const;
/** `ans`: « Mesures de santé » where it has a profile, else R4. `r4`: plain R4. */
export type ProfileSet = (typeof PROFILE_SETS)[number];

export const r4Profile = (name: string): string => `${R4}/${name}`;
export const ansProfile = (name: string): string => `${ANS}/mesures-${name}`;
export const phdProfile = (name: 'PhdDevice' | 'PhgDevice'): string => `${PHD}/StructureDefinition/${name}`;
export const CONTINUA_IDENTIFIERS = `${PHD}/CodeSystem/ContinuaDeviceIdentifiers`;
export const GATEWAY_DEVICE = r4Profile('observation-gatewayDevice');

/** The sending system, for `meta.source` (ANS « Mesures de santé »: an OID as URI). */
export const sourceUri = (oid: string): string => `urn:oid:${oid}`;

/** Arcs under our own OID, one per kind of identifier. They never change: servers find our resources by them. */
const ARC = {
  reading: 1,
  resident: 2,
  device: 3,
  gateway: 4,
  room: 5,
  site: 6,
  alert: 7,
  task: 8,
  user: 9,
  news2: 10,
} as const;
export type IdentifierKind = keyof typeof ARC;

/** A business identifier of ours: pseudonymous, the same for the same thing every time it is sent. */
export const identifierOf = (
  oid: string,
  kind: IdentifierKind,
  value: string,
): Identifier & { system: string; value: string } => ({
  system: `${sourceUri(oid)}.${ARC[kind]}`,
  value,
});

/** Our own code systems: what no public terminology of the mapping names. */
const CODES = { metric: 20, category: 21, rule: 22, workflow: 23, news2: 24 } as const;
export const localCoding = (oid: string, system: keyof typeof CODES, code: string): Coding => ({
  system: `${sourceUri(oid)}.${CODES[system]}`,
  code,
});
