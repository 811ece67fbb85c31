/**
 * `npm run bench:process`: how fast the gateway takes accepted messages down the road (decode, de-duplicate, store,
 * evaluate), alone on one thread with the SQLite store, as a ratio to bare JSON.parse of the same payloads.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRules } from '../cli/gateway-role.js';
import { createEvaluator } from '../gateway/evaluator.js';
import { createInterpreter } from '../gateway/interpret.js';
import { createProcessor } from '../gateway/process.js';
import { createRegistryView } from '../gateway/registry-view.js';
import { loadCodecs } from '../gateway/route.js';
import { createRuleSettings } from '../gateway/rule-settings.js';
import { openStore } from '../platform/store/db.js';
import { openInbox, type IncomingMessage } from '../platform/store/inbox.js';
import { migrate } from '../platform/store/migrate.js';
import { provision } from '../platform/store/provision.js';
import { smallEhpad } from '../test/support/vigie.js';

const MESSAGES = 60_000;
const DEVICES = 10;

const dataDir = mkdtempSync(join(tmpdir(), 'vigie-bench-'));
const store = await openStore({ dataDir });
await migrate(store);
await provision(store, smallEhpad(DEVICES), {
  dryRun: false,
  now: Date.now(),
  hash: (password) => Promise.resolve(password),
});
const inbox = await openInbox(store);

const start = Date.now() - 50 * 60_000;
const messages: IncomingMessage[] = Array.from({ length: MESSAGES }, (_, n) => ({
  site: 'les-tilleuls',
  identity: `device:d-${(n % DEVICES) + 1}`,
  topic: `vigie/v1/les-tilleuls/d-${(n % DEVICES) + 1}/readings`,
  payload: Buffer.from(
    `{"time":"${new Date(start + n * 20).toISOString()}","readings":[{"metric":"spo2","value":${95 + (n % 4)},"unit":"%"},{"metric":"pulse_rate","value":${65 + (n % 20)},"unit":"/min"}]}`,
  ),
  retained: false,
  dup: false,
  lane: 1,
  receivedAt: Date.now(),
}));

const parsing = performance.now();
for (const { payload } of messages) JSON.parse(Buffer.from(payload).toString());
const parsed = MESSAGES / ((performance.now() - parsing) / 1_000);

for (let at = 0; at < MESSAGES; at += 2_000) await inbox.append(messages.slice(at, at + 2_000));

const rules = await loadRules();
const processor = createProcessor({
  store,
  inbox,
  interpret: createInterpreter(await loadCodecs()),
  registry: createRegistryView(store),
  evaluator: createEvaluator(rules, createRuleSettings(rules.map(({ name }) => name)), () => true),
  partition: 0,
  assertLease: () => Promise.resolve(),
  now: Date.now,
});
const began = performance.now();
let readings = 0;
for (let report = await processor.next(1); report; report = await processor.next(1)) readings += report.readings.length;
const seconds = (performance.now() - began) / 1_000;
console.log(
  `${Math.round(MESSAGES / seconds).toLocaleString('en')} messages/s, ${Math.round(readings / seconds).toLocaleString('en')} readings/s, ${(MESSAGES / seconds / parsed).toFixed(3)} of JSON.parse alone`,
);
await inbox.close();
await store.close();
process.exit(0);
