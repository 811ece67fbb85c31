import { createHash } from 'node:crypto';
import type { Bundle, BundleEntry, FhirResource, Reference } from 'fhir/r4.js';
import { THRESHOLD_SETTINGS_KEY } from '../../../domain/thresholds.js';
import type { Principal } from '../../../domain/permissions.js';
import {
  GATEWAY,
  directoryFrom,
  logicalReference,
  observationContext,
  type MappingSettings,
  type ObservationContext,
  type Subject,
} from '../../../fhir/context.js';
import { subjectResource } from '../../../fhir/bundle.js';
import type { Device } from '../../../domain/device.js';
import type { Resident } from '../../../domain/resident.js';
import { settingsFor } from '../../../platform/store/settings.js';
import type { Registry } from '../../../platform/store/registry.js';
import type { WebContext } from '../context.js';

/** Our ids may hold what a FHIR id may not; those get a stable one made of a hash. */
export const fhirId = (id: string): string =>
  /^[A-Za-z0-9.-]{1,64}$/.test(id)
    ? id
    : `${id.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 40)}-${createHash('sha256').update(id).digest('hex').slice(0, 12)}`;

export const GATEWAY_ID = 'vigie-gateway';

/** What one reader may see of the registry, and the mapping over it; made for each request. */
export interface View {
  readonly principal: Principal;
  readonly settings: MappingSettings;
  readonly context: ObservationContext;
  readonly refer: (subject: Subject) => Reference;
  readonly directory: ReturnType<typeof directoryFrom>;
  residents(): readonly Resident[];
  devices(): readonly Device[];
  /** By FHIR id; null for what does not exist or belongs to others. */
  resident(id: string): Resident | null;
  device(id: string): Device | null;
  patientResource(resident: Resident): FhirResource;
  deviceResource(device: Device | null): FhirResource;
}

export const viewFor = async (
  { store, registry }: Pick<WebContext, 'store' | 'registry'>,
  settings: MappingSettings,
  principal: Principal,
): Promise<View> => {
  const known: Registry = await registry.current();
  const directory = directoryFrom(known, await settingsFor(store.db, THRESHOLD_SETTINGS_KEY));
  const mine = <Item extends { site: string }>(items: readonly Item[]): readonly Item[] =>
    items.filter(({ site }) => principal.sites.includes(site));
  const refer = (subject: Subject): Reference => ({
    reference: subject.kind === 'Gateway' ? `Device/${GATEWAY_ID}` : `${subject.kind}/${fhirId(subject.id)}`,
    // By our pseudonym: the INS does not leave by this door.
    ...logicalReference(settings, subject),
  });
  const residents = mine(known.residents());
  const devices = mine(known.devices());
  const residentsById = new Map(residents.map((resident) => [fhirId(resident.id), resident]));
  const devicesById = new Map(devices.map((device) => [fhirId(device.id), device]));
  return {
    principal,
    settings,
    directory,
    refer,
    context: observationContext(settings, directory, refer),
    residents: () => residents,
    devices: () => devices,
    resident: (id) => residentsById.get(id) ?? null,
    device: (id) => devicesById.get(id) ?? null,
    patientResource: (resident) => ({
      ...subjectResource({ kind: 'Patient', id: resident.id }, settings, { ...directory, resident: () => null }),
      id: fhirId(resident.id),
      resourceType: 'Patient',
      active: true,
      name: [{ use: 'official', family: resident.family, given: [resident.given] }],
      gender: resident.sex,
      ...(resident.birthDate === null ? {} : { birthDate: resident.birthDate }),
    }),
    deviceResource: (device) => ({
      ...(subjectResource(device ? { kind: 'Device', id: device.id } : GATEWAY, settings, directory) as FhirResource),
      id: device ? fhirId(device.id) : GATEWAY_ID,
    }),
  };
};

export interface Found {
  readonly resources: readonly FhirResource[];
  readonly included?: readonly FhirResource[];
  /** Cursor of the next page. */
  readonly next: string | null;
}

/** A page of results; links are absolute, and the next page is asked for with the same parameters. */
export const searchset = ({ resources, included = [], next }: Found, self: URL): Bundle => {
  const link: Bundle['link'] = [{ relation: 'self', url: self.href }];
  if (next !== null) {
    const url = new URL(self);
    url.searchParams.set('_cursor', next);
    link.push({ relation: 'next', url: url.href });
  }
  const base = self.href.slice(0, self.href.indexOf('/fhir/') + '/fhir'.length);
  const entry = (resource: FhirResource, mode: 'match' | 'include'): BundleEntry => ({
    fullUrl: `${base}/${resource.resourceType}/${resource.id ?? ''}`,
    resource,
    search: { mode },
  });
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(next === null && !self.searchParams.has('_cursor') ? { total: resources.length } : {}),
    link,
    ...(resources.length === 0
      ? {}
      : {
          entry: [
            ...resources.map((resource) => entry(resource, 'match')),
            ...included.map((resource) => entry(resource, 'include')),
          ],
        }),
  };
};
