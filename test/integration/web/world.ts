import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io, type Socket } from 'socket.io-client';
import { openAlert, transition } from '../../../domain/lifecycle.js';
import type { Alert, Priority } from '../../../domain/alert.js';
import type { Role } from '../../../domain/permissions.js';
import { createHealth } from '../../../platform/health.js';
import { openEmbeddedHistory } from '../../../platform/history/embedded.js';
import { silentLog } from '../../../platform/log.js';
import { createMetrics } from '../../../platform/metrics.js';
import { hashPassword } from '../../../platform/password.js';
import { saveAlerts } from '../../../platform/store/alerts.js';
import { openStore } from '../../../platform/store/db.js';
import { migrate } from '../../../platform/store/migrate.js';
import { provision } from '../../../platform/store/provision.js';
import { insertReadings, upsertLatest } from '../../../platform/store/readings.js';
import { saveUser } from '../../../platform/store/users.js';
import { createWakeup } from '../../../platform/wakeup.js';
import { LIVE_NAMESPACE, type ClientEvents, type ServerEvents } from '../../../web/protocol.js';
import { startWeb, type Web, type WebOptions } from '../../../web/server/app.js';
import { aReading, type ReadingParts } from '../../support/readings.js';
import { until } from '../../support/until.js';

export const PASSWORD = 'correct horse battery';

const USERS: readonly [username: string, name: string, role: Role, sites: string[]][] = [
  ['lea', 'Léa Mésange', 'nurse', ['site-a']],
  ['ines', 'Inès Rouge-Gorge', 'nurse', ['site-a']],
  ['karim', 'Karim Pinson', 'aide', ['site-a']],
  ['boris', 'Boris Faucon', 'nurse', ['site-b']],
  ['tech', 'Tara Pic', 'technician', ['site-a']],
  ['admin', 'Ada Buse', 'admin', ['site-a']],
  ['mur', 'Mur', 'display', ['site-a']],
];

const registryFile = (now: number) => ({
  sites: ['site-a', 'site-b'].map((id) => ({ id, units: [{ id: `${id}-rdc`, rooms: ['101', '102'] }] })),
  residents: [
    { id: 'r-a1', site: 'site-a', unit: 'site-a-rdc', room: '101', family: 'Églantier', given: 'Odette' },
    { id: 'r-a2', site: 'site-a', unit: 'site-a-rdc', room: '102', family: 'Bruyère', given: 'Paul' },
    { id: 'r-b1', site: 'site-b', unit: 'site-b-rdc', room: '101', family: 'Sureau', given: 'Anne' },
  ].map((resident) => ({ ...resident, ins: { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '2340255118001' } })),
  devices: ['a1', 'a2', 'b1'].map((id) => ({
    id: `ox-${id}`,
    site: `site-${id[0]}`,
    identifiers: [`mac-${id}`],
    cadenceSeconds: 60,
    assignedTo: { resident: `r-${id}`, since: new Date(now - 86_400_000).toISOString() },
  })),
});

export type Answer = { status: number; headers: Headers; body: any }; // eslint-disable-line @typescript-eslint/no-explicit-any

