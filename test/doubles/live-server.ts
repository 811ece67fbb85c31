/**
 * A stand-in for the web server: speaks `web/protocol.ts` over HTTP and socket.io with the alerts of the reference
 * picture, and misbehaves on demand. `node --import tsx test/doubles/live-server.ts [port]` serves it by hand.
 */
import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { Server } from 'socket.io';
import { MINUTE, toIso } from '../../domain/time.js';
import type { AlertView, ClientEvents, Me, ServerEvents } from '../../web/protocol.js';
import { LIVE_NAMESPACE, TICK_EVERY_MS } from '../../web/protocol.js';
import { alertsAt, RESIDENTS, SITES, vitalsAt } from './desk-scenario.js';
import { closedAlerts, devicesFor, readingsAnswer, THRESHOLDS } from './resident-scenario.js';

const CLIENT = resolve('dist/web/client');
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** The policy of the real server: a page that needs more fails here first. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:";

const PEOPLE: Record<string, Me> = {
  lea: { username: 'lea', name: 'Léa Mésange', role: 'nurse', sites: SITES.map(({ id }) => id) },
  ines: { username: 'ines', name: 'Inès Rossignol', role: 'nurse', sites: SITES.map(({ id }) => id) },
  mur: { username: 'mur', name: 'Mur du poste', role: 'display', sites: SITES.map(({ id }) => id) },
  tech: { username: 'tech', name: 'Théo Pivert', role: 'technician', sites: SITES.map(({ id }) => id) },
};
const PASSWORD = 'vigie-demo';

export interface LiveDouble {
  readonly url: string;
  alerts(): readonly AlertView[];
  /** Shows an alert to every page. */
  put(alert: AlertView): void;
  /** Stops ticking and sending without closing anything, as a stuck process does; false goes on. */
  freeze(frozen: boolean): void;
  /** Skips a sequence number, as a lost packet does. */
  skip(): void;
  /** The next action answers like this instead of working. */
  failNext(answer: { status: number; body: object }): void;
  close(): Promise<void>;
}

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
};

const personOf = (request: IncomingMessage): Me | null =>
  PEOPLE[/vigie=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''] ?? null;

/** As the server shows an alert to a display. */
const withoutNames = (alert: AlertView): AlertView => ({
  ...alert,
  evidence: [],
  note: null,
  resident: alert.resident && {
    ...alert.resident,
    family: `${alert.resident.family.charAt(0)}.`,
    given: `${alert.resident.given.charAt(0)}.`,
  },
});

