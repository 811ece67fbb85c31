/**
 * A day of residents drained to a FHIR server (Medplum's router, in a process of its own): Observations per second, as
 * a ratio to what the same server takes from a bare client in the same run.
 * `node --import tsx bench/fhir.ts [share of a day of 2 000 residents, default 0.02]`; 1 is the whole day.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reading } from '../domain/reading.js';
import { batchBundle, observationEntry } from '../fhir/bundle.js';
import { EMPTY_DIRECTORY, logicalReference, observationContext } from '../fhir/context.js';
import { toObservations } from '../fhir/observation.js';
import { READINGS_LOG, drainStore } from '../gateway/sinks/drain-store.js';
import { startDrain } from '../gateway/sinks/drain.js';
import { fhirSink } from '../gateway/sinks/fhir.js';
import { silentLog } from '../platform/log.js';
import { openStore } from '../platform/store/db.js';
import { migrate } from '../platform/store/migrate.js';
import { insertReadings } from '../platform/store/readings.js';
import { startFhirServerProcess } from '../test/support/fhir-server-process.js';
import { aReading } from '../test/support/readings.js';

const DAY_OF_2000 = 1_000_000;
const share = Number(process.argv[2] ?? 0.02);
const count = Math.round(DAY_OF_2000 * share);
const residents = Math.max(8, Math.round(2_000 * share));
const settings = { sourceOid: '1.2.250.1.999.1', profileSet: 'ans', identityStatus: 'v2-0445' } as const;
const METRICS = ['heart_rate', 'spo2', 'respiratory_rate', 'body_temperature', 'steps', 'motion'] as const;
const VALUES = [72, 96, 16, 37, 1_200, true] as const;

const readingsOf = (offset: number, size: number): Reading[] =>
  Array.from({ length: size }, (_, i) => {
    const n = offset + i;
    const who = n % residents;
    const time = Date.UTC(2026, 10, 23) + Math.floor(n / residents) * 1_000;
    const which = Math.floor(n / residents) % METRICS.length;
    return aReading({ metric: METRICS[which]!, value: VALUES[which]!, time, resident: `r-${who}`, device: `d-${who}` });
  });

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
};

/** The server's own ceiling: the same entries, mapped beforehand, four requests at a time, nothing else done. */
const bare = async (baseUrl: string, readings: readonly Reading[]): Promise<number> => {
  // As large as what the drain sends: with the server's own reference beside the identifier.
  const context = observationContext(settings, EMPTY_DIRECTORY, (subject) => ({
    reference: `${subject.kind === 'Patient' ? 'Patient' : 'Device'}/00000000-0000-4000-8000-000000000000`,
    ...logicalReference(settings, subject),
  }));
  const entries = toObservations(readings, context).map(({ resource }) => observationEntry(resource));
  const bodies: string[] = [];
  for (let at = 0; at < entries.length; at += 50) bodies.push(JSON.stringify(batchBundle(entries.slice(at, at + 50))));
  const send = async (): Promise<void> => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
      const headers = { 'content-type': 'application/fhir+json', prefer: 'return=minimal' };
      const response = await fetch(baseUrl, { method: 'POST', headers, body });
      await response.arrayBuffer();
    }
  };
  const took = await seconds(async () => void (await Promise.all([send(), send(), send(), send()])));
  return entries.length / took;
};

const drained = async (baseUrl: string): Promise<{ rate: number; lag: number }> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigie-bench-'));
  const store = await openStore({ dataDir });
  await migrate(store);
  for (let at = 0; at < count; at += 5_000)
    await store.write((tx) => insertReadings(tx, readingsOf(count + at, Math.min(5_000, count - at))));
  const view = drainStore(store, READINGS_LOG, 'fhir', Date.now);
  const took = await seconds(async () => {
    const sink = fhirSink({ baseUrl, ...settings });
    const drain = startDrain({ sink, store: view, log: silentLog, onNews: () => () => undefined });
    while ((await view.position()) < count) await new Promise((resolve) => setTimeout(resolve, 20));
    await drain.close();
  });
  await store.close();
  rmSync(dataDir, { recursive: true, force: true });
  return { rate: count / took, lag: took };
};

// A server each: one that holds much is slower than one that holds nothing.
const first = await startFhirServerProcess();
await bare(first.baseUrl, readingsOf(5 * count, 1_000)); // warm
const ceiling = await bare(first.baseUrl, readingsOf(0, count));
await first.close();
const second = await startFhirServerProcess();
await bare(second.baseUrl, readingsOf(5 * count, 1_000));
const { rate, lag } = await drained(second.baseUrl);
const stored = (await second.observations()).length - 1_000;
await second.close();
console.log(
  `${count} readings of ${residents} residents (${(share * 100).toFixed(1)} % of a day of 2 000)\n` +
    `bare client   ${ceiling.toFixed(0)} Observations/s\n` +
    `Vigie's drain ${rate.toFixed(0)} Observations/s, caught up after ${lag.toFixed(1)} s, stored ${stored}\n` +
    `ratio ${(rate / ceiling).toFixed(2)} (wanted: 0.70); a whole day would take ${(DAY_OF_2000 / rate / 60).toFixed(0)} min`,
);
process.exit(stored === count && rate / ceiling >= 0.7 ? 0 : 1);
