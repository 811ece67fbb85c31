import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Metric } from '../../../domain/metrics.js';
import { field, isObject, type JsonObject } from '../support/json.js';
import { parseTemplate } from './template.js';

/** How the text of a state topic becomes a value. */
const meaningSchema = z.object({
  metric: z.string(),
  unit: z.string(),
  /** Absent = the whole text; null = a template we do not run: the states are refused, visibly. */
  template: z
    .object({ path: z.array(z.string()).nullable(), decimals: z.number().nullable() })
    .nullable()
    .optional(),
  /** The texts of true and false; absent for numbers. */
  states: z.tuple([z.string(), z.string()]).optional(),
  /** Availability is true although retained. */
  availability: z.boolean().optional(),
});
/** What a configuration says of one topic; without meaning it is announced and no metric of ours. */
const entrySchema = z.object({
  /** Which configuration announced it, so that a new one replaces it. */
  by: z.string(),
  devices: z.array(z.string()).optional(),
  means: meaningSchema.optional(),
});
/** Entries by topic. */
export const announcementsSchema = z.record(z.string(), z.array(entrySchema));
export type Entry = z.infer<typeof entrySchema>;
export type Announcements = z.infer<typeof announcementsSchema>;
type Meaning = z.infer<typeof meaningSchema>;

/** `device_class` of a sensor → metric and the units Home Assistant gives it in. */
const SENSORS: Readonly<Record<string, readonly [Metric, Readonly<Record<string, string>>]>> = {
  temperature: ['ambient_temperature', { '°C': 'Cel', '°F': '[degF]', K: 'K' }],
  humidity: ['ambient_humidity', { '%': '%' }],
  battery: ['battery_level', { '%': '%' }],
  carbon_dioxide: ['co2', { ppm: '[ppm]' }],
};
const BINARY_SENSORS: Readonly<Record<string, Metric>> = {
  door: 'door_open',
  window: 'door_open',
  opening: 'door_open',
  garage_door: 'door_open',
  motion: 'motion',
  occupancy: 'presence',
  presence: 'presence',
  moisture: 'water_leak',
  smoke: 'smoke',
  tamper: 'tamper',
  battery: 'battery_low',
  connectivity: 'device_online',
};
/** Topics that another codec reads: their announcements would only take room. */
const READ_ELSEWHERE = /^(?:zigbee2mqtt|vigie|gatt|tele|stat|homie|spBv1\.0)\/|\/BTtoMQTT\/|\/events\/rpc$/;
const MOST_NAME = 128;

const textAt = (object: JsonObject, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = field(object, name);
    if (typeof value === 'string' && value !== '' && value.length <= MOST_NAME) return value;
  }
  return undefined;
};

/** `~` at either end of a topic stands for the base topic. */
const topicAt = (config: JsonObject, ...names: readonly string[]): string | undefined => {
  const topic = textAt(config, ...names);
  const base = textAt(config, '~') ?? '';
  return topic?.replace(/^~/, () => base).replace(/~$/, () => base);
};

const deviceNames = (config: JsonObject): string[] => {
  const device = field(config, 'device') ?? field(config, 'dev');
  const ids = isObject(device) ? (field(device, 'identifiers') ?? field(device, 'ids')) : undefined;
  const links = isObject(device) ? (field(device, 'connections') ?? field(device, 'cns')) : undefined;
  const linked = Array.isArray(links)
    ? links.map((link: unknown) => (Array.isArray(link) ? (link[1] as unknown) : null))
    : [];
  const names = [ids, linked, textAt(config, 'unique_id', 'uniq_id')].flat(2);
  return [
    ...new Set(names.filter((name): name is string => typeof name === 'string' && name !== '' && name.length <= 64)),
  ].slice(0, 4);
};

const meaningOf = (component: string, config: JsonObject): Meaning | undefined => {
  const kind = textAt(config, 'device_class', 'dev_cla') ?? '';
  const text = field(config, 'value_template') ?? field(config, 'val_tpl');
  const parsed = typeof text === 'string' ? parseTemplate(text) : null;
  const template =
    text === undefined
      ? {}
      : { template: parsed && { path: parsed.path && [...parsed.path], decimals: parsed.decimals } };
  if (component === 'sensor' && Object.hasOwn(SENSORS, kind)) {
    const [metric, units] = SENSORS[kind]!;
    const unit = textAt(config, 'unit_of_measurement', 'unit_of_meas') ?? '';
    return Object.hasOwn(units, unit) ? { metric, unit: units[unit]!, ...template } : undefined;
  }
  if (component === 'binary_sensor' && Object.hasOwn(BINARY_SENSORS, kind)) {
    const states: [string, string] = [
      textAt(config, 'payload_on', 'pl_on') ?? 'ON',
      textAt(config, 'payload_off', 'pl_off') ?? 'OFF',
    ];
    return { metric: BINARY_SENSORS[kind]!, unit: '1', ...template, states };
  }
  return undefined;
};

/** The configurations of one message: its own, or one per component of a device announced as a whole. */
const entities = (component: string, config: JsonObject): { component: string; config: JsonObject }[] => {
  if (component !== 'device') return [{ component, config }];
  const components = field(config, 'components') ?? field(config, 'cmps');
  if (!isObject(components)) return [];
  return Object.values(components).flatMap((own) => {
    const platform = isObject(own) ? textAt(own, 'platform', 'p') : undefined;
    return isObject(own) && platform !== undefined ? [{ component: platform, config: { ...config, ...own } }] : [];
  });
};

/**
 * What is known after a configuration message (null = the entity is gone) came on `topic`. Returns the same object when
 * it says nothing new: brokers repeat retained configurations at every connection.
 */
export const announce = (known: Announcements, topic: string, config: JsonObject | null): Announcements => {
  const by = hash('sha256', topic, 'hex').slice(0, 8);
  const added: [topic: string, entry: Entry][] = [];
  for (const entity of config === null ? [] : entities(topic.split('/')[1] as string, config)) {
    const devices = deviceNames(entity.config);
    const state = topicAt(entity.config, 'state_topic', 'stat_t');
    const means = meaningOf(entity.component, entity.config);
    if (state !== undefined) added.push([state, means && devices.length > 0 ? { by, devices, means } : { by }]);
    const availability = topicAt(entity.config, 'availability_topic', 'avty_t');
    if (availability !== undefined && availability !== state && devices.length > 0) {
      const states: [string, string] = [
        textAt(entity.config, 'payload_available', 'pl_avail') ?? 'online',
        textAt(entity.config, 'payload_not_available', 'pl_not_avail') ?? 'offline',
      ];
      added.push([
        availability,
        { by, devices, means: { metric: 'device_online', unit: '1', states, availability: true } },
      ]);
    }
  }
  const next = new Map<string, Entry[]>();
  for (const [name, entries] of Object.entries(known)) {
    const others = entries.filter((entry) => entry.by !== by);
    if (others.length > 0) next.set(name, others);
  }
  for (const [name, entry] of added) {
    const entries = next.get(name) ?? [];
    // The entities of a device share its availability topic: once is enough.
    const told = entry.means?.availability && entries.some(({ devices }) => devices?.[0] === entry.devices?.[0]);
    if (!told && !READ_ELSEWHERE.test(name)) next.set(name, [...entries, entry]);
  }
  const result = Object.fromEntries(next);
  return JSON.stringify(sorted(result)) === JSON.stringify(sorted(known)) ? known : result;
};

const sorted = (announcements: Announcements): unknown =>
  Object.entries(announcements)
    .map(([topic, entries]) => [topic, [...entries].sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0))] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
