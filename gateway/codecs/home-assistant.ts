import { DecodeError } from '../../domain/errors.js';
import { isMetric } from '../../domain/metrics.js';
import type { Codec, CodecInput, DecodedMessage } from './codec.js';
import { announce, type Announcements, type Entry } from './home-assistant/announcement.js';
import { pick } from './home-assistant/template.js';
import { createCollector, type Collector } from './support/collector.js';
import { isObject, parseJson, textOf, typeName } from './support/json.js';

const CONFIG = /^homeassistant\/[^/]+\/(?:[^/]+\/)?([^/]+)\/config$/;
/** What Home Assistant itself takes for « no state ». */
const NO_STATE = new Set(['', 'unavailable', 'unknown', 'none', 'nan', 'null']);
const NUMBER = /^[+-]?\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,2})?$/;

/**
 * Home Assistant MQTT discovery, as ESPHome and most home-made gateways speak it: retained configurations on
 * `homeassistant/<component>/[<node>/]<object>/config` say which topics hold which values, then the values come there.
 * The device is what the configuration names (`device.identifiers`, connections, `unique_id`).
 */
export const codec: Codec = {
  name: 'home-assistant',
  learnsTopics: true,
  examples: [
    {
      topic: 'maison/salon/state',
      payload: '{"t":68,"h":44}',
      given: [
        {
          topic: 'homeassistant/sensor/salon/t/config',
          payload:
            '{"uniq_id":"s_t","dev_cla":"temperature","unit_of_meas":"°F","stat_t":"maison/salon/state","val_tpl":"{{ value_json.t }}"}',
        },
      ],
      gives: { ambient_temperature: 20 },
    },
  ],
  address(topic) {
    const config = CONFIG.exec(topic);
    if (config) return { identifier: config[1] as string };
    if (topic === '' || topic.startsWith('$') || topic.startsWith('homeassistant/')) return null;
    return { identifier: topic };
  },
  memoryKey: () => 'announced',
  decode(input) {
    const known = (input.memory ?? {}) as Announcements;
    if (CONFIG.test(input.topic)) return configuration(known, input);
    const entries = Object.hasOwn(known, input.topic) ? known[input.topic] : undefined;
    if (!entries) throw new DecodeError('unknown_topic', 'no codec reads this topic and no discovery announced it');
    return states(entries, input);
  },
};

const configuration = (known: Announcements, { topic, payload }: CodecInput): DecodedMessage => {
  const text = textOf(payload).trim();
  const config = text === '' ? null : parseJson(text);
  if (config !== null && !isObject(config))
    throw new DecodeError('malformed_payload', `expected a JSON object, came ${typeName(config)}`);
  const next = announce(known, topic, config);
  return { values: [], ...(next === known ? {} : { memory: next }) };
};

const states = (entries: readonly Entry[], { payload }: CodecInput): DecodedMessage => {
  const text = textOf(payload).trim();
  const collector = createCollector();
  let json: { value: unknown } | null = null;
  const availability = entries.some(({ means }) => means?.availability === true);
  for (const { means, devices } of entries) {
    if (!means || !devices || NO_STATE.has(text.toLowerCase())) continue;
    const { template } = means;
    if (template === null) {
      collector.refuse(means.metric, 'invalid_value', 'its value_template is outside the subset we read');
      continue;
    }
    if (template?.path) json ??= { value: parseJson(text) };
    readState(template?.path ? pick(json?.value, template.path) : text, { means, devices }, collector);
  }
  return collector.message(availability ? { retainedIsCurrent: true } : {});
};

type Readable = { [Key in 'means' | 'devices']: NonNullable<Entry[Key]> };

const readState = (state: unknown, { means, devices }: Readable, collector: Collector): void => {
  const { metric, unit, states: pair, template } = means;
  if (!isMetric(metric) || state === undefined || state === null) return;
  const text = typeof state === 'string' ? state.trim() : typeof state === 'object' ? null : String(state);
  if (text !== null && NO_STATE.has(text.toLowerCase())) return;
  const device = { identifier: devices[0] as string, aliases: devices.slice(1) };
  if (pair) {
    const is = (wanted: string): boolean =>
      text === wanted || (typeof state === 'boolean' && text === wanted.toLowerCase());
    if (is(pair[0]) || is(pair[1])) collector.add(metric, is(pair[0]), unit, { device });
    else collector.refuse(metric, 'invalid_value', 'neither of the two announced states');
    return;
  }
  if (text === null || !NUMBER.test(text)) return collector.refuse(metric, 'invalid_value', 'expected a number');
  const scale = template?.decimals == null ? null : 10 ** template.decimals;
  collector.add(metric, scale === null ? Number(text) : Math.round(Number(text) * scale) / scale, unit, { device });
};
