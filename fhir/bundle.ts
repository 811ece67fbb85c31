import type { Bundle, BundleEntry, Device, Identifier, Observation, Patient, Reference } from 'fhir/r4.js';
import type { Reading } from '../domain/reading.js';
import { toObservations } from './observation.js';
import { identifierOf, sourceUri } from './systems.js';

/** Largest bundle: small enough to be answered in time by a slow server, and to lose little when it is not. */
export const ENTRIES_PER_BUNDLE = 50;

/** A reading id is 128 bits, so it is its own UUID; anything else gets no `fullUrl`, which a batch does not need. */
const fullUrlOf = (id: string): { fullUrl?: string } =>
  /^[0-9a-f]{32}$/.test(id) ? { fullUrl: `urn:uuid:${id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}` } : {};

/** Conditional create: does nothing when the server has the identifier already [FHIR R4 http.html#ccreate]. */
const createOnce = <R extends Observation | Patient | Device>(
  resource: R,
  { system, value }: Identifier,
): BundleEntry<R> => ({
  resource,
  request: {
    method: 'POST',
    url: resource.resourceType,
    ifNoneExist: `identifier=${system}|${encodeURIComponent(value ?? '')}`,
  },
});

export const observationEntry = (resource: Observation): BundleEntry<Observation> => {
  const identifier = resource.identifier?.[0] ?? {};
  return { ...fullUrlOf(identifier.value ?? ''), ...createOnce(resource, identifier) };
};

export type SubjectKind = 'Patient' | 'Device';
const KIND = { Patient: 'resident', Device: 'device' } as const;

/** A reference that means the same on every server: by our pseudonymous identifier. */
export const logicalReference = (oid: string, type: SubjectKind, id: string): Reference => ({
  type,
  identifier: identifierOf(oid, KIND[type], id),
});

/** Makes the Patient or Device exist with nothing but its pseudonymous identifier. */
export const subjectEntry = (oid: string, type: SubjectKind, id: string): BundleEntry<Patient | Device> => {
  const identifier = identifierOf(oid, KIND[type], id);
  const meta = { source: sourceUri(oid) };
  return type === 'Patient'
    ? createOnce<Patient>({ resourceType: 'Patient', meta, identifier: [identifier] }, identifier)
    : createOnce<Device>({ resourceType: 'Device', meta, identifier: [identifier], status: 'active' }, identifier);
};

/** A batch, not a transaction: one entry a server refuses must not hold the others back. */
export const batchBundle = (entry: BundleEntry[]): Bundle => ({ resourceType: 'Bundle', type: 'batch', entry });

/** The bundle these readings would be sent as: patients, devices, then Observations that point at them by identifier. */
export const bundleFor = (readings: readonly Reading[], { sourceOid }: { sourceOid: string }): Bundle => {
  const mapped = toObservations(readings, {
    sourceOid,
    subjectOf: (resident) => logicalReference(sourceOid, 'Patient', resident),
    deviceOf: (device) => logicalReference(sourceOid, 'Device', device),
  });
  const used = mapped.flatMap((item) => item.readings);
  const residents = new Set(used.flatMap(({ resident }) => (resident === null ? [] : [resident])));
  return batchBundle([
    ...[...residents].map((id) => subjectEntry(sourceOid, 'Patient', id)),
    ...[...new Set(used.map(({ device }) => device))].map((id) => subjectEntry(sourceOid, 'Device', id)),
    ...mapped.map(({ resource }) => observationEntry(resource)),
  ]);
};
