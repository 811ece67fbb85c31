/** Decoded messages per second and codec, beside what `JSON.parse` alone takes. Run: `npx tsx bench/codecs.ts`. */
import { normalise } from '../gateway/normalise.js';
import { loadCodecs } from '../gateway/route.js';

const SECONDS_EACH = 1;
const BLOCK = 1_000;
const receivedAt = Date.parse('2026-11-23T08:00:00Z');

/** Microseconds per call, measured over about a second after as long a warm-up. */
const microseconds = (work: () => unknown): number => {
  const run = (): number => {
    const started = performance.now();
    let calls = 0;
    while (performance.now() - started < SECONDS_EACH * 1000) for (let i = 0; i < BLOCK; i++, calls++) work();
    return ((performance.now() - started) * 1000) / calls;
  };
  run();
  return run();
};
const report = (what: string, each: number): void =>
  console.log(
    `${what.padEnd(70)} ${each.toFixed(2).padStart(8)} µs ${Math.round(1e6 / each)
      .toLocaleString('en')
      .padStart(12)} /s`,
  );

for (const codec of await loadCodecs()) {
  for (const { topic, payload, config = {} } of codec.examples) {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.hex, 'hex');
    const input = { topic, payload: bytes, retained: false, receivedAt, config };
    report(
      `${codec.name} ${topic}: address`,
      microseconds(() => codec.address(topic)),
    );
    report(
      `${codec.name} ${topic}: decode`,
      microseconds(() => codec.decode(input)),
    );
    report(
      `${codec.name} ${topic}: decode + normalise`,
      microseconds(() => normalise({ message: codec.decode(input), input, timezone: 'Europe/Paris' })),
    );
    if (typeof payload === 'string' && payload.startsWith('{'))
      report(
        `${codec.name} ${topic}: JSON.parse alone`,
        microseconds(() => JSON.parse(bytes.toString('utf8'))),
      );
  }
}
