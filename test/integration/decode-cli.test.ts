import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { startProgram } from '../support/program.js';

interface Expected {
  metric: string;
  value: number | boolean;
  unit: string;
  time?: string;
  quality?: string;
}
interface Vector {
  id: string;
  receivedAt: string;
  expect: Expected[];
}
const root = new URL('../..', import.meta.url).pathname;

const decode = async (file: string): Promise<Map<string, Expected[]>> => {
  const program = startProgram(process.execPath, [`${root}bin/vigie.js`, 'decode', file]);
  expect(await program.exited).toBe(0);
  const lines = program.output().trim().split('\n');
  return new Map(
    lines
      .map((line) => JSON.parse(line) as { id: string; readings: Expected[] })
      .map(({ id, readings }) => [id, readings]),
  );
};

/** Corpus README, rules 2 and 3. */
const sameReading = (vector: Vector, expected: Expected, got: Expected): boolean => {
  const closeEnough =
    typeof expected.value === 'number' && typeof got.value === 'number'
      ? Math.abs(expected.value - got.value) <= Math.max(0.05, Math.abs(expected.value) * 0.0005)
      : expected.value === got.value;
  const time = Date.parse(expected.time ?? vector.receivedAt);
  return (
    expected.metric === got.metric &&
    closeEnough &&
    expected.unit === got.unit &&
    Math.abs(Date.parse(got.time ?? '') - time) <= 1_000 &&
    (expected.quality ?? 'good') === got.quality
  );
};

describe.each(['gatt.json', 'zigbee2mqtt.json'])('vigie decode %s', (name) => {
  it('prints every expected reading of every message, and no other', async () => {
    const file = `${root}test/fixtures/corpus/${name}`;
    const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
    const decoded = await decode(file);
    expect([...decoded.keys()]).toEqual(vectors.map(({ id }) => id));
    const wrong = vectors.filter((vector) => {
      const got = decoded.get(vector.id) ?? [];
      const unmatched = [...got];
      const missing = vector.expect.filter((expected) => {
        const index = unmatched.findIndex((reading) => sameReading(vector, expected, reading));
        if (index >= 0) unmatched.splice(index, 1);
        return index < 0;
      });
      return missing.length > 0 || unmatched.length > 0;
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});
