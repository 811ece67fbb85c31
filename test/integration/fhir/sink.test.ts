import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, Observation } from 'fhir/r4.js';
import { Agent } from 'undici';
import { EMPTY_DIRECTORY, type Directory } from '../../../fhir/context.js';
import { fhirSink, type FhirSinkOptions } from '../../../gateway/sinks/fhir.js';
import type { Delivery, LoggedReading, Sink } from '../../../gateway/sinks/sink.js';
import { startFhirServerProcess } from '../../support/fhir-server-process.js';
import { startFhirServer, type FhirServer } from '../../support/fhir-server.js';
import { aReading, type ReadingParts } from '../../support/readings.js';

const NEVER = new AbortController().signal;
const OID = '1.2.250.1.999.1';
const NOON = Date.UTC(2026, 10, 23, 12);
let seq = 0;
const log = (parts: readonly ReadingParts[]): LoggedReading[] =>
  parts.map((part) => ({ ...aReading(part), seq: (seq += 1) }));
const many = (n: number, parts: ReadingParts = {}): LoggedReading[] =>
  log(Array.from({ length: n }, (_, i) => ({ time: NOON + i * 1_000, value: 60 + (i % 40), ...parts })));

describe('the FHIR sink', () => {
  let server: FhirServer;
  let sink: Sink;
  beforeAll(() => {
    seq = 0;
  });
  beforeEach(async () => {
    server = await startFhirServer();
    sink = fhirSink({ baseUrl: server.baseUrl, sourceOid: OID, timeout: 5_000 });
  });
  afterEach(() => server.close());
  const deliver = (batch: readonly LoggedReading[], to = sink): Promise<Delivery> => to.deliver(batch, NEVER);
  const get = async (path: string): Promise<Bundle<Observation>> =>
    (await (await fetch(`${server.baseUrl}/${path}`)).json()) as Bundle<Observation>;

  it('makes one Observation of a reading that is sent three times', async () => {
    const batch = log([{ metric: 'spo2', value: 91 }]);
    for (let i = 0; i < 3; i += 1) expect(await deliver(batch)).toEqual({ rejected: [] });
    await deliver(batch, fhirSink({ baseUrl: server.baseUrl, sourceOid: OID }));
    expect(server.observations()).toEqual([[`urn:oid:${OID}.1|${batch[0]!.id}`]]);
    expect(server.repository.identifiers('Patient')).toEqual([[`urn:oid:${OID}.2|r-001`]]);
    expect(server.repository.identifiers('Device').map(([own]) => own)).toContain(`urn:oid:${OID}.3|ox-1`);
    expect(server.repository.identifiers('Device')).toHaveLength(2); // and the gateway
  });

  it('is found by patient and code, by patient identifier, and by date', async () => {
    await deliver(
      log([{ metric: 'spo2', value: 91 }, { value: 80 }, { metric: 'spo2', value: 95, resident: 'r-002' }]),
    );
    const patients = await get(`Patient?identifier=${encodeURIComponent(`urn:oid:${OID}.2|r-001`)}`);
    const id = patients.entry?.[0]?.resource?.id;
    const found = await get(`Observation?subject=Patient/${id}&code=http://loinc.org|59408-5&date=2026-11-23`);
    expect(found.entry?.map(({ resource }) => resource?.valueQuantity?.value)).toEqual([91]);
    expect(found.entry?.[0]?.resource?.subject).toEqual({
      reference: `Patient/${id}`,
      type: 'Patient',
      identifier: { system: `urn:oid:${OID}.2`, value: 'r-001' },
    });
  });

  it('sends a blood pressure as one panel that carries the ids of all its readings', async () => {
    const batch = log([
      { metric: 'systolic_bp', value: 121, device: 'cuff-1' },
      { metric: 'diastolic_bp', value: 78, device: 'cuff-1' },
      { metric: 'mean_bp', value: 92, device: 'cuff-1' },
      { metric: 'pulse_rate', value: 70, device: 'cuff-1' },
    ]);
    expect(await deliver(batch)).toEqual({ rejected: [] });
    expect(server.observations().sort((a, b) => b.length - a.length)).toEqual([
      batch.slice(0, 3).map(({ id }) => `urn:oid:${OID}.1|${id}`),
      [`urn:oid:${OID}.1|${batch[3]!.id}`],
    ]);
  });

  it('accepts what has nobody to be about, and says nothing to the server', async () => {
    expect(await deliver(log([{ value: 70, resident: null, room: '101' }]))).toEqual({ rejected: [] });
    expect(server.bundles).toEqual([]);
  });

  it('sends events and states as Observations too', async () => {
    const batch = log([
      { metric: 'fall', value: true },
      { metric: 'battery_level', value: 50 },
      { metric: 'co2', value: 900, resident: null, room: '101' },
    ]);
    expect(await deliver(batch)).toEqual({ rejected: [] });
    expect(server.observations()).toHaveLength(3);
  });

  it('creates patients with nothing but a pseudonym, and with an INS finds the one the server has', async () => {
    await deliver(log([{ value: 62 }]));
    const patients = (await get('Patient')) as unknown as Bundle;
    expect(Object.keys(patients.entry![0]!.resource!).sort()).toEqual(['id', 'identifier', 'meta', 'resourceType']);
    const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '234025511800123' };
    const theirs = await server.repository.createResource({ resourceType: 'Patient', identifier: [ins] });
    const known = {
      family: 'Églantier',
      given: 'Odette',
      birthDate: '1934-02-11',
      sex: 'female',
      spo2Scale: 1,
      ins,
    } as const;
    const directory: Directory = {
      ...EMPTY_DIRECTORY,
      resident: (id) => ({ id, site: 'les-tilleuls', unit: null, room: null, ...known }),
    };
    const named = fhirSink({ baseUrl: server.baseUrl, sourceOid: OID, directory: () => Promise.resolve(directory) });
    await deliver(log([{ value: 61, resident: 'r-007' }]), named);
    expect(server.repository.identifiers('Patient')).toHaveLength(2);
    const found = await get(`Observation?subject=Patient/${theirs.id}`);
    expect(found.entry?.[0]?.resource?.subject?.identifier?.value).toBe(ins.value);
  });

  it('delivers a thousand readings in bundles of at most fifty, quickly', async () => {
    expect(await deliver(many(1_000))).toEqual({ rejected: [] });
    expect(server.observations()).toHaveLength(1_000);
    expect(Math.max(...server.bundles.map(({ entry }) => entry?.length ?? 0))).toBe(50);
  });

  it('sends its token', async () => {
    const guarded = await startFhirServer({ token: 'secret' });
    const to = (options: Partial<FhirSinkOptions>) =>
      fhirSink({ baseUrl: guarded.baseUrl, sourceOid: OID, ...options });
    const refused = await deliver(log([{ value: 61 }]), to({}));
    expect(refused).toMatchObject({ retryFrom: seq, retryReason: 'fhir.unauthorized' });
    expect(await deliver(log([{ value: 61 }]), to({ token: 'secret' }))).toEqual({ rejected: [] });
    await guarded.close();
  });

  describe('when the server misbehaves', () => {
    /** Patients and devices are known, so that the next request is about Observations. */
    beforeEach(async () => void (await deliver(log([{ value: 59, time: NOON - 1_000 }]))));

    it.each([
      [
        { kind: 'status', status: 503, retryAfter: '7' },
        { retryReason: 'fhir.503', retryAfter: 7_000 },
      ],
      [
        { kind: 'status', status: 429, retryAfter: '2' },
        { retryReason: 'fhir.429', retryAfter: 2_000 },
      ],
      [{ kind: 'status', status: 403 }, { retryReason: 'fhir.unauthorized' }],
      [{ kind: 'status', status: 404, body: 'no such page' }, { retryReason: 'fhir.404' }],
      [{ kind: 'status', status: 200, body: { resourceType: 'Bundle' } }, { retryReason: 'fhir.unexpected-answer' }],
      [{ kind: 'reset', after: 'nothing' }, { retryReason: 'fhir.unreachable (UND_ERR_SOCKET)' }],
      [{ kind: 'reset', after: 'work' }, { retryReason: 'fhir.unreachable (UND_ERR_SOCKET)' }],
    ] as const)('keeps all rows, then has each once: %j', async (fault, expected) => {
      server.faults.next.push(fault);
      const batch = many(10);
      expect(await deliver(batch)).toEqual({ rejected: [], retryFrom: batch[0]!.seq, ...expected });
      expect(await deliver(batch)).toEqual({ rejected: [] });
      expect(server.observations()).toHaveLength(11);
    });

    it('gives a hung server up after its time limit and repeats nothing', async () => {
      const hasty = fhirSink({ baseUrl: server.baseUrl, sourceOid: OID, timeout: 300, dispatcher: new Agent() });
      const batch = many(10);
      await deliver(batch.slice(0, 1), hasty);
      server.faults.next.push({ kind: 'slow', millis: 2_000 });
      expect(await deliver(batch, hasty)).toMatchObject({ retryFrom: batch[0]!.seq, retryReason: 'fhir.timeout' });
      expect(await deliver(batch)).toEqual({ rejected: [] });
      expect(server.observations()).toHaveLength(11);
    });

    it('keeps from the first entry without a good answer when half a bundle fails', async () => {
      server.faults.next.push({ kind: 'half' });
      const batch = many(10);
      expect(await deliver(batch)).toMatchObject({ rejected: [], retryFrom: batch[1]!.seq, retryReason: 'fhir.500' });
      expect(await deliver(batch.slice(1))).toEqual({ rejected: [] });
      expect(server.observations()).toHaveLength(11);
    });

    it('offers the whole message again when one of its entries failed, so that no panel is split', async () => {
      const batch = log([
        { value: 70, message: 'm1' },
        { metric: 'systolic_bp', value: 120, message: 'm2' },
        { metric: 'diastolic_bp', value: 80, message: 'm2' },
        { metric: 'pulse_rate', value: 71, message: 'm2' },
      ]);
      const answers = (['201', '201', '500'] as const).map((status) => ({ response: { status } }));
      server.faults.next.push({ kind: 'status', status: 200, body: { resourceType: 'Bundle', entry: answers } });
      expect(await deliver(batch)).toMatchObject({ retryFrom: batch[1]!.seq });
    });

    it('rejects only the entries the server refuses for good, with a code and none of its words', async () => {
      const batch = many(3);
      const diagnostics = 'Patient Odette Durand has value 61';
      const outcome = {
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: 'invalid', diagnostics }],
      };
      const answers = [{ status: '201' }, { status: '422', outcome }, { status: '200' }].map((response) => ({
        response,
      }));
      const body = { resourceType: 'Bundle', type: 'batch-response', entry: answers };
      const refuse = { kind: 'status', status: 200, body } as const;
      const fresh = fhirSink({ baseUrl: server.baseUrl, sourceOid: OID });
      const known = {
        resourceType: 'Bundle',
        entry: ['200', '200', '200'].map((status) => ({ response: { status } })),
      };
      server.faults.next.push({ kind: 'status', status: 200, body: known }, refuse);
      expect(await deliver(batch, fresh)).toEqual({
        rejected: [{ seq: batch[1]!.seq, reason: 'fhir.422 invalid' }],
      });
    });

    it('halves a bundle that is refused as a whole until the bad entry stands alone', async () => {
      const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'structure' }] };
      const refuse = { kind: 'status', status: 400, body: outcome } as const;
      server.faults.next.push(refuse, refuse, refuse); // 4 → 2 → 1
      const batch = many(4);
      const first = await deliver(batch);
      // A refusal may mean that the Patient is gone, so the row gets a second chance with the Patient looked up again.
      expect(first).toEqual({ rejected: [], retryFrom: batch[0]!.seq, retryReason: 'fhir.400 structure' });
      expect(await deliver(batch)).toEqual({ rejected: [] });
    });

    it('creates the patient again when the server has lost it', async () => {
      const [before] = ((await get('Patient')) as unknown as Bundle).entry ?? [];
      await server.repository.deleteResource('Patient', before!.resource!.id!);
      const refused = { response: { status: '400', outcome: { resourceType: 'OperationOutcome', issue: [] } } };
      server.faults.next.push({ kind: 'status', status: 200, body: { resourceType: 'Bundle', entry: [refused] } });
      const batch = log([{ value: 77 }]);
      expect(await deliver(batch)).toMatchObject({ retryFrom: batch[0]!.seq });
      expect(await deliver(batch)).toEqual({ rejected: [] });
      expect(server.repository.identifiers('Patient')).toHaveLength(1);
    });

    it('uses references by identifier when the server lets nobody create patients', async () => {
      const fresh = fhirSink({ baseUrl: server.baseUrl, sourceOid: OID });
      const answers = ['403', '201', '201'].map((status) => ({
        response: { status, location: 'Device/d1/_history/1' },
      }));
      server.faults.next.push({ kind: 'status', status: 200, body: { resourceType: 'Bundle', entry: answers } });
      expect(await deliver(log([{ value: 78 }]), fresh)).toEqual({ rejected: [] });
      const sent = server.bundles.at(-1)?.entry?.[0]?.resource as Observation | undefined;
      expect(sent?.subject).toEqual({ type: 'Patient', identifier: { system: `urn:oid:${OID}.2`, value: 'r-001' } });
      expect(sent?.device?.reference).toBe('Device/d1');
    });

    it('keeps everything while the server is down and carries on when it is back', async () => {
      await server.stop();
      const batch = many(120);
      expect(await deliver(batch)).toEqual({
        rejected: [],
        retryFrom: batch[0]!.seq,
        retryReason: expect.stringContaining('fhir.unreachable'),
      });
      await server.start();
      expect(await deliver(batch)).toEqual({ rejected: [] });
      expect(server.observations()).toHaveLength(121);
    });

    it('starts no bundle after one that must wait', async () => {
      server.faults.always = { kind: 'status', status: 503 };
      const before = server.bundles.length;
      expect(await deliver(many(800))).toMatchObject({ retryReason: 'fhir.503' });
      expect(server.bundles.length - before).toBe(1); // they are all of one person
    });
  });
});

describe('the FHIR server of the tests in its own process', () => {
  let server: Awaited<ReturnType<typeof startFhirServerProcess>>;
  afterAll(() => server?.close());

  it('takes readings, and faults from outside', async () => {
    server = await startFhirServerProcess();
    const sink = fhirSink({ baseUrl: server.baseUrl, sourceOid: OID });
    await server.setFaults({ always: { kind: 'status', status: 503 } });
    const batch = many(60);
    expect(await sink.deliver(batch, NEVER)).toMatchObject({ retryReason: 'fhir.503' });
    await server.setFaults({ always: null });
    expect(await sink.deliver(batch, NEVER)).toEqual({ rejected: [] });
    expect(await server.observations()).toHaveLength(60);
  });
});
