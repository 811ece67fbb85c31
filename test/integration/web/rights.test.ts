import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GRANTS, type Role } from '../../../domain/permissions.js';
import { silentLog } from '../../../platform/log.js';
import { createWakeup } from '../../../platform/wakeup.js';
import { apiRoutes } from '../../../web/server/app.js';
import { NO_FORMATS } from '../../../web/server/device-formats.js';
import type { Route } from '../../../web/server/http/route.js';
import { createRegistryCache } from '../../../web/server/registry-cache.js';
import { startWorld, type Client, type World } from './world.js';

let world: World;
let routes: Route[];
const clients = new Map<string, Client>();
const ROLES: Record<string, Role> = { lea: 'nurse', karim: 'aide', tech: 'technician', admin: 'admin', mur: 'display' };

beforeAll(async () => {
  world = await startWorld();
  const { store, history } = world;
  const registry = createRegistryCache(store.db, Date.now);
  const wakeup = createWakeup('readings', 'unused');
  const inbox = { append: () => Promise.resolve() };
  routes = apiRoutes({
    store,
    history,
    registry,
    inbox,
    preview: () => 0,
    formats: NO_FORMATS,
    wakeup,
    log: silentLog,
    vapidPublicKey: '',
    now: Date.now,
  });
  wakeup.close();
  for (const username of Object.keys(ROLES)) clients.set(username, await world.signIn(username));
  await world.ring('alert-b', { resident: 'r-b1' });
  await world.measure({ site: 'site-b', resident: 'r-b1', device: 'ox-b1', metric: 'spo2', value: 97 });
});
afterAll(() => world.close());

const client = (username: string): Client => clients.get(username) as Client;

/** Bodies that pass validation, so that what refuses is the right and not the form. */
const BODIES: Record<string, unknown> = {
  '/alerts/:id/snooze': { minutes: 10, reason: 'repas' },
  '/alerts/:id/close': { outcome: 'care_given' },
  '/sites/:id/on-call': { username: 'lea', starts: '2099-01-01T00:00:00Z', ends: '2099-01-02T00:00:00Z' },
  '/sites/:id/escalation': {},
  '/residents/:id/thresholds': { metrics: {}, prescriber: 'x', reason: 'x', reviewDate: '2099-01-01T00:00:00Z' },
  '/residents/:id/backtest': { metrics: {} },
  '/devices': { id: 'new-b', site: 'site-b' },
  '/devices/:id': {},
  '/devices/:id/assignments': { resident: 'r-a1' },
  '/devices/:id/state': { state: 'paused' },
  '/devices/:id/scan': { resident: 'r-a1' },
  '/quarantine/:id/adopt': { device: { id: 'new-c', site: 'site-a' } },
  '/quarantine/replay': { deviceIdentifier: 'nobody' },
  '/quarantine/purge': { filter: { deviceIdentifier: 'nobody' }, reason: 'essai' },
};
const bodyOf = ({ method, path }: Route): unknown => (method === 'get' ? undefined : BODIES[path]);
const idOf = (path: string): string =>
  path.startsWith('/alerts')
    ? 'alert-b'
    : path.startsWith('/sites')
      ? 'site-b'
      : path.startsWith('/devices')
        ? 'ox-b1'
        : 'r-b1';
const ofSiteB = ({ path }: Route): string => `/api/v1${path.replace(':id', idOf(path))}`;

describe('another site', () => {
  it('does not exist: no route gives a nurse or an administrator anything of it', async () => {
    const walked: string[] = [];
    for (const route of routes) {
      for (const username of ['lea', 'admin']) {
        if (route.permission !== 'signed-in' && !GRANTS[ROLES[username] as Role].includes(route.permission)) continue;
        const query = route.path === '/residents/:id/readings' ? '?metric=spo2' : '';
        const answer = await client(username).call(route.method.toUpperCase(), ofSiteB(route) + query, bodyOf(route));
        const text = JSON.stringify(answer.body);
        expect(`${username} ${route.path} ${text}`).not.toMatch(/Sureau|r-b1|ox-b1|site-b|boris/);
        if (route.path.includes(':id')) expect(`${route.path} ${answer.status}`).toBe(`${route.path} 404`);
        walked.push(route.path);
      }
    }
    expect(walked.length).toBeGreaterThan(20);
  });

  it.each(['/residents', '/latest', '/alerts', '/devices', '/quarantine'])(
    'cannot be asked for by name at %s',
    async (path) => {
      const answer = await client('admin').get(`/api/v1${path}?site=site-b`);
      expect([answer.status, answer.body.code]).toEqual([404, 'site.not_found']);
    },
  );

  it('answers for its resident as for one who never was', async () => {
    const theirs = await client('lea').get('/api/v1/residents/r-b1');
    const nobody = await client('lea').get('/api/v1/residents/r-none');
    expect(theirs.body).toEqual(nobody.body);
    expect((await client('lea').get('/api/v1/alerts?resident=r-b1')).status).toBe(404);
  });
});

describe('roles', () => {
  it('may do what the table grants and nothing else, on every route', async () => {
    for (const route of routes)
      for (const [username, role] of Object.entries(ROLES)) {
        const { status, body } = await client(username).call(route.method.toUpperCase(), ofSiteB(route), bodyOf(route));
        const granted = route.permission === 'signed-in' || GRANTS[role].includes(route.permission);
        const refused = status === 403 && body.code === 'permission.denied';
        expect(`${role} ${route.method} ${route.path} refused: ${refused}`).toBe(
          `${role} ${route.method} ${route.path} refused: ${!granted}`,
        );
      }
  });

  it('are asked for on every route: nobody gets anything without signing in', async () => {
    for (const route of routes) {
      const answer = await world.anonymous().call(route.method.toUpperCase(), ofSiteB(route), bodyOf(route));
      expect([route.path, answer.status, answer.body.code]).toEqual([route.path, 401, 'session.required']);
    }
  });

  it('show a wall screen initials and rooms, no name, no note, no measure', async () => {
    const alert = await world.ring('alert-a');
    await client('lea').post(`/api/v1/alerts/${alert.id}/claim`);
    const list = await client('mur').get('/api/v1/alerts');
    expect(list.body.items[0]).toMatchObject({
      resident: { family: 'É.', given: 'O.', room: '101' },
      room: '101',
      evidence: [],
      note: null,
    });
    const detail = await client('mur').get(`/api/v1/alerts/${alert.id}`);
    expect(detail.status).toBe(200);
    expect(JSON.stringify([list.body, detail.body])).not.toMatch(/Églantier|Odette/);
  });

  it('never show an INS', async () => {
    const answer = await client('admin').get('/api/v1/residents/r-a1');
    expect(answer.body).toMatchObject({ family: 'Églantier', room: '101', sex: 'unknown', spo2Scale: 1 });
    expect(JSON.stringify(answer.body)).not.toMatch(/ins|2340255118001/);
  });
});
