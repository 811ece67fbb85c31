import type { Coding, FhirResource, Observation } from 'fhir/r4.js';
import { METRIC_NAMES, type Metric } from '../../../domain/metrics.js';
import { toIso } from '../../../domain/time.js';
import { OBSERVATION_CATEGORY, identifierOf, localCoding } from '../../../fhir/systems.js';
import { codeOf, toObservations, type Mapped } from '../../../fhir/observation.js';
import { BLOOD_PRESSURE, FHIR_TABLE, PRESSURES, categoryOf, isPressure } from '../../../fhir/table.js';
import { LOINC, MDC } from '../../../fhir/systems.js';
import { decodeCursor, encodeCursor } from '../../../platform/store/bulk.js';
import type { Db } from '../../../platform/store/db.js';
import { findReadings, type ReadingFilter } from '../../../platform/store/find-readings.js';
import type { LoggedReading } from '../../../platform/store/readings.js';
import { anyOf, countOf, idsOf, invalid, matches, periodOf, tokensOf, type Params, type Token } from './params.js';
import type { Found, View } from './view.js';

export const OBSERVATION_PARAMS = [
  'patient',
  'subject',
  'code',
  'category',
  'date',
  'device',
  '_sort',
  '_include',
  'max',
];

type Item = Mapped<LoggedReading>;

const codingsOf = (metric: Metric, view: View) =>
  isPressure(metric)
    ? [
        { system: LOINC, code: BLOOD_PRESSURE.loinc },
        { system: MDC, code: String(BLOOD_PRESSURE.mdc) },
      ]
    : (codeOf(metric, view.context).coding ?? []);

const categoriesOf = (metric: Metric, { settings }: View) => {
  const r4 = categoryOf(metric, settings.profileSet);
  const { local } = FHIR_TABLE[metric];
  return [
    ...(r4 === undefined ? [] : [{ system: OBSERVATION_CATEGORY, code: r4 }]),
    ...(local === undefined ? [] : [localCoding(settings.sourceOid, 'category', local)]),
  ];
};

/** The metrics whose Observations have one of these codes and one of these categories. */
const metricsOf = (params: Params, view: View): Metric[] | undefined => {
  const has = (tokens: readonly Token[] | undefined, codings: readonly Coding[]): boolean =>
    tokens === undefined || tokens.some((token) => codings.some((coding) => matches(token, coding)));
  const [code, category] = [tokensOf(params, 'code'), tokensOf(params, 'category')];
  if (!code && !category) return undefined;
  return METRIC_NAMES.filter(
    (metric) => has(code, codingsOf(metric, view)) && has(category, categoriesOf(metric, view)),
  );
};

/** Ids of the store for ids of FHIR; what the reader may not see finds nothing. */
const residentsOf = (params: Params, view: View): string[] | undefined => {
  const given = idsOf(params, 'patient', 'Patient') ?? idsOf(params, 'subject', 'Patient');
  return given?.flatMap((id) => view.resident(id)?.id ?? []);
};

const readingIds = (params: Params, view: View): string[] | undefined => {
  const { system } = identifierOf(view.settings.sourceOid, 'reading', '');
  const byIdentifier = tokensOf(params, 'identifier')
    ?.filter((token) => token.system === undefined || token.system === system)
    .map(({ code }) => code);
  const byId = anyOf(params, '_id');
  if (byId && byIdentifier) return byId.filter((id) => byIdentifier.includes(id));
  return byId ? [...byId] : byIdentifier;
};

const orderOf = (params: Params): 'asc' | 'desc' => {
  const [sort = '-date'] = params.get('_sort') ?? [];
  if (sort !== 'date' && sort !== '-date') throw invalid('_sort: expected date or -date');
  return sort === 'date' ? 'asc' : 'desc';
};

const filterOf = (params: Params, view: View): Omit<ReadingFilter, 'limit'> => ({
  sites: view.principal.sites,
  residents: residentsOf(params, view),
  devices: idsOf(params, 'device', 'Device')?.flatMap((id) => view.device(id)?.id ?? []),
  metrics: metricsOf(params, view),
  ...periodOf(params),
  order: orderOf(params),
});

const isNothing = ({ sites, residents, devices, metrics, withIds }: Omit<ReadingFilter, 'limit' | 'order'>): boolean =>
  [sites, residents, devices, metrics, withIds].some((list) => list?.length === 0);

/** An Observation is found by the id of its first reading; it was last changed when it was received. */
const resourceOf = ({ resource, readings }: Item): Observation => ({
  ...resource,
  id: readings[0]!.id,
  meta: { ...resource.meta, lastUpdated: toIso(Math.max(...readings.map(({ receivedAt }) => receivedAt))) },
});

