/**
 * `npm run bench:ingest [-- --seconds N] [--memory SECONDS]`
 * Acknowledged QoS 1 messages a second through our broker, as ratios to bare in-memory aedes and to Mosquitto with
 * persistence, all in this run; then the whole road, then latencies. Prints one table.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { countPoints } from '../test/support/influx-count.js';
import { startInfluxd } from '../test/support/influxd.js';
import { startMosquitto } from '../test/support/mosquitto.js';
import { startProgram } from '../test/support/program.js';
import { until } from '../test/support/until.js';
import {
  PASSWORD,
  provisioningFile,
  signIn,
  smallEhpad,
  vigieProcess,
  type VigieProcess,
} from '../test/support/vigie.js';
import type { Load, Report } from './load.js';

const argument = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const SECONDS = argument('seconds', 10);
const MEMORY_SECONDS = argument('memory', 0);
const CONNECTIONS = 10;
const ROUNDS = 3;
const tsx = new URL('../node_modules/tsx/dist/cli.mjs', import.meta.url).pathname;

let runs = 0;
/** Each run has device times of its own, within the last hour: a minute is longer than what a run sends, at 1 ms a message. */
const load = (port: number, over: Partial<Load> = {}): Load => ({
  port,
  username: 'd-',
  password: PASSWORD,
  connections: CONNECTIONS,
  topic: 'vigie/v1/les-tilleuls/{username}/readings',
  seconds: SECONDS,
  rate: 0,
  window: 200,
  startTime: Date.now() - 55 * 60_000 + 60_000 * runs++,
  ...over,
});

type Publisher = 'publisher.ts' | 'publisher-mqttjs.ts';
const publish = (plan: Load, publisher: Publisher = 'publisher.ts'): Promise<Report> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [tsx, new URL(publisher, import.meta.url).pathname, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(text) as Report) : reject(new Error(`publisher ended with ${code}`)),
    );
  });

const portOf = (url: string): number => Number(new URL(url).port);
const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

const startSystem = async (env: NodeJS.ProcessEnv, roles: string[]): Promise<VigieProcess> => {
  const vigie = await vigieProcess(env, ['start', ...roles]);
  await vigie.run('provision', provisioningFile(smallEhpad(CONNECTIONS)));
  await vigie.start();
  return vigie;
};

const metric = async (vigie: VigieProcess, name: string): Promise<number> => {
  const text = await (await fetch(`${vigie.url}/metrics`)).text();
  return [...text.matchAll(new RegExp(`^${name}(?:{[^}]*})? ([0-9.e+-]+)$`, 'gm'))].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
};
const rss = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const say = (line: string): void => console.log(line);

// Baselines and our broker, in turn, so that a machine whose speed drifts does not favour one of them.
const bare = startProgram(process.execPath, [tsx, new URL('aedes-bare.ts', import.meta.url).pathname]);
const barePort = await until('aedes listens', () => Number(bare.output().trim()) || false);
const mosquitto = await startMosquitto();
const accept = await startSystem({}, ['broker']);
const influx = await startInfluxd();

const row = (name: string, value: number, baseline: { aedes: number; mosquitto: number }): string =>
  `${name.padEnd(34)} ${Math.round(value).toLocaleString('en').padStart(8)} /s   ${(value / baseline.aedes).toFixed(2)} of aedes   ${(value / baseline.mosquitto).toFixed(2)} of Mosquitto`;

