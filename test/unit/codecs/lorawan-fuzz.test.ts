import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import type { DeviceConfig } from '../../../domain/device.js';
import { DecodeError } from '../../../domain/errors.js';
import { metricDefinition } from '../../../domain/metrics.js';
import { PROFILES } from '../../../gateway/codecs/lorawan/profiles.js';
import { normalise } from '../../../gateway/normalise.js';
import { loadCodecs, routeTopic } from '../../../gateway/route.js';

const codecs = await loadCodecs();
const receivedAt = Date.parse('2026-03-10T07:31:05Z');

interface Vector {
  readonly topic: string;
  readonly payload: string;
  readonly config?: DeviceConfig;
}
const vectors = ['tts', 'chirpstack', 'lorawan-operators'].flatMap(
  (family) =>
    JSON.parse(readFileSync(new URL(`../../fixtures/corpus/${family}.json`, import.meta.url), 'utf8')) as Vector[],
);
const TOPICS = [...new Set(vectors.map(({ topic }) => topic))];

/** Whatever comes, the result is canonical values inside their limits, or a DecodeError; never more than was sent. */
const survives = (topic: string, payload: Uint8Array, config: DeviceConfig): void => {
  const route = routeTopic(codecs, topic);
  if (route === null || route === 'ignored') return;
  const input = { topic, payload, retained: false, receivedAt, config };
  try {
    const { values, dropped } = normalise({ message: route.codec.decode(input), input, timezone: 'Europe/Paris' });
    expect(values.length + dropped.length).toBeLessThanOrEqual(payload.length);
    for (const { metric, value, time } of values) {
      const definition = metricDefinition(metric);
      expect(typeof value).toBe(definition.kind);
      expect(Number.isSafeInteger(time)).toBe(true);
      if (definition.kind === 'number') expect(value).toBeGreaterThanOrEqual(definition.limits[0]);
      if (definition.kind === 'number') expect(value).toBeLessThanOrEqual(definition.limits[1]);
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    expect(error.message.length).toBeLessThan(2_000);
  }
};

const config = fc.record(
  {
    deviceProfile: fc.constantFrom(...PROFILES, 'acme', '__proto__'),
    role: fc.constant('sos_button' as const),
  },
  { requiredKeys: [] },
);

describe('LoRaWAN codecs', () => {
  it('turn any application bytes of any profile into readings or a DecodeError', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      // Real channels with anything behind them.
      fc
        .array(
          fc.tuple(
            fc.constantFrom('0175', '0367', '0468', '0300', '0500', '20ce', '03f8', '06fb', '08b1', 'ff2e', '77', '05'),
            fc.uint8Array({ maxLength: 9 }),
          ),
          { maxLength: 6 },
        )
        .map((fields) => Buffer.concat(fields.flatMap(([type, value]) => [Buffer.from(type, 'hex'), value]))),
    );
    fc.assert(
      fc.property(bytes, config, fc.nat({ max: 255 }), (payload, device, port) => {
        const data = Buffer.from(payload).toString('base64');
        const hex = Buffer.from(payload).toString('hex');
        const say = (topic: string, message: unknown) => survives(topic, Buffer.from(JSON.stringify(message)), device);
        say('v3/a@t/devices/d/up', { uplink_message: { f_port: port, frm_payload: data } });
        say('application/1/device/24e124126c138201/event/up', { fPort: port, data });
        say('thingpark/uplink/24E124136B502217', { DevEUI_uplink: { FPort: String(port), payload_hex: hex } });
      }),
      { numRuns: 1500 },
    );
  });

  it('turn any JSON of their names into readings or a DecodeError', () => {
    const name = fc.constantFrom(
      ...['uplink_message', 'decoded_payload', 'normalized_payload', 'end_device_ids', 'dev_eui', 'received_at'],
      ...['frm_payload', 'f_cnt', 'object', 'objectJSON', 'data', 'time', 'rxInfo', 'value', 'payload', 'streamId'],
      ...['DevEUI_uplink', 'temperature', 'battery', 'button', 'events', 'history', 'timestamp', 'air', 'action'],
      ...['detection_status', 'alarm_type', 'alarm_status', 'respiratory_rate', 'motion', '__proto__', 'constructor'],
    );
    const leaf = fc.oneof(
      fc.constantFrom('short', 'open', 'fall', 'alarm_triggered', 'AXVc', '2026-03-10T07:31:04Z', '{"temperature":1}'),
      fc.constant('urn:lo:nsid:lora:24E124136B502217'),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(name, tie('json'), { maxKeys: 6 }),
      ),
    }));
    const wrapped = fc.oneof(
      json,
      json.map((decoded) => ({ uplink_message: { decoded_payload: decoded, normalized_payload: [decoded] } })),
      json.map((object) => ({ object, data: 'AXVc' })),
      json.map((value) => ({ streamId: 'urn:lo:nsid:lora:24E124136B502217', value })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...TOPICS), wrapped, config, (topic, message, device) =>
        survives(topic, Buffer.from(JSON.stringify(message) ?? ''), device),
      ),
      { numRuns: 2500 },
    );
  });

  it('survive real messages with bytes changed, cut off or added', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...vectors),
        fc.array(fc.tuple(fc.nat({ max: 4_000 }), fc.nat({ max: 255 })), { maxLength: 4 }),
        fc.nat({ max: 4_000 }),
        fc.boolean(),
        ({ topic, payload, config: device = {} }, changes, cut, whole) => {
          const text = Buffer.from(payload);
          const bytes = whole ? text : text.subarray(0, cut % (text.length + 1));
          for (const [index, byte] of changes) if (bytes.length > 0) bytes[index % bytes.length] = byte;
          survives(topic, bytes, device);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['lists nested 60 000 deep', `{"uplink_message":{"decoded_payload":${'['.repeat(60_000)}${']'.repeat(60_000)}}}`],
    ['objects nested 30 000 deep', `{"uplink_message":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}}`],
    ['40 000 measurements', `{"uplink_message":{"normalized_payload":[${'{},'.repeat(40_000)}{}]}}`],
    ['10 000 records', `{"object":{"history":[${'{"timestamp":1},'.repeat(10_000)}{}]}}`],
    ['20 000 names', `{"object":{${Array.from({ length: 20_000 }, (_, n) => `"n${n}":1`).join()}}}`],
    ['a long payload', `{"data":"${'A'.repeat(200_000)}"}`],
    ['1 MB of blanks', ' '.repeat(1_000_000)],
  ])('answer to %s without much work', (_what, text) => {
    for (const topic of TOPICS) survives(topic, Buffer.from(text), {});
  });

  it('leave no prototype changed', () => {
    const text = '{"uplink_message":{"decoded_payload":{"__proto__":{"temperature":1},"constructor":"open"}}}';
    for (const topic of TOPICS) survives(topic, Buffer.from(text), {});
    expect(({} as Record<string, unknown>)['temperature']).toBeUndefined();
  });
});
