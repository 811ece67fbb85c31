import { describe, expect, it } from '@jest/globals';
import type { Alert } from '../../../domain/alert.js';
import type { Assignment, Device } from '../../../domain/device.js';
import type { Reading } from '../../../domain/reading.js';
import { DAY, HOUR, MINUTE } from '../../../domain/time.js';
import { evaluate } from '../../../gateway/alerts/engine.js';
import { createCodecMemory } from '../../../gateway/codec-memory.js';
import { createInterpreter } from '../../../gateway/interpret.js';
import { loadCodecs } from '../../../gateway/route.js';
import { canonicalIdentifier } from '../../../platform/store/identifiers.js';
import type { Registry } from '../../../platform/store/registry.js';
import { demoProvisioning } from '../../../simulators/demo-provisioning.js';
import type { Script } from '../../../simulators/incidents.js';
import { loadDeviceModels, timeline } from '../../../simulators/timeline.js';
import { RULES } from './support.js';

const origin = Date.parse('2026-03-10T09:00:00Z');
const provisioning = demoProvisioning({ seed: '42' });
const models = await loadDeviceModels();
const codecs = await loadCodecs();

const devices = new Map<string, Device>();
const holders = new Map<string, Assignment>();
for (const { id, site, model, identifiers, config, cadenceSeconds = null, assignedTo } of provisioning.devices) {
  const device: Device = { id, site, model, identifiers, config, cadenceSeconds };
  for (const name of [id, ...identifiers]) devices.set(`${site}/${canonicalIdentifier(name)}`, device);
  const { resident = null, room = null } = assignedTo;
  holders.set(id, { device: id, resident, room, since: 0, until: null } as Assignment);
}
const registry = {
  version: 1,
  site: (id: string) => provisioning.sites.find((site) => site.id === id) ?? null,
  resident: () => null,
  device: (id: string) => [...devices.values()].find((device) => device.id === id) ?? null,
  box: (id: string) => provisioning.boxes.find((box) => box.id === id) ?? null,
  byIdentifier: (site: string, name: string) => devices.get(`${site}/${canonicalIdentifier(name)}`) ?? null,
  assignmentAt: (device: string) => holders.get(device) ?? null,
  assignmentsAt: (device: string) => [holders.get(device)].filter((each) => each !== undefined),
  sites: () => provisioning.sites,
  residents: () => provisioning.residents,
  devices: () => [...devices.values()],
} as unknown as Registry;

const siteOf = new Map([
  ...provisioning.boxes.map((box) => [box.username, box.site] as const),
  ...provisioning.devices.flatMap(({ username, site }) => (username ? [[username, site] as const] : [])),
]);

/** Everything the fleet says, through the codecs and the rules, with a tick a minute. Wearables of a few suffice. */
const live = (until: number, script: Script): Alert[] => {
  const interpret = createInterpreter(codecs);
  const codecMemory = createCodecMemory();
  const worlds = new Map(
    provisioning.sites.map(({ id }) => [
      id,
      { open: new Map<string, Alert>(), memory: new Map<string, unknown>(), waiting: [] as Reading[] },
    ]),
  );
  const alerts = new Map<string, Alert>();
  const think = (site: string, readings: readonly Reading[], now: number): void => {
    const { open, memory } = worlds.get(site)!;
    const output = evaluate(RULES, { readings, open, memory, settings: () => undefined, now, site });
    for (const alert of output.alerts) {
      alerts.set(alert.id, alert);
      if (alert.workflow === 'closed') open.delete(alert.episode);
      else open.set(alert.episode, alert);
    }
    for (const [key, value] of output.memory) {
      if (value === undefined) memory.delete(key);
      else memory.set(key, value);
    }
  };
  const wearers = new Set(['r-003', 'r-012']);
  const options = { provisioning, seed: '42', origin, historySince: origin, speed: 1, script };
  const only = ({ model, assignedTo: { resident } }: (typeof provisioning.devices)[number]) =>
    model !== 'wearable' || wearers.has(resident ?? '');
  let minute = Math.floor(origin / MINUTE);
  let seq = 0;
  for (const { at, username, topic, payload, retain } of timeline({ ...options, only }, models)) {
    if (at > until) break;
    const site = siteOf.get(username)!;
    const row = { seq: seq++, partition: 0, site, identity: `box:${username}`, topic, payload, retained: retain };
    const meaning = interpret({ ...row, dup: false, lane: 1, receivedAt: at }, registry, codecMemory);
    worlds.get(site)!.waiting.push(...meaning.readings);
    if (Math.floor(at / MINUTE) === minute) continue;
    minute = Math.floor(at / MINUTE);
    for (const [id, world] of worlds) {
      if (world.waiting.length > 0) think(id, world.waiting, at);
      world.waiting = [];
      think(id, [], at);
    }
  }
  return [...alerts.values()];
};

const line = ({ rule, priority, metric, message, startedAt, episode }: Alert): string =>
  `${priority} ${rule} ${metric ?? ''} ${message.fr} ${new Date(startedAt).toISOString()} ${episode}`;

describe('a day of the simulated fleet', () => {
  it('gives healthy residents no clinical or safety alert above « vigilance »', () => {
    const alerts = live(origin + DAY, []);
    expect(alerts.filter(({ priority }) => priority !== 'low').map(line)).toEqual([]);
    expect(alerts.map(line)).toEqual([]);
  }, 300_000);

  it('catches every scripted illness', () => {
    const episode = { from: origin + 10 * MINUTE, ramp: 5 * MINUTE, plateau: 20 * MINUTE, recovery: 5 * MINUTE };
    const script: Script = [
      { ...episode, kind: 'episode', episode: 'desaturation', resident: 'r-012' },
      { ...episode, kind: 'episode', episode: 'tachycardia', resident: 'r-003' },
      { kind: 'fall', resident: 'r-007', at: origin + 20 * MINUTE, lying: 10 * MINUTE },
      { kind: 'sos', resident: 'r-103', at: origin + 30 * MINUTE },
    ];
    const alerts = live(origin + HOUR, script);
    const caught = (resident: string, rule: string) =>
      alerts.some((alert) => alert.resident === resident && alert.rule === rule);
    expect([
      caught('r-012', 'threshold'),
      caught('r-003', 'threshold'),
      caught('r-007', 'fall'),
      caught('r-103', 'sos'),
    ]).toEqual([true, true, true, true]);
    const ill = new Set(['r-012', 'r-003', 'r-007', 'r-103']);
    expect(alerts.filter(({ resident }) => !ill.has(resident ?? '')).map(line)).toEqual([]);
  });
});
