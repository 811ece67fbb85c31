import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { openAlert, transition } from '../../../domain/lifecycle.js';
import { MINUTE } from '../../../domain/time.js';
import { backendToken } from '../../../gateway/sinks/fhir-auth.js';
import { fhirAlertSink } from '../../../gateway/sinks/fhir-alerts.js';
import { fhirSink } from '../../../gateway/sinks/fhir.js';
import { ALERTS_LOG, READINGS_LOG, drainStore } from '../../../gateway/sinks/drain-store.js';
import { startDrain, type Drain } from '../../../gateway/sinks/drain.js';
import { silentLog } from '../../../platform/log.js';
import { saveAlerts } from '../../../platform/store/alerts.js';
import { listDeadLetters, requestReplay } from '../../../platform/store/dead-letters.js';
import { openStore, type Store } from '../../../platform/store/db.js';
import { migrate } from '../../../platform/store/migrate.js';
import { insertReadings } from '../../../platform/store/readings.js';
import { startFhirServer, type FhirFault, type FhirServer } from '../../support/fhir-server.js';
import { aReading } from '../../support/readings.js';
import { until } from '../../support/until.js';

const OID = '1.2.250.1.999.1';
const READINGS = 200;
const account: string[] = [];
afterAll(() => console.log(`FHIR faults, ${READINGS} readings each:\n${account.join('\n')}`));

