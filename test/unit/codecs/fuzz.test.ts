import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { DecodeError } from '../../../domain/errors.js';
import { metricDefinition } from '../../../domain/metrics.js';
import type { Codec } from '../../../gateway/codecs/codec.js';
import { normalise } from '../../../gateway/normalise.js';
import { loadCodecs, routeMessage, routeTopic } from '../../../gateway/route.js';

const codecs = await loadCodecs();
const receivedAt = Date.parse('2026-11-23T08:00:00Z');
const RUNS = { numRuns: 400 };

/** Whatever comes, the result is canonical values inside their limits, or a DecodeError. */
const survives = (topic: string, payload: Uint8Array, retained = false): void => {
  const route = routeMessage(codecs, { topic, payload });
  if (route === null || route === 'ignored') return;
  const input = { topic, payload, retained, receivedAt, config: {} };
  try {
    const { values } = normalise({ message: route.codec.decode(input), input, timezone: 'Europe/Paris' });
    for (const { metric, value, time } of values) {
      const definition = metricDefinition(metric);
      expect(typeof value).toBe(definition.kind);
      expect(Number.isSafeInteger(time)).toBe(true);
      if (definition.kind === 'number') {
        expect(value).toBeGreaterThanOrEqual(definition.limits[0]);
        expect(value).toBeLessThanOrEqual(definition.limits[1]);
      }
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
};

const folder = new URL('../../fixtures/corpus/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'vector.schema.json');
const corpus = files.flatMap((file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const vectors = JSON.parse(text) as { topic: string; payload?: string; payloadBase64?: string }[];
  return vectors.map(({ topic, payload, payloadBase64 }) => ({
    topic,
    payload: payloadBase64 ? Buffer.from(payloadBase64, 'base64') : Buffer.from(payload ?? ''),
  }));
});
const samples = [
  ...corpus,
  ...codecs.flatMap((codec: Codec) =>
    codec.examples.map(({ topic, payload }) => ({
      topic,
      payload: typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.hex, 'hex'),
    })),
  ),
];

const TOPICS = [
  'vigie/v1/s/d/readings',
  'zigbee2mqtt/x',
  'zigbee2mqtt/x/availability',
  'zigbee2mqtt/x/action',
  ...['2a35', '2a36', '2a37', '2a1c', '2a5e', '2a5f', '2a18', '2a9d', '2a9c', '2a19', '2aa7', '2a00'].map(
    (characteristic) => `gatt/g/A4C138001122/1800/${characteristic}`,
  ),
];

describe('every codec', () => {
  it('turns random bytes into readings inside the limits or a DecodeError', () => {
    fc.assert(fc.property(fc.constantFrom(...TOPICS), fc.uint8Array({ maxLength: 64 }), fc.boolean(), survives), {
      numRuns: 3000,
    });
  });

  it('turns random JSON into readings inside the limits or a DecodeError', () => {
    const key = fc.constantFrom(
      'metric',
      'value',
      'unit',
      'time',
      'seq',
      'readings',
      'contact',
      'battery',
      'status',
      '__proto__',
      'last_seen',
    );
    const leaf = fc.oneof(
      fc.constantFrom(
        'spo2',
        'sos',
        '%',
        '1',
        'constructor',
        'falling',
        '2026-11-23T07:00:00Z',
        '2026-13-45T99:99:99Z',
      ),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(key, tie('json'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(fc.constantFrom(...TOPICS.slice(0, 4)), json, (topic, value) =>
        survives(topic, Buffer.from(JSON.stringify(value))),
      ),
      { numRuns: 2000 },
    );
  });

  it('survives real messages with bytes changed, cut off or added', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 4 }),
        fc.nat({ max: 400 }),
        fc.uint8Array({ maxLength: 8 }),
        ({ topic, payload }, changes, cut, added) => {
          const bytes = Buffer.concat([payload.subarray(0, payload.length - (cut % (payload.length + 1))), added]);
          for (const [index, byte] of changes) if (bytes.length > 0) bytes[index % bytes.length] = byte;
          survives(topic, bytes);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('takes any topic without throwing', () => {
    const segment = fc.constantFrom(
      'vigie',
      'v1',
      'gatt',
      'zigbee2mqtt',
      'bridge',
      'set',
      'availability',
      '',
      '2a37',
      'é',
      '..',
      '#',
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 7 }), (segments) => void routeTopic(codecs, segments.join('/'))),
      RUNS,
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (topic) => void routeTopic(codecs, topic)),
      RUNS,
    );
  });

  it.each([
    ['nested 100 000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['an object nested 30 000 deep', '{"a":'.repeat(30_000) + '1' + '}'.repeat(30_000)],
    ['an array of 50 000 numbers', `{"readings":[${'1,'.repeat(50_000)}1]}`],
    ['a number of 100 000 digits', `{"seq":${'9'.repeat(100_000)}}`],
    ['1 MB of blanks', ' '.repeat(1_000_000)],
  ])('answers within two seconds to %s', (_what, text) => {
    for (const topic of TOPICS.slice(0, 4)) {
      const started = performance.now();
      survives(topic, Buffer.from(text));
      expect(performance.now() - started).toBeLessThan(2_000);
    }
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('knows no metric or status called %s', (name) => {
    const reading = `{"readings":[{"metric":"${name}","value":1,"unit":"1"}]}`;
    const input = (topic: string, payload: string) => ({
      topic,
      payload: Buffer.from(payload),
      retained: false,
      receivedAt,
      config: { deviceModel: 'FDS315' },
    });
    const decode = (topic: string, payload: string) => {
      const route = routeTopic(codecs, topic);
      if (route === null || route === 'ignored') throw new Error('no codec');
      return route.codec.decode(input(topic, payload));
    };
    expect(() => decode('vigie/v1/s/d/readings', reading)).toThrow(DecodeError);
    expect(decode('zigbee2mqtt/x', `{"status":"${name}","fall_status":"${name}","${name}":true}`).values).toEqual([]);
    expect(({} as Record<string, unknown>)['metric']).toBeUndefined();
  });
});
