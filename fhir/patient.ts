import type { Identifier, Patient } from 'fhir/r4.js';
import type { Resident } from '../domain/resident.js';
import { ACT_REASON, FR_CORE, identifierOf, sourceUri } from './systems.js';

export const IDENTITY_STATUSES = ['v2-0445', 'identity-status'] as const;
/** fr-core changed the code system of a qualified identity: `VALI` in release 2.1.0, `QUAL` since (standards §1.3). */
export type IdentityStatus = (typeof IDENTITY_STATUSES)[number];
const QUALIFIED = {
  'v2-0445': { system: `${FR_CORE}/CodeSystem/fr-core-cs-v2-0445`, code: 'VALI' },
  'identity-status': { system: `${FR_CORE}/CodeSystem/fr-core-cs-identity-status`, code: 'QUAL' },
} as const;

interface InsRange {
  readonly type: string;
  readonly use: 'official' | 'temp';
  /** Not a person: may appear in demonstrations. */
  readonly test: boolean;
}
/** The four systems an INS may have (fr-core-patient-ins); anything else is not an INS and is not sent as one. */
const INS: Readonly<Record<string, InsRange>> = {
  'urn:oid:1.2.250.1.213.1.4.8': { type: 'INS-NIR', use: 'official', test: false },
  'urn:oid:1.2.250.1.213.1.4.9': { type: 'INS-NIA', use: 'temp', test: false },
  'urn:oid:1.2.250.1.213.1.4.10': { type: 'INS-NIR-TEST', use: 'official', test: true },
  'urn:oid:1.2.250.1.213.1.4.11': { type: 'INS-NIR-DEMO', use: 'official', test: true },
};

/** True for an INS of the TEST or DEMO range. */
export const isTestIns = ({ ins }: Pick<Resident, 'ins'>): boolean => ins !== null && INS[ins.system]?.test === true;

/**
 * The INS as an Identifier. The registry holds one only for an identity that was qualified (docs/fhir.md), which is
 * when it may be carried (fr-core-1, fr-core-2); null without one.
 */
export const insOf = ({ ins }: Pick<Resident, 'ins'>): (Identifier & { system: string; value: string }) | null => {
  const range = ins && INS[ins.system];
  if (!ins || !range) return null;
  return {
    use: range.use,
    type: { coding: [{ system: `${FR_CORE}/CodeSystem/fr-core-cs-v2-0203`, code: range.type }] },
    system: ins.system,
    value: ins.value,
  };
};

const BIRTH_LIST = `${FR_CORE}/StructureDefinition/fr-core-patient-birth-list-given-name`;
const RELIABILITY = `${FR_CORE}/StructureDefinition/fr-core-identity-reliability`;

/**
 * The person as a foreign server may see them: with an INS, the traits that must go with it; without, nothing but a
 * pseudonymous identifier. The place of birth is not registered, so `fr-core-patient-ins` is not claimed.
 */
export const patientResource = (
  id: string,
  resident: Resident | null,
  { sourceOid, identityStatus }: { sourceOid: string; identityStatus: IdentityStatus },
): Patient => {
  const own = identifierOf(sourceOid, 'resident', id);
  const ins = resident && insOf(resident);
  if (!resident || !ins) return { resourceType: 'Patient', meta: { source: sourceUri(sourceOid) }, identifier: [own] };
  const given = resident.given.split(' ')[0] ?? resident.given;
  return {
    resourceType: 'Patient',
    meta: {
      source: sourceUri(sourceOid),
      ...(isTestIns(resident) ? { security: [{ system: ACT_REASON, code: 'HTEST' }] } : {}),
    },
    extension: [
      {
        url: RELIABILITY,
        extension: [{ url: 'identityStatus', valueCoding: QUALIFIED[identityStatus] }],
      },
    ],
    identifier: [ins, own],
    name: [
      {
        use: 'official',
        family: resident.family,
        given: [given],
        extension: [{ url: BIRTH_LIST, valueString: resident.given }],
      },
    ],
    gender: resident.sex,
    ...(resident.birthDate === null ? {} : { birthDate: resident.birthDate }),
  };
};