/** Starts it on a port (0 = a free one). */
export const startLiveDouble = async ({ port = 0 }: { port?: number } = {}): Promise<LiveDouble> => {
  let alerts = new Map(alertsAt(Date.now()).map((alert) => [alert.id, alert]));
  let frozen = false;
  let planned: { status: number; body: object } | null = null;
  const seqs = new Map<string, number>();

  const act = (id: string, verb: string, me: Me, body: Record<string, unknown>): { status: number; body: object } => {
    const alert = alerts.get(id);
    const now = Date.now();
    if (!alert) return { status: 404, body: { title: 'No such alert', status: 404, code: 'alert.unknown' } };
    if (verb === 'claim' && alert.workflow === 'claimed' && alert.owner?.username !== me.username)
      return {
        status: 409,
        body: {
          type: 'about:blank',
          title: 'Already claimed',
          status: 409,
          code: 'alert.already_claimed',
          owner: alert.owner,
        },
      };
    const owner = { username: me.username, name: me.name, since: toIso(now) };
    const minutes = typeof body.minutes === 'number' ? body.minutes : 10;
    const changes: Record<string, Partial<AlertView>> = {
      claim: { workflow: 'claimed', signal: 'ack', owner, snoozedUntil: null },
      release: { workflow: 'open', signal: 'on', owner: null, snoozedUntil: null },
      snooze: { workflow: 'snoozed', signal: 'ack', owner, snoozedUntil: toIso(now + minutes * MINUTE) },
      help: {},
      close: {
        workflow: 'closed',
        signal: 'off',
        closedAt: toIso(now),
        outcome: body.outcome as AlertView['outcome'],
        note: (body.note as string | undefined) ?? null,
      },
    };
    const next = { ...alert, ...changes[verb], version: alert.version + 1 };
    put(next);
    return { status: 200, body: next };
  };

  const api = async (
    request: IncomingMessage,
    path: string,
  ): Promise<{ status: number; body: object; cookie?: string }> => {
    const body = await bodyOf(request);
    if (path === '/session' && request.method === 'POST') {
      const person = PEOPLE[String(body.username)];
      return person && body.password === PASSWORD
        ? { status: 200, body: person, cookie: `vigie=${person.username}; Path=/; HttpOnly; SameSite=Strict` }
        : { status: 401, body: { title: 'Wrong credentials', status: 401, code: 'session.refused' } };
    }
    if (path === '/session') return { status: 204, body: {}, cookie: 'vigie=; Path=/; Max-Age=0' };
    const me = personOf(request);
    if (!me) return { status: 401, body: { title: 'No session', status: 401, code: 'session.none' } };
    if (path === '/me') return { status: 200, body: me };
    if (path === '/sites') return { status: 200, body: { items: SITES, next: null } };
    if (path === '/residents') return { status: 200, body: { items: RESIDENTS, next: null } };
    const verb = /^\/alerts\/([^/]+)\/(claim|release|snooze|help|close)$/.exec(path);
    if (verb?.[1] && verb[2]) {
      const answer = planned ?? act(verb[1], verb[2], me, body);
      planned = null;
      return answer;
    }
    const detail = /^\/alerts\/([^/]+)$/.exec(path)?.[1];
    const alert =
      detail === undefined
        ? undefined
        : (alerts.get(detail) ?? closedAlerts('r-12', Date.now()).find(({ id }) => id === detail));
    if (alert) {
      const to = { condition: alert.condition, signal: alert.signal, workflow: alert.workflow };
      const events = [
        { at: alert.startedAt, kind: 'confirmed', actor: { kind: 'rule', id: alert.rule }, reason: null, to },
      ];
      return { status: 200, body: { ...alert, events, notifications: [] } };
    }
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    if (path === '/alerts') {
      const resident = query.get('resident');
      const open = [...alerts.values()].filter(
        (one) => one.workflow !== 'closed' && (resident === null || one.resident?.id === resident),
      );
      const closed = closedAlerts(resident ?? 'r-18', Date.now());
      return { status: 200, body: { items: query.get('state') === 'closed' ? closed : open, next: null } };
    }
    if (path === '/devices') return { status: 200, body: { items: devicesFor('r-12', Date.now()), next: null } };
    const about = /^\/residents\/([^/]+)\/(readings|thresholds)$/.exec(path);
    if (about?.[2] === 'thresholds') return { status: 200, body: THRESHOLDS };
    if (about?.[1]) return { status: 200, body: readingsAnswer(about[1], query, Date.now()) };
    return { status: 404, body: { title: 'Not found', status: 404, code: 'route.unknown' } };
  };

  const http: HttpServer = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (frozen) return;
    if (pathname.startsWith('/api/v1')) {
      void api(request, pathname.slice('/api/v1'.length)).then(({ status, body, cookie }) => {
        response.writeHead(status, {
          'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
          ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
        });
        response.end(status === 204 ? undefined : JSON.stringify(body));
      });
      return;
    }
    const file = join(CLIENT, extname(pathname) === '' ? 'index.html' : pathname);
    if (!file.startsWith(CLIENT) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    });
    response.end(readFileSync(file));
  });

  const io = new Server<ClientEvents, ServerEvents>(http, { serveClient: false });
  const live = io.of(LIVE_NAMESPACE);
  live.use((socket, next) => next(personOf(socket.request) ? undefined : new Error('unauthorized')));
  live.on('connection', (socket) => {
    const snapshot = (): void => {
      if (frozen) return;
      const now = Date.now();
      const seq = (seqs.get(socket.id) ?? -1) + 1;
      seqs.set(socket.id, seq);
      const open = [...alerts.values()].filter(({ workflow }) => workflow !== 'closed');
      const onWall = personOf(socket.request)?.role === 'display';
      socket.emit('snapshot', {
        seq,
        alerts: onWall ? open.map(withoutNames) : open,
        vitals: onWall ? [] : vitalsAt(now),
        now: toIso(now),
      });
    };
    snapshot();
    socket.on('resync', snapshot);
    socket.on('disconnect', () => seqs.delete(socket.id));
  });
  const nextSeq = (id: string): number => {
    const seq = (seqs.get(id) ?? 0) + 1;
    seqs.set(id, seq);
    return seq;
  };
  const put = (alert: AlertView): void => {
    alerts = new Map(alerts).set(alert.id, alert);
    if (!frozen) live.sockets.forEach((socket) => socket.emit('alert', { seq: nextSeq(socket.id), alert }));
  };
  const ticking = setInterval(() => {
    if (frozen) return;
    const now = toIso(Date.now());
    live.sockets.forEach((socket) => socket.emit('tick', { seq: seqs.get(socket.id) ?? 0, now, trouble: [] }));
  }, TICK_EVERY_MS);

  await new Promise<void>((done) => http.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    alerts: () => [...alerts.values()],
    put,
    freeze: (value) => void (frozen = value),
    skip: () => live.sockets.forEach((socket) => nextSeq(socket.id)),
    failNext: (answer) => void (planned = answer),
    async close() {
      clearInterval(ticking);
      await io.close();
      http.closeAllConnections();
    },
  };
};

if (process.argv[1]?.endsWith('live-server.ts')) {
  const double = await startLiveDouble({ port: Number(process.argv[2] ?? 3000) });
  process.stdout.write(`${double.url}\n`);
}
