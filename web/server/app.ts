import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import { SECOND, type EpochMillis, type Millis } from '../../domain/time.js';
import type { MappingSettings } from '../../fhir/context.js';
import type { Health } from '../../platform/health.js';
import type { History } from '../../platform/history/history.js';
import type { Log } from '../../platform/log.js';
import type { Metrics } from '../../platform/metrics.js';
import { loadNotifyKeys } from '../../platform/notify-keys.js';
import type { Store } from '../../platform/store/db.js';
import type { Inbox } from '../../platform/store/inbox.js';
import { createWakeup } from '../../platform/wakeup.js';
import { principalOfSignIn } from './auth/principals.js';
import { refuseCrossOrigin } from './auth/same-origin.js';
import { cookieName, sessionMiddleware, withPrincipal } from './auth/session.js';
import { signInOf } from './auth/session-store.js';
import { signInRoutes } from './auth/sign-in.js';
import type { ThresholdPreview, WebContext } from './context.js';
import { NO_FORMATS, type DeviceFormats } from './device-formats.js';
import { securityHeaders } from './http/headers.js';
import { openApi } from './http/openapi.js';
import { HttpProblem, noSuchRoute, problemHandler } from './http/problem.js';
import { requestLog } from './http/request-log.js';
import { serve, type Route } from './http/route.js';
import { serveClient } from './http/static.js';
import { fhirFacade } from './fhir-facade/facade.js';
import { startHousekeeping } from './housekeeping.js';
import { ingestRoutes } from './ingest/ingest.js';
import { createHub } from './live/hub.js';
import { startLive } from './live/sockets.js';
import { countOpenAlerts } from './queries.js';
import { createRegistryCache } from './registry-cache.js';
import { adminRoutes } from './routes/admin.js';
import { alertRoutes } from './routes/alerts.js';
import { deadLetterRoutes } from './routes/dead-letters.js';
import { notificationRoutes } from './routes/notifications.js';
import { peopleRoutes } from './routes/people.js';
import { readingRoutes } from './routes/readings.js';
import { receiptRoutes } from './routes/receipts.js';
import { statusRoutes } from './routes/status.js';
import { technicalRoutes } from './routes/technical.js';
import { thresholdRoutes } from './routes/thresholds.js';

export interface StatusOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Log;
  readonly health: Health;
  /** The Prometheus text of everything that runs in this process. */
  readonly scrape: () => Promise<string>;
}
export interface WebOptions extends StatusOptions {
  /** How resources of the FHIR facade are written. */
  readonly fhir?: MappingSettings;
  readonly store: Store;
  readonly history: History;
  /** Where webhooks put what they bring. */
  readonly inbox: Pick<Inbox, 'append'>;
  /** What the codecs say of device configuration. */
  readonly formats?: DeviceFormats;
  /** Tries limits on readings; without it a preview answers 501. */
  readonly preview?: ThresholdPreview;
  /** The built dashboard; may be missing: then only the API is served. */
  readonly clientDir: string;
  readonly metrics: Metrics;
  /** Everything is reached over HTTPS (a proxy ends TLS): cookies are bound to it and browsers are told so. */
  readonly secureCookies?: boolean;
  readonly now?: () => EpochMillis;
  /** How often the session behind each open screen is looked at again. */
  readonly recheckEvery?: Millis;
}
export interface Web {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A request that has not been answered by then is cut, and its connection with it. */
const REQUEST_WITHIN: Millis = 30 * SECOND;
const FHIR_DEFAULTS: MappingSettings = {
  sourceOid: '1.2.250.1.999.1',
  profileSet: 'r4',
  identityStatus: 'v2-0445',
};
const MAX_BODY = '64kb';

/** Every route of the API; the rights test walks this list. */
export const apiRoutes = (context: WebContext): Route[] => [
  ...peopleRoutes(context),
  ...readingRoutes(context),
  ...alertRoutes(context),
  ...thresholdRoutes(context),
  ...technicalRoutes(context),
  ...deadLetterRoutes(context),
  ...notificationRoutes(context),
  ...adminRoutes(context),
];

const bareApp = ({ https, log }: { https: boolean; log: Log }): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', 'loopback'); // only a proxy on this machine may speak for its clients
  app.use(requestLog(log), securityHeaders({ https }));
  return app;
};

