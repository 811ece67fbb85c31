import type { FhirResource, Flag } from 'fhir/r4.js';
import type { Alert } from '../../../domain/alert.js';
import { flagOf } from '../../../fhir/alert.js';
import { identifierOf, type IdentifierKind } from '../../../fhir/systems.js';
import { alertById, listAlerts } from '../../../platform/store/alerts.js';
import type { Db } from '../../../platform/store/db.js';
import { anyOf, countOf, idsOf, matches, tokensOf, type Params } from './params.js';
import { GATEWAY_ID, fhirId, type Found, type View } from './view.js';

export const PATIENT_PARAMS = ['name', 'family', 'given', 'birthdate', 'gender'];
export const DEVICE_PARAMS = ['patient'];
export const FLAG_PARAMS = ['patient', 'subject', 'status'];

const wantedIds = (params: Params, view: View, kind: IdentifierKind): ((id: string) => boolean) => {
  const ids = anyOf(params, '_id');
  const tokens = tokensOf(params, 'identifier');
  const { system } = identifierOf(view.settings.sourceOid, kind, '');
  return (id) =>
    (ids === undefined || ids.includes(fhirId(id))) &&
    (tokens === undefined || tokens.some((token) => matches(token, { system, code: id })));
};

const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
/** FHIR string search: from the beginning, whatever the case and the accents. */
const starts = (given: readonly string[] | undefined, ...texts: readonly string[]): boolean =>
  given === undefined || given.some((part) => texts.some((text) => folded(text).startsWith(folded(part))));

/** A page of a list that is in memory and ordered by id. */
const paged = <Item extends { id: string }>(
  items: readonly Item[],
  params: Params,
  resource: (item: Item) => FhirResource,
): Found => {
  const [after = ''] = params.get('_cursor') ?? [];
  const rest = items.filter(({ id }) => id > after);
  const shown = rest.slice(0, countOf(params));
  return { resources: shown.map(resource), next: rest.length > shown.length ? (shown.at(-1)?.id ?? null) : null };
};

export const searchPatients = (params: Params, view: View): Found => {
  const wanted = wantedIds(params, view, 'resident');
  const [name, family, given] = ['name', 'family', 'given'].map((key) => anyOf(params, key));
  const [birth, gender] = [anyOf(params, 'birthdate'), tokensOf(params, 'gender')];
  const found = view
    .residents()
    .filter(
      (resident) =>
        wanted(resident.id) &&
        starts(name, resident.family, resident.given) &&
        starts(family, resident.family) &&
        starts(given, resident.given) &&
        (birth === undefined || birth.some((day) => resident.birthDate === day.replace(/^eq/, ''))) &&
        (gender === undefined || gender.some(({ code }) => code === resident.sex)),
    );
  return paged(found, params, (resident) => view.patientResource(resident));
};

export const searchDevices = async (params: Params, view: View, holderOf: (device: string) => string | null) => {
  const wanted = wantedIds(params, view, 'device');
  const patients = idsOf(params, 'patient', 'Patient')?.flatMap((id) => view.resident(id)?.id ?? []);
  const found = view
    .devices()
    .filter(({ id }) => wanted(id) && (patients === undefined || patients.includes(holderOf(id) ?? '')));
  return paged(found, params, (device) => view.deviceResource(device));
};

export const readDevice = (id: string, view: View): FhirResource | null => {
  const device = view.device(id);
  return device || id === GATEWAY_ID ? view.deviceResource(device) : null;
};

const flagResource = (alert: Alert, view: View): Flag => ({ ...flagOf(alert, view), id: fhirId(alert.id) });

export const readFlag = async (db: Db, id: string, view: View): Promise<Flag | null> => {
  const alert = await alertById(db, id);
  return alert && view.principal.sites.includes(alert.site) ? flagResource(alert, view) : null;
};

/** Alerts that are not closed, then the closed ones, newest first. */
export const searchFlags = async (db: Db, params: Params, view: View): Promise<Found> => {
  const given = idsOf(params, 'patient', 'Patient') ?? idsOf(params, 'subject', 'Patient');
  const residents = given?.map((id) => view.resident(id)?.id ?? null);
  if (residents?.every((id) => id === null)) return { resources: [], next: null };
  const status = anyOf(params, 'status');
  const wanted = wantedIds(params, view, 'alert');
  const [at = ''] = params.get('_cursor') ?? [];
  const state = at.startsWith('closed') ? 'closed' : 'open';
  const page = await listAlerts(db, {
    sites: view.principal.sites,
    state,
    ...(residents?.length === 1 && residents[0] ? { resident: residents[0] } : {}),
    limit: countOf(params),
    cursor: at.split(':')[1] ?? null,
  });
  const resources = page.items
    .filter(({ id, resident }) => wanted(id) && (residents === undefined || residents.includes(resident)))
    .map((alert) => flagResource(alert, view))
    .filter((flag) => status === undefined || status.includes(flag.status));
  const onward = page.next === null ? (state === 'open' ? 'closed' : null) : `${state}:${page.next}`;
  // An empty page with a successor says nothing: go on to the first that has something.
  if (resources.length === 0 && onward !== null)
    return searchFlags(db, new Map([...params, ['_cursor', [onward]]]), view);
  return { resources, next: onward };
};