/** Both baselines and our broker with one kind of client. */
const compare = async (publisher: Publisher): Promise<{ aedes: number; mosquitto: number }> => {
  const rates = { aedes: [] as number[], mosquitto: [] as number[], accept: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.aedes.push((await publish(load(barePort), publisher)).perSecond);
    rates.mosquitto.push((await publish(load(portOf(mosquitto.url)), publisher)).perSecond);
    rates.accept.push((await publish(load(portOf(accept.mqttUrl)), publisher)).perSecond);
  }
  const baseline = { aedes: median(rates.aedes), mosquitto: median(rates.mosquitto) };
  say(row('aedes, in memory (baseline)', baseline.aedes, baseline));
  say(row('Mosquitto, persistence', baseline.mosquitto, baseline));
  say(row('Vigie, accept (durable)', median(rates.accept), baseline));
  return baseline;
};
say('clients: mqtt.js, ten connections in one process');
const baseline = await compare('publisher-mqttjs.ts');
say('clients: raw sockets, the broker alone is the bottleneck');
await compare('publisher.ts');
await bare.stop();
await mosquitto.close();
await accept.stop();

const whole = await startSystem({ INFLUX_URL: influx.url }, []);
const before = await countPoints(influx, 'vigie', 'reading').catch(() => 0);
for (const share of [0.3, 0.35, 0.4, 0.5]) {
  const already = await countPoints(influx, 'vigie', 'reading').catch(() => before);
  const report = await publish(load(portOf(whole.mqttUrl), { rate: baseline.aedes * share, seconds: SECONDS * 2 }));
  const ended = performance.now();
  await until('the inbox is empty', async () => (await metric(whole, 'vigie_inbox_rows')) === 0, { timeout: 60_000 });
  const emptyAfter = (performance.now() - ended) / 1_000;
  const expected = already + report.acknowledged * 2;
  await until('InfluxDB has everything', async () => (await countPoints(influx, 'vigie', 'reading')) >= expected, {
    timeout: 60_000,
    every: 100,
  });
  const storedAfter = (performance.now() - ended) / 1_000;
  say(
    `${row(`Vigie, whole road at ${share}`, report.perSecond, baseline)}   inbox empty after ${emptyAfter.toFixed(1)} s, in InfluxDB after ${storedAfter.toFixed(1)} s`,
  );
  if (emptyAfter > 2) break;
}

// Latency at a calm rate, from publish to PUBACK and to a connected dashboard.
const lea = await signIn(whole.url, { username: 'lea', password: PASSWORD });
const screen: number[] = [];
const socket = io(`${whole.url}/live`, { extraHeaders: { cookie: lea.cookie }, transports: ['websocket'] });
const latencyPlan = load(portOf(whole.mqttUrl), { rate: 500, seconds: SECONDS * 2, startTime: Date.now() });
socket.on('vital', ({ readings }: { readings: { receivedAt: string }[] }) => {
  const newest = Math.max(...readings.map(({ receivedAt }) => Date.parse(receivedAt)));
  screen.push(Date.now() - newest);
});
const calm = await publish(latencyPlan);
socket.close();
screen.sort((a, b) => a - b);
say(`publish → PUBACK at 500/s            p50 ${calm.p50.toFixed(1)} ms, p99 ${calm.p99.toFixed(1)} ms`);
say(
  `accept → screen at 500/s             p50 ${screen[Math.floor(screen.length / 2)]} ms, p99 ${screen[Math.floor(screen.length * 0.99)]} ms (values are sent every 250 ms)`,
);

if (MEMORY_SECONDS > 0) {
  const samples: number[] = [];
  const publishing = publish(
    load(portOf(whole.mqttUrl), { rate: 500, seconds: MEMORY_SECONDS, startTime: Date.now() }),
  );
  const timer = setInterval(() => samples.push(rss(whole.pid())), 10_000);
  await publishing;
  clearInterval(timer);
  const third = Math.floor(samples.length / 3);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  say(`memory over ${MEMORY_SECONDS} s at 500/s: ${samples.map((mb) => Math.round(mb)).join(' ')} MB`);
  say(
    `second third ${mean(samples.slice(third, 2 * third)).toFixed(0)} MB, last third ${mean(samples.slice(2 * third)).toFixed(0)} MB`,
  );
}
await whole.stop();
await influx.close();
process.exit(0);