/** A panel has three readings at most. */
const ROWS_PER_ITEM = 3;

/** One page: `[time, message, skip]` says where it starts, in whole messages and then within one. */
const page = async (
  db: Db,
  view: View,
  filter: Omit<ReadingFilter, 'limit'>,
  { count, cursor }: { count: number; cursor: string | undefined },
): Promise<{ items: Item[]; next: string | null }> => {
  if (isNothing(filter)) return { items: [], next: null };
  const [time, message, skipped] = decodeCursor(cursor) ?? [];
  const start = typeof time === 'number' && typeof message === 'string' ? { time, message } : undefined;
  const skip = start && typeof skipped === 'number' ? skipped : 0;
  const limit = ROWS_PER_ITEM * (count + skip + 1);
  const rows = await findReadings(db, { ...filter, start, limit });
  const all = toObservations(rows, view.context);
  const items = all.slice(skip, skip + count);
  const following = all[skip + count];
  if (!following) return { items, next: null };
  const { time: at, message: of } = following.readings[0]!;
  const before = all
    .slice(0, skip + count)
    .filter(({ readings: [first] }) => first!.time === at && first!.message === of).length;
  return { items, next: encodeCursor(at, of, before) };
};

const includesOf = (params: Params, items: readonly Item[], view: View): FhirResource[] => {
  const wanted = new Set(params.get('_include') ?? []);
  const included = new Map<string, FhirResource>();
  const add = (resource: FhirResource): void =>
    void included.set(`${resource.resourceType}/${resource.id ?? ''}`, resource);
  for (const name of wanted)
    if (!['Observation:patient', 'Observation:subject', 'Observation:device'].includes(name))
      throw invalid('_include: expected Observation:patient, Observation:subject or Observation:device');
  for (const { readings } of items)
    for (const { resident, device } of readings) {
      const person = resident === null ? null : view.residents().find(({ id }) => id === resident);
      if (person && (wanted.has('Observation:patient') || wanted.has('Observation:subject')))
        add(view.patientResource(person));
      const found = wanted.has('Observation:device') ? view.devices().find(({ id }) => id === device) : undefined;
      if (found) add(view.deviceResource(found));
    }
  return [...included.values()];
};

export const searchObservations = async (db: Db, params: Params, view: View): Promise<Found> => {
  const ids = readingIds(params, view);
  const filter = { ...filterOf(params, view), withIds: ids };
  const found = await page(db, view, filter, { count: countOf(params), cursor: params.get('_cursor')?.[0] });
  // By id, the message was read whole so that a panel is whole: leave its neighbours out.
  const items = ids ? found.items.filter(({ readings }) => readings.some(({ id }) => ids.includes(id))) : found.items;
  return { resources: items.map(resourceOf), included: includesOf(params, items, view), next: found.next };
};

/** By the id of its first reading; a panel has one id, not three. */
export const readObservation = async (db: Db, id: string, view: View): Promise<Observation | null> => {
  const rows = await findReadings(db, { sites: view.principal.sites, withIds: [id], order: 'asc', limit: 1_000 });
  const item = toObservations(rows, view.context).find(({ readings }) => readings[0]!.id === id);
  return item ? resourceOf(item) : null;
};

/** The newest Observations of each code for the patients asked for (FHIR R4 observation-operation-lastn). */
export const lastObservations = async (db: Db, params: Params, view: View): Promise<Found> => {
  if (!params.has('patient') && !params.has('subject')) throw invalid('$lastn: expected patient');
  if (!params.has('category') && !params.has('code')) throw invalid('$lastn: expected category or code');
  const [text = '1'] = params.get('max') ?? [];
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1) throw invalid('max: expected a whole number from 1 to 999');
  const filter = { ...filterOf(params, view), order: 'desc' } as const;
  const groups = new Map<string, Metric[]>();
  for (const metric of filter.metrics ?? METRIC_NAMES) {
    const code = isPressure(metric) ? 'panel' : (codingsOf(metric, view)[0]?.code ?? metric);
    groups.set(code, isPressure(metric) ? [...PRESSURES] : [...(groups.get(code) ?? []), metric]);
  }
  const items: Item[] = [];
  for (const resident of filter.residents ?? [])
    for (const metrics of groups.values()) {
      const one = { ...filter, residents: [resident], metrics };
      items.push(...(await page(db, view, one, { count: Number(text), cursor: undefined })).items);
    }
  return { resources: items.map(resourceOf), included: includesOf(params, items, view), next: null };
};
