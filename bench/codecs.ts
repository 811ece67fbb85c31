/**
 * Decoded messages per second of every example of every codec, beside what it costs only to take the same payload:
 * `JSON.parse` of its text, or a copy of its bytes where it is not JSON. Run: `npx tsx bench/codecs.ts [name…]`.
 * It measures the build when there is one (`npm run build:server`): what tsx adds to name every closure, a third of the
 * time of some codecs, is not in the program that runs.
 */
import { existsSync } from 'node:fs';
import type { Codec, CodecExample } from '../gateway/codecs/codec.js';
import type * as normaliseModule from '../gateway/normalise.js';
import type * as routeModule from '../gateway/route.js';

const built = existsSync(new URL('../dist/gateway/route.js', import.meta.url));
const gateway = new URL(built ? '../dist/gateway/' : '../gateway/', import.meta.url).href;
const { normalise } = (await import(`${gateway}normalise.js`)) as typeof normaliseModule;
const { loadCodecs, routeFor, routesOf } = (await import(`${gateway}route.js`)) as typeof routeModule;

const ROUNDS = 7;
const MILLISECONDS_A_ROUND = 30;
const BLOCK = 200;
/** « None slower than a tenth of plain JSON.parse », by family. A copy of bytes is no decoding, so it sets no limit. */
const MOST_TIMES_JSON_PARSE = 10;
const receivedAt = Date.parse('2026-11-23T08:00:00Z');

/** Microseconds per call of each, the best of rounds taken in turn, so that a busy machine slows all of them alike. */
const microseconds = (...works: readonly (() => unknown)[]): readonly number[] => {
  const best = works.map(() => Infinity);
  for (let round = -2; round < ROUNDS; round++)
    works.forEach((work, place) => {
      const started = performance.now();
      let calls = 0;
      while (performance.now() - started < MILLISECONDS_A_ROUND) for (let i = 0; i < BLOCK; i++, calls++) work();
      if (round >= 0) best[place] = Math.min(best[place]!, ((performance.now() - started) * 1000) / calls);
    });
  return best;
};
const bytesOf = (payload: CodecExample['payload']): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.hex, 'hex');

/** The plainest thing one can do with the payload. */
const plain = (payload: CodecExample['payload']): readonly [what: 'JSON.parse' | 'copy', work: () => unknown] => {
  const bytes = bytesOf(payload);
  const isJson = typeof payload === 'string' && /^\s*[[{]/.test(payload);
  return isJson
    ? ['JSON.parse', () => JSON.parse(bytes.toString('utf8')) as unknown]
    : ['copy', () => Buffer.from(bytes)];
};

/** What the messages before left in the codec's memory. */
const memoryAfter = (codec: Codec, { given = [], config = {} }: CodecExample): unknown =>
  given.reduce<unknown>((memory, { topic, payload }) => {
    const input = { topic, payload: bytesOf(payload), retained: false, receivedAt, config, memory };
    return codec.decode(input).memory ?? memory;
  }, undefined);

const columns = (...cells: readonly string[]): string =>
  cells.map((cell, place) => (place < 2 ? cell.padEnd([18, 52][place]!) : cell.padStart(14))).join(' ');

const wanted = process.argv.slice(2);
const codecs = await loadCodecs();
const slow: string[] = [];
console.log(built ? 'compiled (dist)' : 'sources (tsx)');
console.log(columns('codec', 'example', 'routed/s', 'decoded/s', 'normalised/s', 'plain', 'times plain'));
for (const codec of codecs.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const family = { decode: 0, plain: 0 };
  for (const example of codec.examples) {
    const { topic, config = {} } = example;
    const payload = bytesOf(example.payload);
    const input = { topic, payload, retained: false, receivedAt, config, memory: memoryAfter(codec, example) };
    const [what, work] = plain(example.payload);
    const [route, decode, full, bare] = microseconds(
      () => routeFor(routesOf(codecs, topic), payload),
      () => codec.decode(input),
      () => normalise({ message: codec.decode(input), input, timezone: 'Europe/Paris' }),
      work,
    ) as [number, number, number, number];
    const rates = [route, decode, full].map((each) => Math.round(1e6 / each).toLocaleString('en'));
    console.log(columns(codec.name, topic.slice(0, 52), ...rates, what, (decode / bare).toFixed(1)));
    if (what === 'copy') continue;
    family.decode += decode;
    family.plain += bare;
  }
  const ratio = family.decode / family.plain;
  if (ratio > MOST_TIMES_JSON_PARSE) slow.push(`${codec.name} (${ratio.toFixed(1)})`);
}
if (slow.length > 0) {
  console.log(`\nslower than a tenth of JSON.parse: ${slow.join(', ')}`);
  process.exitCode = 1;
}
