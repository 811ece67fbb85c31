/**
 * Readings evaluated per second on one core, 2 000 residents × all rules, and the memory that the rules keep of each.
 * Run: `npm run bench:alerts`.
 */
import { loadPlugins } from '../platform/plugins.js';
import type { Alert } from '../domain/alert.js';
import type { DeviceId, MessageKey, ResidentId, SiteId } from '../domain/ids.js';
import type { Metric } from '../domain/metrics.js';
import { readingId, type Reading } from '../domain/reading.js';
import { SECOND } from '../domain/time.js';
import { evaluate } from '../gateway/alerts/engine.js';
import type { Rule } from '../gateway/alerts/rule.js';

const RESIDENTS = 2_000;
const ROUNDS = 30;
const ROUND_EVERY = 10 * SECOND;
const START = Date.parse('2026-11-23T08:00:00Z');
const SITE = 'bench' as SiteId;

const isRule = (exported: unknown): exported is Rule =>
  typeof exported === 'object' && exported !== null && 'evaluate' in exported;
const rules = await loadPlugins(new URL('../gateway/alerts/rules/', import.meta.url), isRule);

/** What a wearable says; one resident in fifty desaturates. Settings make every rule work. */
const SETTINGS: Readonly<Record<string, unknown>> = {
  news2: { consciousness: 'A', supplementalOxygen: false },
  'missed-measure': { plan: [{ metric: 'body_weight', times: ['08:00'] }] },
};
const VALUES: readonly (readonly [Metric, (resident: number, round: number) => number | boolean])[] = [
  ['spo2', (resident, round) => (resident % 50 === 0 ? 87 + (round % 3) : 96 + (round % 2))],
  ['heart_rate', (resident, round) => 68 + ((resident + round) % 9)],
  ['respiratory_rate', (_, round) => 15 + (round % 2)],
  ['body_temperature', (resident) => 36.5 + (resident % 4) / 10],
  ['systolic_bp', (resident) => 120 + (resident % 12)],
  ['glucose', (resident, round) => 110 + ((resident + round) % 30)],
  ['bed_occupancy', (resident, round) => (resident + round) % 20 !== 0],
  ['motion', (_, round) => round % 2 === 0],
];

const readingsOf = (round: number): Reading[] =>
  Array.from({ length: RESIDENTS }, (_, index) =>
    VALUES.map(([metric, value]): Reading => {
      const time = START + round * ROUND_EVERY;
      const device = `d-${index}` as DeviceId;
      const measured = value(index, round);
      return {
        id: readingId({ device, metric, time, value: measured }),
        site: SITE,
        resident: `r-${index}` as ResidentId,
        room: null,
        device,
        metric,
        value: measured,
        time,
        receivedAt: time,
        quality: 'good',
        late: false,
        message: `m-${round}-${index}` as MessageKey,
      };
    }),
  ).flat();

const open = new Map<string, Alert>();
const memory = new Map<string, unknown>();
const residents = Array.from({ length: RESIDENTS }, (_, index) => `r-${index}`);
const settings = (rule: string): unknown => SETTINGS[rule];
let [readings, seconds, tickSeconds, events] = [0, 0, 0, 0];

const run = (batch: readonly Reading[], now: number): number => {
  const started = performance.now();
  const output = evaluate(rules, { readings: batch, open, memory, settings, now, site: SITE, residents });
  const took = (performance.now() - started) / 1_000;
  for (const alert of output.alerts) {
    if (alert.workflow === 'closed') open.delete(alert.episode);
    else open.set(alert.episode, alert);
  }
  for (const [key, value] of output.memory) {
    if (value === undefined) memory.delete(key);
    else memory.set(key, value);
  }
  events += output.events.length;
  return took;
};

for (let round = 0; round < ROUNDS; round++) {
  const batch = readingsOf(round);
  const now = START + round * ROUND_EVERY;
  for (let from = 0; from < batch.length; from += 1_500) seconds += run(batch.slice(from, from + 1_500), now);
  readings += batch.length;
  tickSeconds += run([], now);
}

const bytes = [...memory].reduce((sum, [key, value]) => sum + key.length + JSON.stringify(value).length, 0);
const print = (what: string, value: string): void => console.log(`${what.padEnd(44)} ${value.padStart(14)}`);
print(`rules × residents`, `${rules.length} × ${RESIDENTS.toLocaleString('en')}`);
print('readings evaluated per second, one core', Math.round(readings / seconds).toLocaleString('en'));
print('a tick of all residents', `${((tickSeconds / ROUNDS) * 1_000).toFixed(1)} ms`);
print('memory kept per resident', `${Math.round(bytes / RESIDENTS).toLocaleString('en')} bytes`);
print('memories per resident', (memory.size / RESIDENTS).toFixed(1));
print('open alerts, events', `${open.size}, ${events}`);
