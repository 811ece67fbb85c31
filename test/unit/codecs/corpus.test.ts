import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { decodeVectors, parseVectors, toLine } from '../../../gateway/decode.js';
import { loadCodecs } from '../../../gateway/route.js';

interface Expected {
  readonly metric: string;
  readonly value: number | boolean;
  readonly unit: string;
  readonly time?: string;
  readonly quality?: string;
}
interface Vector {
  readonly id: string;
  readonly note: string;
  readonly receivedAt: string;
  readonly expect: readonly Expected[];
}

const codecs = await loadCodecs();
const closeTo = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(0.05, Math.abs(b) * 0.0005);

/** A reading in the words of the corpus rules 2–4, so that a failing vector shows what differs. */
const described = ({ metric, value, unit, time, quality }: Expected, receivedAt: string) => ({
  metric,
  value,
  unit,
  time: Date.parse(time ?? receivedAt),
  quality: quality ?? 'good',
});
const sorted = <Row extends { metric: string; value: unknown; time: number }>(rows: Row[]): Row[] =>
  rows.sort(
    (a, b) => a.metric.localeCompare(b.metric) || Number(a.value) - Number(b.value) || Math.sign(a.time - b.time),
  );

/** Corpus file → how many vectors it holds. */
const FAMILIES = {
  gatt: 35,
  zigbee2mqtt: 26,
  tts: 15,
  chirpstack: 9,
  'lorawan-operators': 2,
  theengs: 19,
  'mi-scale-raw': 5,
  bthome: 22,
  senml: 12,
  shelly: 8,
  tasmota: 6,
  'ha-discovery': 5,
  'milesight-vs373-mqtt': 4,
  tier3: 18,
};

describe.each(Object.keys(FAMILIES))('the corpus vectors of %s', (family) => {
  const text = readFileSync(new URL(`../../fixtures/corpus/${family}.json`, import.meta.url), 'utf8');
  const vectors = JSON.parse(text) as Vector[];
  const lines = decodeVectors(parseVectors(text), codecs).map(toLine);

  it('are all there', () => expect(lines).toHaveLength(FAMILIES[family as keyof typeof FAMILIES]));

  it.each(vectors.map((vector, index) => [vector.id, vector, index] as const))(
    '%s gives every expected reading and no other',
    (_id, vector, index) => {
      const line = lines[index];
      const expected = sorted(vector.expect.map((reading) => described(reading, vector.receivedAt)));
      const came = sorted((line?.readings ?? []).map((reading) => described(reading, vector.receivedAt)));
      const aligned = came.map((reading, place) => {
        const wanted = expected[place];
        if (!wanted || wanted.metric !== reading.metric) return reading;
        const sameValue =
          typeof reading.value === 'number' && typeof wanted.value === 'number'
            ? closeTo(reading.value, wanted.value)
            : reading.value === wanted.value;
        return {
          ...reading,
          value: sameValue ? wanted.value : reading.value,
          time: Math.abs(reading.time - wanted.time) <= 1000 ? wanted.time : reading.time,
        };
      });
      expect(aligned).toEqual(expected);
    },
  );
});

describe('a corpus message that gives no reading', () => {
  it.each([
    ['gatt-003', 'out_of_limits'],
    ['gatt-004', 'malformed_payload'],
    ['gatt-005', 'malformed_payload'],
    ['gatt-008', undefined],
    ['gatt-011', undefined],
    ['gatt-014', 'malformed_payload'],
    ['gatt-021', 'malformed_payload'],
    ['gatt-034', undefined],
    ['gatt-042', 'out_of_limits'],
    ['gatt-043', 'malformed_payload'],
    ['gatt-052', undefined],
    ['gatt-061', 'out_of_limits'],
    ['gatt-071', 'malformed_payload'],
    ['z2m-010', undefined],
    ['z2m-018', undefined],
    ['z2m-019', undefined],
    ['z2m-022', undefined],
    ['z2m-025', undefined],
    ['tts-013', undefined],
    ['tts-014', undefined],
    ['cs-005', undefined],
    ['cs-007', undefined],
    ['cs-008', undefined],
  ])('%s is quarantined as %s', (id, reason) => {
    const family = { gatt: 'gatt', z2m: 'zigbee2mqtt', tts: 'tts', cs: 'chirpstack' }[id.split('-')[0] as string];
    const text = readFileSync(new URL(`../../fixtures/corpus/${family}.json`, import.meta.url), 'utf8');
    const line = decodeVectors(parseVectors(text), codecs)
      .map(toLine)
      .find((candidate) => candidate.id === id);
    expect(line).toEqual({ id, readings: [], ...(reason === undefined ? {} : { quarantined: reason }) });
  });
});
