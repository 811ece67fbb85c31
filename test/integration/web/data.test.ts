import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { quarantine } from '../../../platform/store/quarantine.js';
import { setSetting } from '../../../platform/store/settings.js';
import {
  auditEntrySchema,
  deviceSchema,
  latestSchema,
  pageOf,
  quarantinedSchema,
  residentSchema,
  siteLatestSchema,
  siteSchema,
  thresholdsSchema,
  userSchema,
} from '../../../web/protocol.js';
import { startWorld, type Client, type World } from './world.js';

let world: World;
let clientDir: string;
let lea: Client;
let admin: Client;
let tech: Client;
beforeAll(async () => {
  clientDir = await mkdtemp(join(tmpdir(), 'vigie-client-'));
  await mkdir(join(clientDir, 'assets'));
  await writeFile(join(clientDir, 'index.html'), '<!doctype html><title>Vigie</title>');
  await writeFile(join(clientDir, 'assets', 'index-Ab12.js'), 'export {};');
  world = await startWorld({ clientDir });
  [lea, admin, tech] = await Promise.all([world.signIn('lea'), world.signIn('admin'), world.signIn('tech')]);
});
afterAll(async () => {
  await world.close();
  await rm(clientDir, { recursive: true, force: true });
});

describe('residents and sites', () => {
  it('are those of the user, in pages', async () => {
    expect(
      pageOf(siteSchema)
        .parse((await lea.get('/api/v1/sites')).body)
        .items.map(({ id }) => id),
    ).toEqual(['site-a']);
    const first = pageOf(residentSchema).parse((await lea.get('/api/v1/residents?limit=1')).body);
    const second = pageOf(residentSchema).parse((await lea.get(`/api/v1/residents?limit=1&cursor=${first.next}`)).body);
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['r-a1', 'r-a2']);
    expect(second.next).toBeNull();
  });
});

describe('current values', () => {
  it('are stale after three missed measures, and a score never uses them', async () => {
    const old = Date.now() - 16 * 60_000;
    await world.measure(
      { metric: 'spo2', value: 92, time: old },
      { metric: 'respiratory_rate', value: 18, time: Date.now() },
      { metric: 'heart_rate', value: 80, time: Date.now(), quality: 'questionable' },
    );
    const latest = latestSchema.parse((await lea.get('/api/v1/residents/r-a1/latest')).body);
    const spo2 = latest.readings.find(({ metric }) => metric === 'spo2');
    expect(spo2).toMatchObject({ value: 92, unit: '%', stale: true });
    expect(Date.parse(spo2?.staleAt ?? '')).toBe(old + 15 * 60_000);
    expect(latest.news2).toEqual({
      score: null,
      risk: null,
      parts: { respiratoryRate: 0 },
      missing: ['spo2', 'supplementalOxygen', 'systolicBp', 'pulse', 'consciousness', 'temperature'],
    });
  });

  it('of a whole site come in one answer, residents without any value included', async () => {
    const { items } = siteLatestSchema.parse((await lea.get('/api/v1/latest?site=site-a')).body);
    expect(items.map(({ resident }) => resident)).toEqual(['r-a1', 'r-a2']);
    expect(items[1]?.readings).toEqual([]);
  });
});

