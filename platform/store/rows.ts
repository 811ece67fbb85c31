import type { Schema } from './schema.js';
import type { Assignment, Device, DeviceConfig, DeviceState } from '../../domain/device.js';
import type { Resident } from '../../domain/resident.js';
import type { Site, Unit } from '../../domain/site.js';
import type { Db } from './db.js';

/** Registry rows as the domain sees them; JSON columns were written by us and are trusted. */
export const toSite = (row: Schema['sites']): Site => ({
  id: row.id,
  name: row.name,
  kind: row.kind as Site['kind'],
  timezone: row.timezone,
  units: JSON.parse(row.units) as Unit[],
  ...(row.finess === null ? {} : { finess: row.finess }),
});

export const residentsQuery = (db: Db) => db.selectFrom('residents').selectAll();
type ResidentRow = Awaited<ReturnType<ReturnType<typeof residentsQuery>['execute']>>[number];

export const toResident = (row: ResidentRow): Resident => ({
  id: row.id,
  site: row.site,
  unit: row.unit,
  room: row.room,
  family: row.family,
  given: row.given,
  birthDate: row.birth_date,
  sex: row.sex as Resident['sex'],
  spo2Scale: row.spo2_scale === 2 ? 2 : 1,
  ins: row.ins_system !== null && row.ins_value !== null ? { system: row.ins_system, value: row.ins_value } : null,
});

export const toDevice = (
  row: {
    id: string;
    site: string;
    model: string;
    config: string;
    cadence_seconds: number | null;
    state: string;
    state_since: number | null;
  },
  identifiers: readonly string[],
): Device => ({
  id: row.id,
  site: row.site,
  model: row.model,
  identifiers,
  config: JSON.parse(row.config) as DeviceConfig,
  cadenceSeconds: row.cadence_seconds,
  state: row.state as DeviceState,
  stateSince: row.state_since,
});

export const toAssignment = (row: {
  device: string;
  resident: string | null;
  room: string | null;
  since: number;
  until: number | null;
}): Assignment => ({
  device: row.device,
  resident: row.resident,
  room: row.room,
  since: row.since,
  until: row.until,
});
