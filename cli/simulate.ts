import { SingleBar } from 'cli-progress';
import { createLog } from '../platform/log.js';
import { DEMO_CARER, replayRecording, runScenario } from '../simulators/index.js';

export interface SimulateOptions {
  readonly seed: string;
  readonly speed: number;
  readonly broker: string;
  readonly url: string;
  readonly json: boolean;
}

const log = createLog('simulate', 'warn');

/** `vigie simulate`: exit 0 when every expected alert came up and, where the scenario says so, no other. */
export const simulate = async (
  scenario: string,
  { seed, speed, broker, url, json }: SimulateOptions,
): Promise<void> => {
  const result = await runScenario({
    scenario,
    seed,
    speed,
    brokerUrl: broker,
    api: { url, ...DEMO_CARER },
    log,
    ...(json ? {} : { report: (line) => console.log(line) }),
  });
  if (json) console.log(JSON.stringify(result));
  else console.log(result.passed ? 'passed' : 'failed');
  process.exit(result.passed ? 0 : 1);
};

/** `vigie replay` */
export const replay = async (
  file: string,
  { broker, username, password = process.env.MQTT_PASSWORD }: { broker: string; username?: string; password?: string },
): Promise<void> => {
  const bar = process.stdout.isTTY
    ? new SingleBar({ format: '{bar} {value}/{total} messages, {eta_formatted} left' })
    : null;
  let started = false;
  const counts = await replayRecording(file, {
    brokerUrl: broker,
    log,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    onProgress: (done, total) => {
      if (!started) bar?.start(total, 0);
      started = true;
      bar?.update(done);
    },
  });
  bar?.stop();
  console.log(`published ${counts.sent}, acknowledged ${counts.acknowledged}`);
  process.exit(0);
};
