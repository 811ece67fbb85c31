import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'fhir-kit-client';
import type { Bundle, CapabilityStatement, FhirResource, Observation, OperationOutcome } from 'fhir/r4.js';
import { METRIC_NAMES, metricDefinition } from '../../../domain/metrics.js';
import { readingsAfter } from '../../../platform/store/readings.js';
import { loadVitalSigns, validate } from '../../support/fhir-valid.js';
import { startWorld, type World } from './world.js';

const NOON = Date.UTC(2026, 10, 23, 12);
const OID = '1.2.250.1.999.1';
let world: World;
let nurse: Client;

const clientOf = (cookie: string): Client =>
  new Client({ baseUrl: `${world.web().url}/fhir`, customHeaders: { cookie } });
const search = async (resourceType: string, searchParams: Record<string, string>, client = nurse) =>
  (await client.search({ resourceType, searchParams })) as unknown as Bundle;
const matched = (bundle: Bundle): FhirResource[] =>
  (bundle.entry ?? []).flatMap(({ resource, search: found }) =>
    found?.mode === 'match' && resource ? [resource as FhirResource] : [],
  );
const observations = async (params: Record<string, string>, client = nurse): Promise<Observation[]> =>
  matched(await search('Observation', params, client)) as Observation[];
const values = (found: Observation[]) => found.map(({ valueQuantity }) => valueQuantity?.value);
const refusal = async (work: Promise<unknown>): Promise<{ status: number; body: OperationOutcome }> => {
  const error = await work.then(
    () => null,
    (reason: { response: { status: number; data: OperationOutcome } }) => reason,
  );
  if (!error) throw new Error('expected a refusal');
  return { status: error.response.status, body: error.response.data };
};

beforeAll(async () => {
  loadVitalSigns();
  world = await startWorld();
  nurse = clientOf((await world.signIn('lea')).cookie);
  const at = (minute: number) => ({ time: NOON + minute * 60_000, message: `m-${minute}` });
  await world.measure(
    ...METRIC_NAMES.filter((metric) => !metric.endsWith('_bp')).map((metric, n) => {
      const definition = metricDefinition(metric);
      const value = definition.kind === 'boolean' ? true : definition.limits[0];
      return { metric, value, ...at(1_000 + n) };
    }),
    ...[1, 2, 3, 4, 5].map((n) => ({ metric: 'spo2' as const, value: 90 + n, ...at(n) })),
    { metric: 'systolic_bp', value: 121, ...at(9) },
    { metric: 'pulse_rate', value: 66, ...at(9) },
    { metric: 'diastolic_bp', value: 78, ...at(9) },
    { metric: 'spo2', value: 97, resident: 'r-a2', device: 'ox-a2', ...at(3) },
    { metric: 'spo2', value: 88, site: 'site-b', resident: 'r-b1', device: 'ox-b1', ...at(3) },
  );
  await world.ring('alert-a');
  await world.ring('alert-b', { resident: 'r-b1' });
});
afterAll(() => world.close());

