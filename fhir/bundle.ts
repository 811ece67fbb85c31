import type { Bundle, BundleEntry, Device, Flag, Identifier, Observation, Patient, Task } from 'fhir/r4.js';
import type { Reading } from '../domain/reading.js';
import {
  EMPTY_DIRECTORY,
  GATEWAY,
  logicalReference,
  observationContext,
  subjectsOf,
  type Directory,
  type MappingSettings,
  type Subject,
} from './context.js';
import { deviceResource, gatewayResource } from './device.js';
import { toObservations } from './observation.js';
import { patientResource } from './patient.js';

/** Largest bundle: small enough to be answered in time by a slow server, and to lose little when it is not. */
export const ENTRIES_PER_BUNDLE = 50;

/** A reading id is 128 bits, so it is its own UUID; anything else gets no `fullUrl`, which a batch does not need. */
const fullUrlOf = (id: string): { fullUrl?: string } =>
  /^[0-9a-f]{32}$/.test(id) ? { fullUrl: `urn:uuid:${id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}` } : {};

const token = ({ system, value }: Identifier): string => `identifier=${system}|${encodeURIComponent(value ?? '')}`;

/** Conditional create: does nothing when the server has the identifier already [FHIR R4 http.html#ccreate]. */
const createOnce = <R extends Observation | Patient | Device>(resource: R): BundleEntry<R> => ({
  resource,
  request: { method: 'POST', url: resource.resourceType, ifNoneExist: token(resource.identifier?.[0] ?? {}) },
});

/** Conditional update: one resource per identifier, always as it is now [FHIR R4 http.html#cond-update]. */
export const updateEntry = <R extends Flag | Task>(resource: R): BundleEntry<R> => ({
  resource,
  request: { method: 'PUT', url: `${resource.resourceType}?${token(resource.identifier?.[0] ?? {})}` },
});

export const observationEntry = (resource: Observation): BundleEntry<Observation> => ({
  ...fullUrlOf(resource.identifier?.[0]?.value ?? ''),
  ...createOnce(resource),
});

/** The Patient or Device a reference of ours stands for. */
export const subjectResource = (
  { kind, id }: Subject,
  settings: MappingSettings,
  directory: Directory,
): Patient | Device => {
  if (kind === 'Patient') return patientResource(id, directory.resident(id), settings);
  return kind === 'Device' ? deviceResource(id, directory.device(id), settings) : gatewayResource(id, settings);
};

/** Makes the Patient or Device exist. */
export const subjectEntry = (
  subject: Subject,
  settings: MappingSettings,
  directory: Directory = EMPTY_DIRECTORY,
): BundleEntry<Patient | Device> => createOnce(subjectResource(subject, settings, directory));

/** A batch, not a transaction: one entry a server refuses must not hold the others back. */
export const batchBundle = (entry: BundleEntry[]): Bundle => ({ resourceType: 'Bundle', type: 'batch', entry });

const keyOf = ({ kind, id }: Subject): string => `${kind}/${id}`;

/** The bundle these readings would be sent as: patients, devices, then Observations that point at them by identifier. */
export const bundleFor = (
  readings: readonly Reading[],
  settings: MappingSettings,
  directory: Directory = EMPTY_DIRECTORY,
): Bundle => {
  const context = observationContext(settings, directory, (subject) => logicalReference(settings, subject, directory));
  const mapped = toObservations(readings, context);
  const subjects = mapped.flatMap((item) => item.readings).flatMap(subjectsOf);
  const wanted = new Map([...subjects, ...(subjects.length > 0 ? [GATEWAY] : [])].map((item) => [keyOf(item), item]));
  const patientsFirst = [...wanted.values()].sort(
    (a, b) => Number(b.kind === 'Patient') - Number(a.kind === 'Patient'),
  );
  return batchBundle([
    ...patientsFirst.map((subject) => subjectEntry(subject, settings, directory)),
    ...mapped.map(({ resource }) => observationEntry(resource)),
  ]);
};
