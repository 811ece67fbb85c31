import { describe, expect, it } from '@jest/globals';
import { decodeVectors, parseVectors, toLine } from '../../../gateway/decode.js';
import { loadCodecs } from '../../../gateway/route.js';

const codecs = await loadCodecs();
const base = { id: 'v', receivedAt: '2026-11-23T08:00:00Z' };
const TOPIC = 'vigie/v1/les-mirabelles/ox-0412/readings';
const sos = (extra: object = {}) => ({
  topic: TOPIC,
  payload: JSON.stringify({ ...extra, readings: [{ metric: 'sos', value: true }] }),
});
const lines = (...vectors: object[]) => decodeVectors(parseVectors(JSON.stringify(vectors)), codecs).map(toLine);

describe('vigie decode', () => {
  it('gives one line per message with canonical readings', () => {
    const payload =
      '{"readings":[{"metric":"body_temperature","value":97.7,"unit":"[degF]","time":"2026-11-23T08:55:00+01:00"}]}';
    expect(lines({ ...base, topic: TOPIC, payload, note: 'for people', expect: [] })).toEqual([
      {
        id: 'v',
        readings: [
          { metric: 'body_temperature', value: 36.5, unit: 'Cel', time: '2026-11-23T07:55:00.000Z', quality: 'good' },
        ],
      },
    ]);
  });

  it.each([
    ['an unknown topic', { topic: 'x/y', payload: '{}' }, 'unknown_topic'],
    ['a payload that cannot be read', { topic: TOPIC, payload: '{' }, 'malformed_payload'],
    ['bytes that are not text', { topic: TOPIC, payloadBase64: '//79' }, 'malformed_payload'],
  ])('says why %s gives no reading', (_what, message, reason) =>
    expect(lines({ ...base, ...message })).toEqual([{ id: 'v', readings: [], quarantined: reason }]),
  );

  it('gives the readings that are right beside the reason of the one that is not', () => {
    const payload = '{"readings":[{"metric":"spo2","value":12,"unit":"%"},{"metric":"sos","value":true}]}';
    expect(lines({ ...base, topic: TOPIC, payload })).toMatchObject([
      { readings: [{ metric: 'sos' }], quarantined: 'out_of_limits' },
    ]);
  });

  it('gives no second reading for a duplicate of a message before', () => {
    const before = { ...sos({ seq: 3 }), receivedAt: '2026-11-23T07:59:50Z' };
    const counts = (...vectors: object[]) => lines(...vectors).map(({ readings }) => readings.length);
    expect(counts({ ...base, ...sos({ seq: 3 }), given: [before] })).toEqual([0]);
    expect(counts({ ...base, ...sos({ seq: 4 }), given: [before] })).toEqual([1]);
    expect(counts({ ...base, ...sos({}), given: [{ ...sos({}), receivedAt: '2026-11-23T07:59:50Z' }] })).toEqual([1]);
    const timed = sos({ time: '2026-11-23T07:59:49Z' });
    expect(counts({ ...base, ...timed, given: [{ ...timed, receivedAt: '2026-11-23T07:59:50Z' }] })).toEqual([0]);
  });

  it('starts every message of the file anew', () => {
    const two = [
      { ...base, ...sos({ seq: 3 }) },
      { ...base, id: 'w', ...sos({ seq: 3 }) },
    ];
    expect(lines(...two).map(({ readings }) => readings.length)).toEqual([1, 1]);
  });

  it.each([
    ['text that is not JSON', '[', /JSON array/],
    ['an object', '{}', /array/],
    ['a message without a topic', JSON.stringify([{ ...base, payload: '' }]), /\[0\]\.topic/],
    ['a message without a payload', JSON.stringify([{ ...base, topic: 't' }]), /"payload" or "payloadBase64"/],
    ['both payloads', JSON.stringify([{ ...base, topic: 't', payload: '', payloadBase64: '' }]), /either/],
    ['a time without a zone', JSON.stringify([{ ...base, ...sos(), receivedAt: '2026-11-23T08:00:00' }]), /receivedAt/],
    [
      'two messages of the same id',
      JSON.stringify([
        { ...base, ...sos() },
        { ...base, ...sos() },
      ]),
      /unique ids/,
    ],
    ['an unknown time zone', JSON.stringify([{ ...base, ...sos(), config: { timezone: 'Mars/Base' } }]), /IANA/],
  ])('refuses a file with %s and says where', (_what, text, message) =>
    expect(() => parseVectors(text)).toThrow(message),
  );
});
