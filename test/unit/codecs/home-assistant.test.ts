import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTemplate } from '../../../gateway/codecs/home-assistant/template.js';
import { decoded, type Sent } from '../../support/decoding.js';

const config = (fields: object, topic = 'homeassistant/sensor/n/o/config'): Sent => ({
  topic,
  payload: JSON.stringify({ unique_id: 'u1', state_topic: 'a/b', ...fields }),
  retained: true,
});
const TEMPERATURE = { device_class: 'temperature', unit_of_measurement: '°C' };
const state = (payload: string, topic = 'a/b'): Sent => ({ topic, payload });

describe('a value template', () => {
  it.each([
    ['{{ value }}', { path: null, decimals: null }],
    ['{{ value_json.a.b }}', { path: ['a', 'b'], decimals: null }],
    ["{{value_json['a b'].c|float}}", { path: ['a b', 'c'], decimals: null }],
    ['{{ value_json["a"] | float(0) | round(1) }}', { path: ['a'], decimals: 1 }],
    ['{{ value_json.a | round }}', { path: ['a'], decimals: 0 }],
    ['{{- value_json.a -}}', { path: ['a'], decimals: null }],
  ])('%s is read', (text, expected) => expect(parseTemplate(text)).toEqual(expected));

  it.each([
    '{{ value_json.a * 2 }}',
    '{% if value %}1{% endif %}',
    '{{ states("sensor.x") }}',
    '{{ value_json.a }}{{ value_json.b }}',
    '{{ value_json.__class__.__mro__() }}',
    '{{ value_json[0] }}',
    '{{ value_json.a | round(200) }}',
    '{{ value_json.a | attr("x") }}',
    `{{ value_json${'.a'.repeat(1_000)} }}`,
    'value_json.a',
    '',
  ])('%s is never run', (text) => expect(parseTemplate(text)).toBeNull());

  it('is parsed in bounded time, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 500 }), (text) => {
        const parsed = parseTemplate(`{{ value_json${text} }}`);
        expect(parsed === null || Array.isArray(parsed.path) || parsed.path === null).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('Home Assistant discovery', () => {
  it.each<[string, Sent[], Record<string, number | boolean>, string | null]>([
    ['a bare number', [config(TEMPERATURE), state('21.6')], { ambient_temperature: 21.6 }, null],
    [
      'a base topic',
      [config({ ...TEMPERATURE, '~': 'a', state_topic: '~/b' }), state('20')],
      { ambient_temperature: 20 },
      null,
    ],
    [
      'an own pair of states',
      [
        config(
          { device_class: 'door', payload_on: 'ouvert', payload_off: 'fermé' },
          'homeassistant/binary_sensor/o/config',
        ),
        state('fermé'),
      ],
      { door_open: false },
      null,
    ],
    [
      'a device announced as a whole',
      [
        config(
          { components: { t: { p: 'sensor', ...TEMPERATURE, value_template: '{{ value_json.t }}' } } },
          'homeassistant/device/d/config',
        ),
        state('{"t":19.5}'),
      ],
      { ambient_temperature: 19.5 },
      null,
    ],
    [
      'an availability topic',
      [config({ ...TEMPERATURE, availability_topic: 'a/alive' }), { ...state('offline', 'a/alive'), retained: true }],
      { device_online: false },
      null,
    ],
    [
      'a configuration that was taken back',
      [config(TEMPERATURE), { topic: 'homeassistant/sensor/n/o/config', payload: '' }, state('21.6')],
      {},
      'unknown_topic',
    ],
    [
      'a configuration that moved',
      [config(TEMPERATURE), config({ ...TEMPERATURE, state_topic: 'c' }), state('21.6')],
      {},
      'unknown_topic',
    ],
    ['a retained state', [config(TEMPERATURE), { ...state('21.6'), retained: true }], {}, null],
    [
      'a template outside the subset',
      [config({ ...TEMPERATURE, value_template: '{{ value | int + 1 }}' }), state('21')],
      {},
      'invalid_value',
    ],
    ['a text where a number was announced', [config(TEMPERATURE), state('warm')], {}, 'invalid_value'],
    ['a unit of another dimension', [config({ ...TEMPERATURE, unit_of_measurement: '%' }), state('21')], {}, null],
    ['no announcement', [state('21')], {}, 'unknown_topic'],
    ['no state', [config(TEMPERATURE), state('unknown')], {}, null],
  ])('%s', (_name, messages, readings, quarantined) => expect(decoded(messages)).toEqual({ readings, quarantined }));

  it.each(['__proto__', 'constructor', 'toString'])(
    'takes %s for a topic and a device class like any other',
    (name) => {
      expect(decoded([config({ ...TEMPERATURE, state_topic: name }), state('21.6', name)]).readings).toEqual({
        ambient_temperature: 21.6,
      });
      expect(decoded([state('21', name)])).toEqual({ readings: {}, quarantined: 'unknown_topic' });
      expect(decoded([config({ device_class: name }), state('21')])).toEqual({ readings: {}, quarantined: null });
      expect(({} as Record<string, unknown>)['by']).toBeUndefined();
    },
  );
});

it('has room for the entities of a home of forty rooms', () => {
  const rooms = Array.from({ length: 40 }, (_, room) =>
    ['temperature', 'humidity', 'battery'].map((kind): Sent => ({
      topic: `homeassistant/sensor/chambre${room}/${kind}/config`,
      payload: JSON.stringify({
        unique_id: `chambre${room}_${kind}`,
        device_class: kind,
        unit_of_measurement: kind === 'temperature' ? '°C' : '%',
        state_topic: `ehpad/chambre${room}/${kind}/state`,
        availability_topic: `ehpad/chambre${room}/status`,
        device: { identifiers: [`esp-chambre${room}`] },
      }),
    })),
  ).flat();
  expect(decoded([...rooms, state('21', 'ehpad/chambre39/temperature/state')]).readings).toEqual({
    ambient_temperature: 21,
  });
  expect(decoded([...rooms, state('21', 'ehpad/chambre0/temperature/state')]).quarantined).toBeNull();
});
