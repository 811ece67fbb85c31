import type { Reference } from 'fhir/r4.js';
import type { Device } from '../domain/device.js';
import { metricDefinition } from '../domain/metrics.js';
import type { Reading } from '../domain/reading.js';
import type { Resident } from '../domain/resident.js';
import type { Site } from '../domain/site.js';
import { thresholdLayers, withDefaults, type SettingRows } from '../domain/thresholds.js';
import type { Limits } from './limits.js';
import { insOf, type IdentityStatus } from './patient.js';
import { FINESS, identifierOf, type ProfileSet } from './systems.js';

/** How this Vigie writes FHIR; from the configuration. */
export interface MappingSettings {
  /** Our OID: `meta.source`, and the root of our identifiers. */
  readonly sourceOid: string;
  readonly profileSet: ProfileSet;
  readonly identityStatus: IdentityStatus;
}

/** Who and what the ids of readings stand for; null for what is not registered any more. */
export interface Directory {
  resident(id: string): Resident | null;
  device(id: string): Device | null;
  site(id: string): Site | null;
  /** The alert limits in force for a resident. */
  limits(resident: string): Limits | null;
}
export const EMPTY_DIRECTORY: Directory = {
  resident: () => null,
  device: () => null,
  site: () => null,
  limits: () => null,
};

/** A directory over the registry and the stored limits (rows of the threshold settings). */
export const directoryFrom = (
  known: Pick<Directory, 'resident' | 'device' | 'site'>,
  settings: SettingRows,
): Directory => {
  const limits = new Map<string, Limits>();
  return {
    resident: (id) => known.resident(id),
    device: (id) => known.device(id),
    site: (id) => known.site(id),
    limits(id) {
      const resident = known.resident(id);
      if (!resident) return null;
      const held = limits.get(id) ?? withDefaults(...thresholdLayers(settings, resident).map(({ value }) => value));
      limits.set(id, held);
      return held;
    },
  };
};

/** What an Observation is made with: how it points at what is around it. */
export interface ObservationContext extends Pick<MappingSettings, 'sourceOid' | 'profileSet'> {
  readonly subjectOf: (reading: Reading) => Reference;
  readonly deviceOf: (device: string) => Reference;
  readonly performerOf?: (reading: Reading) => Reference[];
  readonly gateway?: Reference;
  readonly limitsOf?: (resident: string) => Limits | null;
}

export type SubjectKind = 'Patient' | 'Device' | 'Gateway';

/** A resource that others point at, by kind and our id; the gateway is one. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly id: string;
}
export const GATEWAY: Subject = { kind: 'Gateway', id: 'vigie' };
const KIND = { Patient: 'resident', Device: 'device', Gateway: 'gateway' } as const;

/** A reference that means the same on every server: by identifier, the INS of a qualified identity before ours. */
export const logicalReference = (
  { sourceOid }: Pick<MappingSettings, 'sourceOid'>,
  { kind, id }: Subject,
  directory: Directory = EMPTY_DIRECTORY,
): Reference => {
  const resident = kind === 'Patient' ? directory.resident(id) : null;
  const ins = resident ? insOf(resident) : null;
  return {
    type: kind === 'Patient' ? 'Patient' : 'Device',
    identifier: ins ?? identifierOf(sourceOid, KIND[kind], id),
  };
};

/** A room, which no server is asked to hold: by identifier only. */
export const roomReference = (sourceOid: string, site: string, room: string): Reference => ({
  type: 'Location',
  identifier: identifierOf(sourceOid, 'room', `${site}/${room}`),
});

/** The establishment: by its FINESS number when it has one. */
export const siteReference = (sourceOid: string, id: string, site: Site | null): Reference => ({
  type: 'Organization',
  identifier: site?.finess ? { system: FINESS, value: site.finess } : identifierOf(sourceOid, 'site', id),
});

/** Whom or what a reading is about: the device for its own state, else the person, else the room. */
export const aboutOf = ({ metric, resident, room, device }: Reading): Subject | { readonly room: string } => {
  if (metricDefinition(metric).about === 'device') return { kind: 'Device', id: device };
  if (resident !== null) return { kind: 'Patient', id: resident };
  return room === null ? { kind: 'Device', id: device } : { room };
};

/** The context of these settings, given how a Patient or Device is pointed at. */
export const observationContext = (
  settings: MappingSettings,
  directory: Directory,
  refer: (subject: Subject) => Reference,
): ObservationContext => ({
  ...settings,
  subjectOf: (reading) => {
    const about = aboutOf(reading);
    return 'room' in about ? roomReference(settings.sourceOid, reading.site, about.room) : refer(about);
  },
  deviceOf: (id) => refer({ kind: 'Device', id }),
  gateway: refer(GATEWAY),
  performerOf: ({ site }) => {
    const known = directory.site(site);
    return known?.finess ? [siteReference(settings.sourceOid, site, known)] : [];
  },
  limitsOf: (resident) => directory.limits(resident),
});

/** The Patients and Devices an Observation of this reading points at. */
export const subjectsOf = (reading: Reading): Subject[] => {
  const about = aboutOf(reading);
  const device: Subject = { kind: 'Device', id: reading.device };
  return 'room' in about || about.kind === 'Device' ? [device] : [about, device];
};