describe('the FHIR facade', () => {
  it('says what it can do to anybody, and that is FHIR 4.0.1, read-only', async () => {
    const statement = (await clientOf('').capabilityStatement()) as unknown as CapabilityStatement;
    validate(statement);
    expect(statement.fhirVersion).toBe('4.0.1');
    expect(statement.rest?.[0]?.resource?.map(({ type }) => type)).toEqual([
      'Patient',
      'Device',
      'Observation',
      'Flag',
    ]);
  });

  it('finds by patient, code, date and category, newest first unless told otherwise', async () => {
    const spo2 = {
      patient: 'r-a1',
      code: 'http://loinc.org|59408-5',
      date: `lt${new Date(NOON + 600_000).toISOString()}`,
    };
    expect(values(await observations(spo2))).toEqual([95, 94, 93, 92, 91]);
    expect(values(await observations({ ...spo2, _sort: 'date' }))).toEqual([91, 92, 93, 94, 95]);
    expect(values(await observations({ ...spo2, code: '2708-6', date: '2026-11-23T12:02' }))).toEqual([92]);
    expect(await observations({ ...spo2, code: 'http://loinc.org|1-1' })).toEqual([]);
    expect(await observations({ subject: 'Patient/r-a1', category: 'safety' })).toHaveLength(4);
    expect(values(await observations({ device: 'Device/ox-a2' }))).toEqual([97]);
  });

  it('serves every reading of the store, valid, and reads each by its id', async () => {
    const rows = (await readingsAfter(world.store.db, { after: 0, limit: 1_000 })).filter(
      ({ site }) => site === 'site-a',
    );
    const all = await observations({ _count: '200' });
    expect(all.flatMap(({ identifier }) => identifier?.map(({ value }) => value)).sort()).toEqual(
      rows.map(({ id }) => String(id)).sort(),
    );
    for (const resource of all) {
      validate(resource);
      const read = (await nurse.read({ resourceType: 'Observation', id: resource.id! })) as unknown;
      expect(read).toEqual(resource);
    }
  });

  it('has a blood pressure as one panel, found by its code and by identifier', async () => {
    const [panel, ...rest] = await observations({ patient: 'r-a1', code: '85354-9' });
    expect(rest).toEqual([]);
    expect(panel?.component?.map(({ valueQuantity }) => valueQuantity?.value)).toEqual([121, 78]);
    const { system, value } = panel!.identifier![1]!;
    expect(await observations({ identifier: `${system}|${value}` })).toEqual([panel]);
  });

  it('pages without losing or repeating any', async () => {
    const seen: string[] = [];
    let bundle = await search('Observation', { patient: 'r-a1', _count: '4' });
    for (;;) {
      expect(matched(bundle).length).toBeLessThanOrEqual(4);
      seen.push(...matched(bundle).map(({ id }) => id!));
      const next = bundle.link?.find(({ relation }) => relation === 'next');
      if (!next) break;
      bundle = (await nurse.nextPage({ bundle: bundle as never })) as unknown as Bundle;
    }
    const all = await observations({ patient: 'r-a1', _count: '200' });
    expect(seen).toEqual(all.map(({ id }) => id));
  });

  it('includes patients and devices', async () => {
    const query = 'Observation?patient=r-a1&code=85354-9&_include=Observation:patient&_include=Observation:device';
    const bundle = (await nurse.request(query)) as unknown as Bundle;
    const included = bundle.entry?.filter((entry) => entry.search?.mode === 'include').map(({ resource }) => resource!);
    expect(included?.map(({ resourceType, id }) => `${resourceType}/${id}`)).toEqual(['Patient/r-a1', 'Device/ox-a1']);
    for (const resource of included ?? []) validate(resource);
    expect(JSON.stringify(bundle)).not.toContain('2340255118001'); // the INS stays in the registry
  });

  it('has the newest of each code with $lastn', async () => {
    const bundle = (await nurse.request(
      'Observation/$lastn?patient=r-a1&category=vital-signs&max=2',
    )) as unknown as Bundle;
    const codes = matched(bundle).map((found) => (found as Observation).code.coding?.[0]?.code);
    expect(codes.filter((code) => code === '2708-6')).toHaveLength(2);
    expect(codes.filter((code) => code === '85354-9')).toHaveLength(1);
    expect(codes.filter((code) => code === '8867-4')).toHaveLength(2);
  });

  it('finds patients, devices and flags', async () => {
    expect(matched(await search('Patient', { family: 'eglan' })).map(({ id }) => id)).toEqual(['r-a1']);
    expect(matched(await search('Patient', { identifier: `urn:oid:${OID}.2|r-a2` })).map(({ id }) => id)).toEqual([
      'r-a2',
    ]);
    expect(matched(await search('Device', { patient: 'Patient/r-a1' })).map(({ id }) => id)).toEqual(['ox-a1']);
    const flags = matched(await search('Flag', { patient: 'r-a1', status: 'active' }));
    expect(flags.map(({ id }) => id)).toEqual(['alert-a']);
    for (const flag of flags) validate(flag);
    expect(await nurse.read({ resourceType: 'Device', id: 'vigie-gateway' })).toMatchObject({ resourceType: 'Device' });
  });

  it('shows nothing of another site by any parameter', async () => {
    const theirs = await observations({ _count: '200' }, clientOf((await world.signIn('boris')).cookie));
    expect(values(theirs)).toEqual([88]);
    const { id, identifier } = theirs[0]!;
    const token = `${identifier![0]!.system}|${identifier![0]!.value}`;
    for (const params of [
      { patient: 'r-b1' },
      { subject: 'Patient/r-b1' },
      { device: 'ox-b1' },
      { _id: id! },
      { identifier: token },
      { patient: 'r-a1,r-b1', code: '2708-6', _include: 'Observation:patient' },
    ])
      expect(JSON.stringify((await search('Observation', params)).entry ?? [])).not.toMatch(/r-b1"|ox-b1"|"value":88/);
    for (const params of [{}, { _id: 'r-b1' }, { name: 'Sureau' }, { identifier: `urn:oid:${OID}.2|r-b1` }])
      expect(JSON.stringify((await search('Patient', params)).entry ?? [])).not.toContain('Sureau');
    for (const [type, params] of [
      ['Device', { _id: 'ox-b1' }],
      ['Device', { patient: 'r-b1' }],
      ['Flag', { patient: 'r-b1' }],
      ['Flag', { _id: 'alert-b' }],
    ] as const)
      expect(matched(await search(type, params))).toEqual([]);
    for (const [resourceType, of] of [
      ['Patient', 'r-b1'],
      ['Device', 'ox-b1'],
      ['Observation', id!],
      ['Flag', 'alert-b'],
    ] as const)
      expect((await refusal(nurse.read({ resourceType, id: of }))).status).toBe(404);
    const last = (await nurse.request('Observation/$lastn?patient=r-b1&category=vital-signs')) as unknown as Bundle;
    expect(matched(last)).toEqual([]);
  });

  it('asks for a session and a role, and refuses with an OperationOutcome', async () => {
    const technician = clientOf((await world.signIn('tech')).cookie);
    const cases: [Promise<unknown>, number, string][] = [
      [clientOf('').search({ resourceType: 'Patient' }), 401, 'login'],
      [technician.search({ resourceType: 'Observation' }), 403, 'forbidden'],
      [nurse.search({ resourceType: 'Medication' }), 404, 'not-found'],
      [nurse.search({ resourceType: 'Observation', searchParams: { 'patient.name': 'Sureau' } }), 400, 'invalid'],
      [nurse.search({ resourceType: 'Observation', searchParams: { date: 'yesterday' } }), 400, 'invalid'],
      [nurse.create({ resourceType: 'Patient', body: { resourceType: 'Patient' } }), 405, 'not-supported'],
    ];
    for (const [work, status, code] of cases) {
      const refused = await refusal(work);
      expect([refused.status, refused.body.issue[0]?.code]).toEqual([status, code]);
      validate(refused.body);
    }
  });
});
