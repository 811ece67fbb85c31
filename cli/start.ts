/**
 * Composes the programs. Top to bottom: data directory → store → inbox → broker → gateway → web; closed in the
 * opposite order, so that nothing is accepted that could not be stored.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AggregatorRegistry } from 'prom-client';
import { startBroker } from '../broker/broker.js';
import { loadConfig, type Config } from '../platform/config.js';
import { createHealth, type Health, type PartReport } from '../platform/health.js';
import { createLog, type Log } from '../platform/log.js';
import { createMetrics } from '../platform/metrics.js';
import { verifyPassword } from '../platform/password.js';
import { openInbox } from '../platform/store/inbox.js';
import { previewThresholds } from '../gateway/alerts/preview.js';
import { loadCodecs } from '../gateway/route.js';
import { startStatusServer, startWeb } from '../web/server/app.js';
import { brokerPorts, listenersOf } from './broker-ports.js';
import { openHistory, openMigratedStore } from './context.js';
import { deviceFormats } from './device-formats.js';
import { lockDataDir } from './data-dir-lock.js';
import { hostGateway } from './gateway-host.js';
import { startGatewayRole } from './gateway-role.js';
import { ROLE_NAMES, type RoleName } from './roles.js';

export interface Vigie {
  readonly url: string;
  readonly mqttUrl: string | null;
  readonly roles: readonly RoleName[];
  /** Stops accepting, finishes what is in hand, closes everything. */
  close(): Promise<void>;
}

const clientDir = fileURLToPath(new URL('../web/client', import.meta.url));

/** With a broker of its own (`MQTT_URL`) the system needs none of ours. */
const defaultRoles = (config: Config): readonly RoleName[] =>
  config.MQTT_URL ? ROLE_NAMES.filter((role) => role !== 'broker') : ROLE_NAMES;

/** In SQLite the data directory is ours alone, so a restart needs not wait for the lease of a process that is dead. */
const holderOf = (config: Config): string =>
  config.DATABASE_URL ? `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}` : 'embedded';

interface RunningGateway {
  health(): Promise<Record<string, PartReport>>;
  metrics(): Promise<object[]>;
  close(): Promise<void>;
}

/** A thread of its own beside other roles in SQLite (ADR 0003); in this thread when it is alone. */
const runGateway = async (config: Config, roles: readonly RoleName[], log: Log): Promise<RunningGateway> => {
  const holder = holderOf(config);
  if (roles.length > 1) return hostGateway({ config, holder }, log);
  const metrics = createMetrics();
  const gateway = await startGatewayRole(config, createLog('gateway', config.LOG_LEVEL), metrics, holder);
  return {
    health: async () => gateway.health(),
    metrics: () => metrics.registry.getMetricsAsJSON(),
    close: () => gateway.close(),
  };
};

/** Parts of the gateway that are shown by themselves: they mean something else to a carer than late history. */
const OWN_PARTS: readonly string[] = ['notify', 'watchdog'];

/** Asked once for all the gateway's parts: `/readyz` shows each of them. */
const registerGateway = (health: Health, gateway: RunningGateway): void => {
  health.register('gateway', async () => {
    const parts = Object.entries(await gateway.health()).filter(([name]) => !OWN_PARTS.includes(name));
    const down = parts.filter(([, { state }]) => state === 'down');
    const degraded = parts.filter(([, { state }]) => state === 'degraded');
    const worst = [...down, ...degraded];
    return {
      state: down.length > 0 ? 'down' : degraded.length > 0 ? 'degraded' : 'ok',
      detail: (worst.length > 0 ? worst : parts).map(([name, { detail }]) => `${name}: ${detail ?? 'ok'}`).join('; '),
    };
  });
  for (const name of OWN_PARTS)
    health.register(name, async () => (await gateway.health())[name] ?? { state: 'degraded', detail: 'not running' }, {
      essential: false,
    });
};

/** Starts the roles in this process and resolves when they work. What was already opened is closed when one fails. */
export const startVigie = async (config: Config, asked: readonly RoleName[] = []): Promise<Vigie> => {
  const roles = asked.length > 0 ? asked : defaultRoles(config);
  const log = createLog('vigie', config.LOG_LEVEL);
  const metrics = createMetrics({ processMetrics: true });
  const health = createHealth();
  const opened: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    while (opened.length > 0) await opened.pop()!();
  };
  try {
    if (!config.DATABASE_URL) opened.push(lockDataDir(resolve(config.VIGIE_DATA_DIR)));
    const store = await openMigratedStore(config, log);
    opened.push(() => store.close());
    const inbox = await openInbox(store);
    opened.push(() => inbox.close());

    const gateway = roles.includes('gateway') ? await runGateway(config, roles, log) : null;
    if (gateway) {
      opened.push(() => gateway.close());
      registerGateway(health, gateway);
    }
    const scrape = async (): Promise<string> => {
      const sets = [await metrics.registry.getMetricsAsJSON(), ...(gateway ? [await gateway.metrics()] : [])];
      return AggregatorRegistry.aggregate(sets).metrics();
    };
    const http = { host: config.HTTP_HOST, port: config.HTTP_PORT, log, health, scrape };
    const web = roles.includes('web')
      ? await startWeb({
          fhir: {
            sourceOid: config.FHIR_SOURCE_OID,
            profileSet: config.FHIR_PROFILE_SET,
            identityStatus: config.FHIR_IDENTITY_STATUS,
          },
          ...http,
          store,
          inbox,
          history: await openHistory(config, log),
          formats: deviceFormats(await loadCodecs()),
          preview: previewThresholds,
          clientDir,
          metrics,
        })
      : await startStatusServer(http);
    opened.push(() => web.close());

    let mqttUrl: string | null = null;
    if (roles.includes('broker')) {
      const broker = await startBroker({
        ...brokerPorts(store),
        listeners: listenersOf(config),
        inbox,
        verifyPassword,
        log: createLog('broker', config.LOG_LEVEL),
        metrics,
        onStoreError: (error) => log.error({ err: error }, 'messages cannot be stored: nothing is acknowledged'),
        onStoreRecovered: () => log.info('messages are stored and acknowledged again'),
      });
      opened.push(() => broker.close());
      health.register('broker', () => broker.health());
      mqttUrl = `mqtt://${config.MQTT_HOST}:${broker.ports.tcp}`;
    }
    log.info({ roles, http: web.url, mqtt: mqttUrl ?? config.MQTT_URL?.replace(/\/\/.*@/, '//') }, 'Vigie is running');
    return { url: web.url, mqttUrl, roles, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
};

/** Resolves with the signal that asks the process to stop; a second one ends it at once. */
export const untilStopped = (): Promise<NodeJS.Signals> =>
  new Promise((done) => {
    const stop = (signal: NodeJS.Signals): void => {
      done(signal);
      process.once('SIGINT', () => process.exit(130));
      process.once('SIGTERM', () => process.exit(143));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });

/** `vigie start`: runs until SIGTERM or SIGINT, then stops cleanly. */
export const start = async (roles: RoleName[]): Promise<void> => {
  const vigie = await startVigie(loadConfig(), roles);
  console.log(`Vigie (${vigie.roles.join(', ')}): ${vigie.url}${vigie.mqttUrl ? `, MQTT on ${vigie.mqttUrl}` : ''}`);
  await untilStopped();
  await vigie.close();
  process.exit(0);
};