/** A real store and drain, a real server, and a clock that only the drain's pauses move. */
const road = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigie-fhir-'));
  const store: Store = await openStore({ dataDir });
  await migrate(store);
  const server = await startFhirServer();
  const clock = { now: Date.UTC(2026, 10, 23, 12), pauses: 0 };
  const started = clock.now;
  const now = (): number => clock.now;
  const drains: Drain[] = [];
  const common = {
    log: silentLog,
    onNews: () => () => undefined,
    now,
    pause: (millis: number) => {
      clock.now += millis;
      clock.pauses += 1;
      return new Promise<void>((resolve) => setImmediate(resolve));
    },
  };
  const options = { baseUrl: server.baseUrl, sourceOid: OID, timeout: 400 };
  return {
    store,
    server,
    clock,
    elapsed: () => clock.now - started,
    async measure(count = READINGS) {
      const readings = Array.from({ length: count }, (_, n) =>
        aReading({ value: 60 + (n % 40), time: clock.now - n * 1_000, resident: `r-${n % 7}`, device: `d-${n % 7}` }),
      );
      await store.write((tx) => insertReadings(tx, readings));
      return readings;
    },
    deliver(sink = fhirSink(options)) {
      const drain = startDrain({ ...common, sink, store: drainStore(store, READINGS_LOG, sink.name, now) });
      drains.push(drain);
      return drain;
    },
    ring() {
      const sink = fhirAlertSink(options);
      const drain = startDrain({ ...common, sink, store: drainStore(store, ALERTS_LOG, sink.name, now) });
      drains.push(drain);
      return drain;
    },
    dead: async () => (await listDeadLetters(store.db, { limit: 1_000 })).items,
    async close() {
      for (const drain of drains) await drain.close();
      await server.close();
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};
type Road = Awaited<ReturnType<typeof road>>;

const each = (server: FhirServer): number => new Set(server.observations().map(([own]) => own)).size;

const run = async (name: string, hurt: (on: Road) => void, expected: { dead: number }): Promise<Road> => {
  const on = await road();
  await on.measure();
  hurt(on);
  on.deliver();
  await until(`${name}: everything settled`, async () => {
    const dead = await on.dead();
    return each(on.server) + dead.length >= READINGS && dead.length === expected.dead;
  });
  const dead = await on.dead();
  const once = on.server.observations().length;
  account.push(
    `  ${name.padEnd(42)} delivered ${each(on.server)}, doubled ${once - each(on.server)}, dead letters ${dead.length}, ` +
      `lost ${READINGS - each(on.server) - dead.length}, ${on.clock.pauses} pauses, ${Math.round(on.elapsed() / 1_000)} s simulated`,
  );
  expect(once).toBe(each(on.server));
  return on;
};
const times = (count: number, fault: FhirFault): FhirFault[] => Array.from({ length: count }, () => fault);

describe('nothing is lost and nothing is doubled', () => {
  it.each<[string, (on: Road) => void, { least?: number }]>([
    [
      '429 with Retry-After',
      ({ server }) => server.faults.next.push(...times(3, { kind: 'status', status: 429, retryAfter: '20' })),
      { least: 60_000 },
    ],
    [
      '500 on half of a bundle',
      ({ server }) => server.faults.next.push({ kind: 'half' }, { kind: 'half' }, { kind: 'half' }),
      {},
    ],
    ['slow answers', ({ server }) => server.faults.next.push(...times(3, { kind: 'slow', millis: 900 })), {}],
    [
      'truncated JSON',
      ({ server }) =>
        server.faults.next.push(...times(3, { kind: 'status', status: 200, body: '{"resourceType":"Bundle","ent' })),
      {},
    ],
    [
      'connection reset before the work',
      ({ server }) => server.faults.next.push(...times(3, { kind: 'reset', after: 'nothing' })),
      {},
    ],
    [
      'connection reset mid-batch, work done',
      ({ server }) => server.faults.next.push(...times(3, { kind: 'reset', after: 'work' })),
      {},
    ],
    [
      '502 from a proxy',
      ({ server }) => server.faults.next.push(...times(5, { kind: 'status', status: 502, body: '<html>' })),
      {},
    ],
  ])('%s', async (name, hurt, { least = 1 }) => {
    const on = await run(name, hurt, { dead: 0 });
    expect(on.elapsed()).toBeGreaterThanOrEqual(least);
    await on.close();
  });

  it('server down for 30 minutes of simulated time', async () => {
    const on = await road();
    await on.measure();
    await on.server.stop();
    const drain = on.deliver();
    await until('half an hour of pauses', () => on.elapsed() >= 30 * MINUTE);
    expect(drain.state().trouble).toContain('fhir.unreachable');
    expect(drain.state().failures).toBeGreaterThan(50);
    await on.server.start();
    await until('everything delivered', () => each(on.server) === READINGS);
    expect(on.server.observations()).toHaveLength(READINGS);
    expect(await on.dead()).toEqual([]);
    account.push(
      `  ${'server down 30 minutes'.padEnd(42)} delivered ${READINGS}, doubled 0, dead letters 0, lost 0, ${on.clock.pauses} pauses`,
    );
    await on.close();
  });

  it('412 multiple matches is a dead letter with its reason, which a replay delivers', async () => {
    const on = await road();
    const [bad] = await on.measure(10);
    const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'multiple-matches' }] };
    on.server.faults.always = { kind: 'poison', value: bad!.id, status: '412', outcome };
    on.deliver();
    await until('one dead letter', async () => (await on.dead()).length >= 1);
    const [letter] = await on.dead();
    expect(letter).toMatchObject({ readingId: bad!.id, reason: 'fhir.412 multiple-matches' });
    on.server.faults.always = null;
    expect(await on.store.write((tx) => requestReplay(tx, { ids: [letter!.id], at: on.clock.now }))).toBe(1);
    await until('no dead letter', async () => (await on.dead()).length === 0);
    expect(
      on.server
        .observations()
        .flat()
        .some((own) => own.endsWith(letter!.readingId)),
    ).toBe(true);
    account.push(`  ${'412 multiple matches'.padEnd(42)} dead letter with its reason, delivered by replay`);
    await on.close();
  });

  it('an entry that fails for ever becomes a dead letter in bounded time, and the others go on', async () => {
    const on = await road();
    const bad = (await on.measure(20))[3]!;
    on.server.faults.always = { kind: 'poison', value: bad.id, status: '500' };
    on.deliver();
    const [letter] = await until('a dead letter', async () => {
      const dead = await on.dead();
      return dead.length > 0 ? dead : null;
    });
    await until('the others', () => each(on.server) === 19);
    expect(letter).toMatchObject({ readingId: bad.id, reason: 'fhir.500 (6 tries)' });
    expect(on.elapsed()).toBeLessThan(MINUTE);
    account.push(
      `  ${'one entry fails for ever'.padEnd(42)} delivered 19 of 20, dead letter « ${letter!.reason} » after ${Math.round(on.elapsed() / 1_000)} s`,
    );
    await on.close();
  });
});