/** A signed-in client: a cookie and JSON. */
export interface Client {
  readonly cookie: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export const request = async (
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> => {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? (JSON.parse(text) as unknown) : text;
  return { status: response.status, headers: response.headers, body: json };
};

export const clientOf = (web: Web, cookie: string): Client => {
  const call: Client['call'] = (method, path, body, headers = {}) =>
    request(`${web.url}${path}`, method, body, { ...(cookie ? { cookie } : {}), ...headers });
  return {
    cookie,
    call,
    get: (path) => call('GET', path),
    post: (path, body, headers) => call('POST', path, body, headers),
  };
};

export const signIn = async (web: Web, username: string, password = PASSWORD): Promise<Client> => {
  const answer = await clientOf(web, '').post('/api/v1/session', { username, password });
  if (answer.status !== 200) throw new Error(`sign-in of ${username}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return clientOf(web, answer.headers.get('set-cookie')?.split(';')[0] ?? '');
};

export type LiveClient = Socket<ServerEvents, ClientEvents>;
export interface Screen {
  readonly socket: LiveClient;
  /** Everything it was sent, in order. */
  readonly events: { name: string; event: { seq: number } & Record<string, any> }[]; // eslint-disable-line @typescript-eslint/no-explicit-any
  of(name: string): Screen['events'][number]['event'][];
}

/** A dashboard as the browser opens it. */
export const openScreen = (web: Web, cookie: string): Screen => {
  const socket: LiveClient = io(`${web.url}${LIVE_NAMESPACE}`, {
    extraHeaders: { cookie },
    transports: ['websocket'],
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 100,
  });
  const events: Screen['events'] = [];
  socket.onAny((name: string, event: Screen['events'][number]['event']) => events.push({ name, event }));
  return { socket, events, of: (name) => events.filter((entry) => entry.name === name).map(({ event }) => event) };
};

/** Two sites with users, residents and devices in a real SQLite store, served on a free port. */
export const startWorld = async (options: Partial<WebOptions> = {}) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vigie-web-'));
  const store = await openStore({ dataDir });
  await migrate(store);
  const history = await openEmbeddedHistory({ dataDir });
  await provision(store, registryFile(Date.now()), { dryRun: false, now: Date.now(), hash: hashPassword });
  const passwordHash = await hashPassword(PASSWORD);
  for (const [username, name, role, sites] of USERS)
    await saveUser(store.db, { username, name, role, sites, passwordHash, disabled: false });
  const wakeup = createWakeup('readings', store.scope);
  const health = createHealth();
  const metrics = createMetrics();
  const serve = (port = 0): Promise<Web> =>
    startWeb({
      host: '127.0.0.1',
      port,
      store,
      history,
      inbox: { append: () => Promise.resolve() },
      health,
      metrics,
      log: silentLog,
      scrape: () => metrics.registry.metrics(),
      clientDir: join(dataDir, 'no-client'),
      ...options,
    });
  let web = await serve();
  const screens: Screen[] = [];
  return {
    store,
    history,
    health,
    dataDir,
    web: () => web,
    signIn: (username: string, password?: string) => signIn(web, username, password),
    anonymous: () => clientOf(web, ''),
    /** A connected dashboard that has its snapshot. */
    async screen(client: Client): Promise<Screen> {
      const screen = openScreen(web, client.cookie);
      screens.push(screen);
      await until('a snapshot', () => screen.of('snapshot').length > 0);
      return screen;
    },
    /** Stores readings as the gateway does, in one transaction. */
    async measure(...parts: ReadingParts[]): Promise<void> {
      const readings = parts.map((part) =>
        aReading({ site: 'site-a', resident: 'r-a1', device: 'ox-a1', time: Date.now(), ...part }),
      );
      await store.write(async (tx) => {
        await insertReadings(tx, readings);
        await upsertLatest(tx, readings);
      });
      await history.write(readings, AbortSignal.timeout(5_000));
      wakeup.notify();
    },
    /** Opens an alert as the engine does. */
    async ring(id: string, { resident = 'r-a1', priority = 'high' as Priority } = {}): Promise<Alert> {
      const site = resident.startsWith('r-a') ? 'site-a' : 'site-b';
      const { alert, event } = openAlert(
        {
          id,
          episode: `${site}/${resident}/threshold/spo2/low/${id}`,
          site,
          resident,
          room: null,
          device: null,
          rule: 'threshold',
          metric: 'spo2',
          direction: 'low',
          priority,
          category: 'clinical',
          message: { fr: 'SpO₂ 87 % < 90 %', en: 'SpO₂ 87% < 90%' },
          evidence: [{ reading: 'reading-1', metric: 'spo2', value: 87, limit: 90, time: Date.now() }],
          startedAt: Date.now(),
        },
        'confirmed',
        { at: Date.now(), actor: { kind: 'rule', id: 'threshold' } },
      );
      await store.write((tx) => saveAlerts(tx, [alert], [event]));
      wakeup.notify();
      return alert;
    },
    /** A rule writes to an alert while carers do too. */
    async worsen(alert: Alert): Promise<void> {
      const result = transition(alert, 'back_in_range', { at: Date.now(), actor: { kind: 'rule', id: 'threshold' } });
      if ('refused' in result) throw new Error(result.refused.code);
      await store.write((tx) => saveAlerts(tx, [result.alert], [result.event]));
      wakeup.notify();
    },
    async restart(): Promise<void> {
      const { port } = web;
      await web.close();
      web = await serve(port);
    },
    async close(): Promise<void> {
      for (const { socket } of screens) socket.close();
      await web.close();
      wakeup.close();
      await history.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};
export type World = Awaited<ReturnType<typeof startWorld>>;