describe('history', () => {
  const minute = 60_000;
  const start = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 7_200_000;
  beforeAll(() =>
    world.measure(
      ...[94, 95, 96, 97].map((value, n) => ({
        metric: 'spo2' as const,
        value,
        time: start + n * minute,
        resident: 'r-a2',
        device: 'ox-a2',
      })),
    ),
  );
  const range = `from=${new Date(start).toISOString()}&to=${new Date(start + 3_600_000).toISOString()}`;

  it('gives raw points in pages', async () => {
    const first = await lea.get(`/api/v1/residents/r-a2/readings?metric=spo2&${range}&limit=3`);
    expect(first.body.points[0]).toEqual({
      time: new Date(start).toISOString(),
      value: 94,
      unit: '%',
      quality: 'good',
      device: 'ox-a2',
      late: false,
    });
    const cursor = encodeURIComponent(first.body.next);
    const rest = await lea.get(`/api/v1/residents/r-a2/readings?metric=spo2&${range}&limit=3&cursor=${cursor}`);
    expect(rest.body).toMatchObject({ points: [{ value: 97 }], next: null });
  });

  it('gives windows at a resolution', async () => {
    const { body } = await lea.get(`/api/v1/residents/r-a2/readings?metric=spo2&${range}&resolution=1h`);
    expect(body).toEqual({
      points: [{ time: new Date(start).toISOString(), min: 94, mean: 95.5, max: 97, count: 4 }],
    });
  });

  it.each([
    ['metric=shoe_size', 'query.invalid'],
    ['metric=spo2&from=yesterday', 'query.invalid'],
    ['metric=spo2&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'query.invalid'],
    ['metric=spo2&from=2020-01-01T00:00:00Z&resolution=1m', 'query.too_wide'],
    ['metric=spo2&limit=1000000', 'query.invalid'],
  ])('refuses %s', async (query, code) => {
    const { status, body } = await lea.get(`/api/v1/residents/r-a2/readings?${query}`);
    expect([status, body.code]).toEqual([400, code]);
  });
});

describe('thresholds', () => {
  it('say where each limit comes from', async () => {
    const setting = { key: 'threshold', author: 'admin', at: Date.now() };
    await setSetting(world.store.db, { ...setting, scope: 'site:site-a', value: { spo2: { low: 93 } } });
    await setSetting(world.store.db, { ...setting, scope: 'resident:r-a1', value: { spo2: { criticalLow: 86 } } });
    const { metrics } = thresholdsSchema.parse((await lea.get('/api/v1/residents/r-a1/thresholds')).body);
    expect(metrics.spo2).toMatchObject({
      unit: '%',
      criticalLow: { value: 86, origin: 'resident' },
      low: { value: 93, origin: 'site' },
      high: { value: null, origin: 'default' },
    });
  });
});

describe('devices and quarantine', () => {
  it('lists devices with who has them, without their secrets', async () => {
    const { items } = pageOf(deviceSchema).parse((await tech.get('/api/v1/devices')).body);
    expect(items.map(({ id, assignedTo }) => [id, assignedTo?.resident])).toEqual([
      ['ox-a1', 'r-a1'],
      ['ox-a2', 'r-a2'],
    ]);
  });

  it('registers a device once, and says what is wrong with one it cannot', async () => {
    const body = {
      id: 'scale-1',
      site: 'site-a',
      identifiers: ['AA:BB:CC:00:11:22'],
      password: 'device secret',
      config: { role: 'body_scale', bindKey: 'a-bind-key' },
      assignedTo: { resident: 'r-a2' },
    };
    const headers = { 'idempotency-key': 'new-scale' };
    const created = await tech.post('/api/v1/devices', body, headers);
    expect([created.status, created.body]).toMatchObject([201, { id: 'scale-1', assignedTo: { resident: 'r-a2' } }]);
    expect(JSON.stringify(created.body)).not.toMatch(/bind-key|secret/);
    const again = await tech.post('/api/v1/devices', body, headers);
    expect([again.status, again.body]).toEqual([201, created.body]);
    expect((await tech.post('/api/v1/devices', body)).body).toMatchObject({ status: 409, code: 'device.exists' });
    const stray = await tech.post('/api/v1/devices', { id: 'x-1', site: 'site-a', assignedTo: { resident: 'r-b1' } });
    expect(stray.body).toMatchObject({ status: 400, code: 'body.invalid' });
    expect(stray.body.detail).toContain('assignedTo.resident');
    const taken = await tech.post('/api/v1/devices', { id: 'ox-b1', site: 'site-a' });
    expect(taken.body).toMatchObject({ status: 409, code: 'device.exists' });
  });

  it('shows what is in quarantine and why, not what it measured', async () => {
    const row = {
      identity: 'box:box-1',
      deviceIdentifier: 'mac-9',
      topic: 'zigbee2mqtt/0x01',
      payload: new TextEncoder().encode('{"temperature":38.9}'),
      retained: false,
      reason: 'unknown_device',
      detail: 'no such device',
      receivedAt: Date.now(),
      inboxSeq: 1,
    };
    await quarantine(world.store.db, [
      { ...row, site: 'site-a' },
      { ...row, site: 'site-b', deviceIdentifier: 'of-b' },
    ]);
    const { body } = await tech.get('/api/v1/quarantine');
    const { items } = pageOf(quarantinedSchema).parse(body);
    expect(items).toMatchObject([{ site: 'site-a', reason: 'unknown_device', deviceIdentifier: 'mac-9', count: 1 }]);
    expect(JSON.stringify(body)).not.toMatch(/38\.9|of-b/);
  });
});

describe('administration', () => {
  it('lists the accounts of its sites without password hashes, and the traces of their users', async () => {
    const users = await admin.get('/api/v1/users');
    expect(
      pageOf(userSchema)
        .parse(users.body)
        .items.map(({ username }) => username),
    ).toEqual(['admin', 'ines', 'karim', 'lea', 'mur', 'tech']);
    expect(JSON.stringify(users.body)).not.toContain('argon2');
    await world.signIn('boris');
    const audit = await admin.get('/api/v1/audit?limit=200');
    const entries = pageOf(auditEntrySchema).parse(audit.body).items;
    expect(entries).toContainEqual(
      expect.objectContaining({ actor: 'user:tech', action: 'device.create', object: 'device:scale-1' }),
    );
    expect(JSON.stringify(entries)).not.toContain('boris');
  });
});

describe('the server', () => {
  it('says it lives, whether it is ready with the state of each part, and its metrics', async () => {
    const anyone = world.anonymous();
    expect((await anyone.get('/healthz')).body).toEqual({ status: 'ok' });
    const remove = world.health.register('store', () => ({ state: 'ok' }));
    const lagging = world.health.register('influx', () => ({ state: 'down', detail: 'unreachable' }), {
      essential: false,
    });
    expect(await anyone.get('/readyz')).toMatchObject({
      status: 200,
      body: { ready: true, parts: { store: { state: 'ok' }, influx: { state: 'degraded', detail: 'unreachable' } } },
    });
    remove();
    const failing = world.health.register('store', () => Promise.reject(new Error('postgres://user:secret@host')));
    const notReady = await anyone.get('/readyz');
    expect([notReady.status, notReady.body.parts.store.state]).toEqual([503, 'down']);
    expect(JSON.stringify(notReady.body)).not.toContain('secret');
    failing();
    lagging();
    await world.ring('counted');
    const metrics = await anyone.get('/metrics');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(metrics.body).toContain('vigie_alerts_open{priority="high",category="clinical"} 1');
    expect(metrics.body).not.toMatch(/Églantier|r-a1/);
  });

  it('serves the pages with strict headers, the hashed files for a year', async () => {
    const page = await fetch(`${world.web().url}/residents/r-a1`, { headers: { accept: 'text/html' } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>Vigie</title>')]);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain(`connect-src 'self' ${world.web().url.replace('http', 'ws')}`);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('x-powered-by')).toBeNull();
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const asset = await fetch(`${world.web().url}/assets/index-Ab12.js`);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await fetch(`${world.web().url}/assets/gone.js`)).status).toBe(404);
    expect((await fetch(`${world.web().url}/api/v2/x`, { headers: { accept: 'text/html' } })).status).toBe(404);
    expect((await lea.get('/api/v1/me')).headers.get('cache-control')).toBe('no-store');
  });

  it('describes its API', async () => {
    const { body } = await world.anonymous().get('/api/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toContain('/api/v1/alerts/{id}/claim');
    expect(body.paths['/api/v1/alerts'].get.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'limit',
      'cursor',
      'state',
      'site',
      'resident',
    ]);
    expect(body.paths['/api/v1/devices'].post.responses['201']).toBeDefined();
  });
});