describe('alerts', () => {
  it('become a Flag and a Task that follow them, though the readings are held up', async () => {
    const on = await road();
    await on.measure(10);
    const actor = { kind: 'rule', id: 'threshold' } as const;
    const { alert, event } = openAlert(
      {
        id: 'alert-1',
        episode: 'les-tilleuls/r-1/threshold/spo2/low',
        site: 'les-tilleuls',
        resident: 'r-1',
        room: null,
        device: null,
        rule: 'threshold',
        metric: 'spo2',
        direction: 'low',
        priority: 'high',
        category: 'clinical',
        message: { fr: 'SpO₂ 87 % < 90 %', en: 'SpO₂ 87% < 90%' },
        evidence: [{ reading: 'reading-1', metric: 'spo2', value: 87, limit: 90, time: on.clock.now }],
        startedAt: on.clock.now,
      },
      'confirmed',
      { at: on.clock.now, actor },
    );
    await on.store.write((tx) => saveAlerts(tx, [alert], [event]));
    // The readings go to a server that is down; the alert has a road of its own.
    on.deliver(fhirSink({ baseUrl: 'http://127.0.0.1:9/fhir', sourceOid: OID }));
    on.ring();
    type Status = { status?: string };
    const status = async (type: 'Flag' | 'Task') =>
      ((await on.server.repository.search({ resourceType: type })).entry ?? []).map(
        ({ resource }) => (resource as Status).status,
      );
    await until('an active flag', async () => (await status('Flag')).includes('active'));
    expect(await status('Task')).toEqual(['requested']);
    const over = transition(alert, 'back_in_range', { at: on.clock.now, actor });
    if ('refused' in over) throw new Error(over.refused.code);
    await on.store.write((tx) => saveAlerts(tx, [over.alert], [over.event]));
    await until(
      'both events delivered',
      async () => (await drainStore(on.store, ALERTS_LOG, 'fhir-alerts', Date.now).position()) >= 2,
    );
    expect(await status('Flag')).toHaveLength(1);
    expect(await status('Task')).toHaveLength(1);
    account.push(`  ${'alert while readings are held up'.padEnd(42)} one Flag, one Task, delivered`);
    await on.close();
  });
});

describe('SMART backend services', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const issued: { assertion: Record<string, unknown>; token: string }[] = [];
  const authority = createServer((request, response) => {
    void (async () => {
      const body = new URLSearchParams(await text(request));
      const token = `token-${issued.length + 1}`;
      if (request.url === '/token') issued.push({ assertion: decodeJwt(body.get('client_assertion') ?? ''), token });
      response.setHeader('content-type', 'application/json');
      const { port } = authority.address() as AddressInfo;
      const answer = { access_token: token, expires_in: 300, token_type: 'bearer' };
      response.end(
        JSON.stringify(request.url === '/token' ? answer : { token_endpoint: `http://127.0.0.1:${port}/token` }),
      );
    })();
  });
  beforeAll(() => new Promise<void>((resolve) => void authority.listen(0, '127.0.0.1', resolve)));
  afterAll(() => void authority.close());

  it('asks once, keeps the token to 80 % of its life, and renews it when the server refuses it', async () => {
    const clock = { now: Date.now() };
    const baseUrl = `http://127.0.0.1:${(authority.address() as AddressInfo).port}`;
    const source = backendToken({ baseUrl, clientId: 'vigie', privateKey: pem, now: () => clock.now });
    const signal = AbortSignal.timeout(10_000);
    expect(await Promise.all([source.token(signal), source.token(signal)])).toEqual(['token-1', 'token-1']);
    expect(issued[0]?.assertion).toMatchObject({ iss: 'vigie', sub: 'vigie', aud: `${baseUrl}/token` });
    clock.now += 239_000;
    expect(await source.token(signal)).toBe('token-1');
    clock.now += 2_000;
    expect(await source.token(signal)).toBe('token-2');
    // The server accepts only the next one: the delivery renews it by itself.
    const server = await startFhirServer({ token: 'token-3' });
    const sink = fhirSink({ baseUrl: server.baseUrl, sourceOid: OID, auth: source });
    expect(await sink.deliver([{ ...aReading({ value: 61 }), seq: 1 }], signal)).toEqual({ rejected: [] });
    expect(issued).toHaveLength(3);
    account.push(`  ${'expired token'.padEnd(42)} renewed, delivered at the same try`);
    await server.close();
  });
});
