import { connect } from 'mqtt';
import { constants, statfsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SECOND, type Millis } from '../domain/time.js';
import { loadConfig, type Config } from '../platform/config.js';
import { silentLog } from '../platform/log.js';
import { sql } from 'kysely';
import { openHistory, openMigratedStore } from './context.js';
import { checkFhirServer, fhirOptions } from './fhir.js';
import type { FhirSinkOptions } from '../gateway/sinks/fhir-options.js';
import { whereData } from './gateway-role.js';

interface Check {
  readonly what: string;
  /** Resolves with what was found; throws with what is wrong and what to do. */
  readonly run: () => Promise<string>;
}
const TIME_LIMIT: Millis = 5 * SECOND;
const LEAST_FREE_BYTES = 1e9;

const disk = (dir: string): Check => ({
  what: 'disk',
  run: async () => {
    await access(dir, constants.W_OK).catch(() => {
      throw new Error(`${dir} cannot be written: create it for the user that runs Vigie, or set VIGIE_DATA_DIR`);
    });
    const { bavail, bsize } = statfsSync(dir);
    const free = bavail * bsize;
    if (free < LEAST_FREE_BYTES)
      throw new Error(
        `only ${(free / 1e6).toFixed(0)} MB free in ${dir}: make room, a full disk stops acknowledgements`,
      );
    return `${(free / 1e9).toFixed(1)} GB free in ${dir}`;
  },
});

const mqttBroker = (url: string, username: string | undefined, password: string | undefined): Check => ({
  what: 'MQTT broker',
  run: () =>
    new Promise((done, reject) => {
      const client = connect(url, {
        reconnectPeriod: 0,
        connectTimeout: TIME_LIMIT,
        ...(username ? { username } : {}),
        ...(password ? { password } : {}),
      });
      const end = (then: () => void) => (): void => {
        client.end(true);
        then();
      };
      client.once(
        'connect',
        end(() => done('connected')),
      );
      client.once('error', (error) =>
        end(() => reject(new Error(`${error.message}: check MQTT_URL, MQTT_USERNAME and MQTT_PASSWORD`)))(),
      );
      client.once(
        'close',
        end(() => reject(new Error('no answer: is the broker running?'))),
      );
    }),
});

const fhirServer = (config: Config, options: FhirSinkOptions): Check => ({
  what: 'FHIR server',
  run: async () => {
    const { version, lacks } = await checkFhirServer(options, config.FHIR_FLOW);
    return `FHIR ${version}${lacks.length === 0 ? ', declares everything Vigie uses' : `; it lacks: ${lacks.join('; ')}`}`;
  },
});

const fhirChecks = (config: Config): Check[] => {
  const options = fhirOptions(config);
  return options ? [fhirServer(config, options)] : [];
};

const checksOf = (config: Config): Check[] => [
  disk(resolve(config.VIGIE_DATA_DIR)),
  {
    what: 'store',
    run: async () => {
      const store = await openMigratedStore(config, silentLog);
      try {
        await sql`select 1`.execute(store.db);
        return `${store.dialect}, ${whereData(config)}`;
      } finally {
        await store.close();
      }
    },
  },
  {
    what: config.INFLUX_URL ? 'InfluxDB' : 'history',
    run: async () => {
      const history = await openHistory(config, silentLog);
      try {
        await history.check(AbortSignal.timeout(TIME_LIMIT));
        return config.INFLUX_URL ? `database ${config.INFLUX_DATABASE}` : 'SQLite file';
      } finally {
        await history.close();
      }
    },
  },
  ...(config.MQTT_URL ? [mqttBroker(config.MQTT_URL, config.MQTT_USERNAME, config.MQTT_PASSWORD)] : []),
  ...fhirChecks(config),
];

/** `vigie doctor`: one line per part; exit 1 when one of them needs a person. */
export const doctor = async (): Promise<void> => {
  const config = loadConfig();
  console.log('ok     configuration');
  let bad = 0;
  for (const { what, run } of checksOf(config)) {
    try {
      console.log(`ok     ${what}: ${await run()}`);
    } catch (error) {
      bad += 1;
      console.log(`wrong  ${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  process.exit(bad === 0 ? 0 : 1);
};

/** `vigie health`: exit 0 when the process of this machine answers `/healthz`. */
export const health = async (): Promise<void> => {
  const { HTTP_PORT } = loadConfig();
  const response = await fetch(`http://127.0.0.1:${HTTP_PORT}/healthz`, {
    signal: AbortSignal.timeout(TIME_LIMIT),
  }).catch(() => null);
  console.log(response?.ok ? 'alive' : 'no answer');
  process.exit(response?.ok ? 0 : 1);
};