const listen = (server: Server, { host, port }: StatusOptions): Promise<{ url: string; port: number }> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const bound = (server.address() as AddressInfo).port;
      const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
      resolve({ url: `http://${name}:${bound}`, port: bound });
    });
  });

/** Ends what is idle, lets answers in progress leave for a moment, then cuts. */
const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    if (!server.listening) {
      server.closeAllConnections();
      resolve();
      return;
    }
    const cut = setTimeout(() => server.closeAllConnections(), SECOND);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });

const noStore: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store');
  next();
};

/** `/healthz`, `/readyz` and `/metrics` alone, for a process without the web role. */
export const startStatusServer = async (options: StatusOptions): Promise<Web> => {
  const app = bareApp({ https: false, log: options.log });
  app.use(statusRoutes(options));
  app.use(noSuchRoute, problemHandler(options.log));
  const server = createServer(app);
  const bound = await listen(server, options);
  return { ...bound, close: () => stop(server) };
};

const noPreview: ThresholdPreview = () => {
  throw new HttpProblem(
    501,
    'backtest.unavailable',
    'Limits cannot be tried here: no rules were handed to this program',
  );
};

/** Starts the dashboard's server: REST, live updates and the built pages, on one port. */
export const startWeb = async (options: WebOptions): Promise<Web> => {
  const { store, log, metrics, now = Date.now, secureCookies: https = false } = options;
  const wakeup = createWakeup('readings', store.scope);
  const registry = createRegistryCache(store.db, now);
  const keys = loadNotifyKeys(store.dataDir);
  const context: WebContext = {
    store,
    history: options.history,
    registry,
    inbox: options.inbox,
    formats: options.formats ?? NO_FORMATS,
    preview: options.preview ?? noPreview,
    wakeup,
    log,
    vapidPublicKey: keys.vapid.publicKey,
    now,
  };
  const routes = apiRoutes(context);
  const session = await sessionMiddleware({ store, secure: https, now });

  const app = bareApp({ https, log });
  const server = createServer({ requestTimeout: REQUEST_WITHIN }, app);
  const live = startLive({
    server,
    session,
    principalOf: async (sid) => principalOfSignIn(store.db, await signInOf(store.db, sid, now())),
    hub: createHub({ db: store.db, registry, metrics, now }),
    wakeup,
    log,
    now,
    health: options.health,
    ...(options.recheckEvery === undefined ? {} : { recheckEvery: options.recheckEvery }),
  });

  const countAlerts = async (): Promise<void> => {
    metrics.alertsOpen.reset();
    for (const { count, ...labels } of await countOpenAlerts(store.db)) metrics.alertsOpen.set(labels, count);
  };
  app.use(statusRoutes({ health: options.health, scrape: () => countAlerts().then(options.scrape) }));
  // Machines with a box's password: no cookie, no session, no cross-site check.
  app.use('/api/v1/ingest', noStore, ingestRoutes({ db: store.db, inbox: options.inbox, metrics, log, now }));
  app.use('/api/v1', receiptRoutes({ store, secret: keys.secret, now }));
  app.use(compression());

  const api = express.Router();
  api.use(noStore, refuseCrossOrigin, session, withPrincipal(store), express.json({ limit: MAX_BODY }));
  api.use(signInRoutes({ store, secure: https, now, onEnd: (sid) => live.endSession(sid) }));
  for (const route of routes) api[route.method](route.path, serve(route));
  app.use('/api/v1', api);
  const description = openApi(routes, { cookie: cookieName(https), version: '1' });
  app.get('/api/openapi.json', (_request, response) => void response.json(description));
  app.use('/api', noSuchRoute);
  app.use('/fhir', session, withPrincipal(store), fhirFacade(context, options.fhir ?? FHIR_DEFAULTS));
  app.use(serveClient(options.clientDir));
  app.use(noSuchRoute, problemHandler(log));

  const bound = await listen(server, options).catch(async (error: unknown) => {
    await live.close();
    wakeup.close();
    throw error;
  });
  const stopHousekeeping = startHousekeeping({ store, log, now });
  return {
    ...bound,
    async close() {
      stopHousekeeping();
      await live.close();
      await stop(server);
      wakeup.close();
    },
  };
};
