import { join } from 'node:path';
import { loadConfig } from '../platform/config.js';
import { createLog } from '../platform/log.js';
import { hashPassword } from '../platform/password.js';
import { provision } from '../platform/store/provision.js';
import { DEMO_PASSWORD, demoProvisioning, demoScript, startFleet } from '../simulators/index.js';
import { openMigratedStore } from './context.js';
import { startVigie, untilStopped } from './start.js';

export interface DemoOptions {
  readonly speed: number;
  readonly seed: string;
  readonly residents: number;
  readonly homes: number;
}

const LABELS = {
  nurse: 'nurse',
  aide: 'home-care aide',
  physician: 'physician',
  technician: 'technician',
  admin: 'administrator',
  display: 'wall screen',
};

/**
 * `vigie demo`: the whole system on a data directory of its own (`$VIGIE_DATA_DIR/demo`), provisioned with invented
 * people, and simulated devices that publish to it as real ones do.
 */
export const demo = async ({ speed, seed, residents, homes }: DemoOptions): Promise<void> => {
  const environment = loadConfig();
  const config = {
    ...environment,
    VIGIE_DATA_DIR: join(environment.VIGIE_DATA_DIR, 'demo'),
    LOG_LEVEL: process.env.LOG_LEVEL ? environment.LOG_LEVEL : ('warn' as const),
  };
  const log = createLog('demo', config.LOG_LEVEL);
  console.log('Preparing the demonstration…');
  const people = demoProvisioning({ seed, residents, homes });
  const store = await openMigratedStore(config, log);
  try {
    await provision(store, people, { dryRun: false, now: Date.now(), hash: hashPassword });
  } finally {
    await store.close();
  }
  const vigie = await startVigie(config);
  const brokerUrl = vigie.mqttUrl ?? config.MQTT_URL;
  if (!brokerUrl) throw new Error('the demonstration needs a broker');
  const fleet = await startFleet({ brokerUrl, provisioning: people, seed, speed, log, script: demoScript(people) });

  const users = people.users.map(({ username, name, role }) => `    ${username.padEnd(8)} ${name} (${LABELS[role]})`);
  console.log(
    [
      '',
      `  Vigie demo: ${vigie.url}`,
      '',
      `  Sign in with the password ${DEMO_PASSWORD} as`,
      ...users,
      '',
      `  ${residents} residents, ${homes} homes, ${fleet.counts().identities} devices and boxes on ${brokerUrl}.`,
      '  Within a minute: a fall and a low SpO₂. Invented people, simulated values. Ctrl-C stops it.',
      '',
    ].join('\n'),
  );
  await untilStopped();
  console.log('Stopping…');
  await fleet.stop();
  await vigie.close();
  process.exit(0);
};
