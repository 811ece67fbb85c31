import { DecodeError } from '../../domain/errors.js';
import { isMetric, metricDefinition, type Metric } from '../../domain/metrics.js';
import type { Codec, CodecInput, DecodedMessage } from './codec.js';
import { createCollector, online } from './support/collector.js';
import { field, isObject, textOf, type JsonObject } from './support/json.js';

const ID = '[a-z0-9][a-z0-9-]*';
const PROPERTY = new RegExp(`^homie/(${ID})/(${ID})/(${ID})$`);
const ATTRIBUTE = new RegExp(`^homie/(${ID})/(${ID})/(${ID})/\\$(unit|datatype|name)$`);
const STATE = new RegExp(`^homie/(${ID})/\\$state$`);
/** Other attributes, and commands to a property. */
const OTHER = new RegExp(`^homie/${ID}/(?:\\$.+|${ID}/(?:\\$.+|${ID}/(?:\\$.+|set)))$|^homie/\\$broadcast/`);

/** Names of properties that are not those of our metrics. */
const NAMES: Readonly<Record<string, Metric>> = {
  temperature: 'ambient_temperature',
  humidity: 'ambient_humidity',
  battery: 'battery_level',
  door: 'door_open',
  contact_open: 'door_open',
  leak: 'water_leak',
};
const UNITS: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  '°F': '[degF]',
  K: 'K',
  '%': '%',
  ppm: '[ppm]',
  bpm: '/min',
  mmHg: 'mm[Hg]',
  kPa: 'kPa',
  kg: 'kg',
  lb: '[lb_av]',
  'mg/dL': 'mg/dL',
  'mmol/L': 'mmol/L',
};
/** `init` and `sleeping` say nothing about being reachable. */
const STATES: Readonly<Record<string, boolean | null>> = {
  ready: true,
  alert: true,
  lost: false,
  disconnected: false,
  init: null,
  sleeping: null,
};
const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/**
 * Homie 3 and 4: `homie/<device>/<node>/<property>`. What a value means is in the attributes of its property
 * (`$unit`, `$datatype`), which come before it and are remembered; a number without a unit is refused.
 */
export const codec: Codec = {
  name: 'homie',
  examples: [
    {
      topic: 'homie/ch12/climat/temperature',
      payload: '21.5',
      given: [
        { topic: 'homie/ch12/climat/temperature/$unit', payload: '°C' },
        { topic: 'homie/ch12/climat/temperature/$datatype', payload: 'float' },
      ],
      gives: { ambient_temperature: 21.5 },
    },
    { topic: 'homie/ch12/$state', payload: 'lost', gives: { device_online: false } },
  ],
  address(topic) {
    const match = PROPERTY.exec(topic) ?? ATTRIBUTE.exec(topic) ?? STATE.exec(topic);
    // Homie 5 has another shape below `homie/5/`.
    if (match) return match[1] === '5' ? null : { identifier: match[1] as string };
    return OTHER.test(topic) ? 'ignored' : null;
  },
  memoryKey: (topic) => (PROPERTY.exec(topic) ?? ATTRIBUTE.exec(topic))?.[1] ?? null,
  decode(input) {
    const text = textOf(input.payload).trim();
    const attribute = ATTRIBUTE.exec(input.topic);
    if (attribute) {
      const [, , node, property, name] = attribute as unknown as [string, string, string, string, string];
      return learn(input, `${node}/${property}`, name, text);
    }
    return STATE.test(input.topic) ? availability(text) : propertyValue(input, text);
  },
};

const MOST_ATTRIBUTE = 64;

const learn = ({ memory }: CodecInput, property: string, name: string, text: string): DecodedMessage => {
  if (text.length > MOST_ATTRIBUTE)
    throw new DecodeError('payload_too_large', `$${name}: expected at most ${MOST_ATTRIBUTE} characters`);
  const known = isObject(memory) ? memory : {};
  const before = attributesOf(known, property);
  if (field(before, name) === text) return { values: [] };
  return { values: [], memory: { ...known, [property]: { ...before, [name]: text } } };
};

const attributesOf = (known: JsonObject, property: string): JsonObject => {
  const attributes = field(known, property);
  return isObject(attributes) ? attributes : {};
};

const availability = (text: string): DecodedMessage => {
  const reachable = Object.hasOwn(STATES, text) ? STATES[text] : undefined;
  if (reachable === undefined) throw new DecodeError('malformed_payload', '$state: not a state of the convention');
  return reachable === null ? { values: [] } : online(reachable);
};

const metricOf = (...names: readonly unknown[]): Metric | null => {
  for (const given of names) {
    if (typeof given !== 'string') continue;
    const name = given.trim().toLowerCase().replaceAll(/[- ]/g, '_');
    if (isMetric(name)) return name;
    if (Object.hasOwn(NAMES, name)) return NAMES[name]!;
  }
  return null;
};

const propertyValue = ({ topic, memory }: CodecInput, text: string): DecodedMessage => {
  const [, , node, property] = PROPERTY.exec(topic) as unknown as [string, string, string, string];
  const attributes = attributesOf(isObject(memory) ? memory : {}, `${node}/${property}`);
  const metric = metricOf(property, field(attributes, 'name'));
  const collector = createCollector();
  if (metric === null || text === '') return collector.message();
  if (metricDefinition(metric).kind === 'boolean') {
    if (text === 'true' || text === 'false') collector.add(metric, text === 'true', '1');
    else collector.refuse(metric, 'invalid_value', 'expected true or false');
    return collector.message();
  }
  const unit = field(attributes, 'unit');
  if (typeof unit !== 'string' || !Object.hasOwn(UNITS, unit))
    collector.refuse(metric, 'unit_mismatch', 'its $unit is not known: publish the attributes retained');
  else if (!NUMBER.test(text)) collector.refuse(metric, 'invalid_value', 'expected a number');
  else collector.add(metric, Number(text), UNITS[unit]!);
  return collector.message();
};
