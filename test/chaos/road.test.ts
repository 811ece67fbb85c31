import { afterAll, describe, expect, it } from '@jest/globals';
import { startFhirServerProcess } from '../support/fhir-server-process.js';
import { countPoints } from '../support/influx-count.js';
import { startInfluxd } from '../support/influxd.js';
import { startMosquitto } from '../support/mosquitto.js';
import { publishAll, type Account } from '../support/publisher.js';
import { until } from '../support/until.js';
import { PASSWORD, provisioningFile, signIn, smallEhpad, vigieProcess } from '../support/vigie.js';

const DEVICES = 10;
const MESSAGES = 20_000;
const PER_DEVICE = MESSAGES / DEVICES;
const KILLS = 6;

/** A reproducible sequence in [0, 1). */
const seeded = (seed: number) => (): number => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 4_294_967_296;
  return seed / 4_294_967_296;
};

const start = Date.now() - 20 * 60_000;
/**
 * Message n of a device: pulse every time, one SOS, spo2 low for a while in the middle of the run (one threshold alert),
 * each at a time of its own. A message has one reading.
 */
const SOS_AT = 777;
const payload =
  (device: number) =>
  (n: number): string => {
    const low = n >= 1_000 && n < 1_200;
    const vital =
      n % 2 === 0
        ? { metric: 'pulse_rate', value: 70 + (n % 7), unit: '/min' }
        : { metric: 'spo2', value: low ? 85 : 96, unit: '%' };
    const reading = n === SOS_AT ? { metric: 'sos', value: true, unit: '1' } : vital;
    return JSON.stringify({ seq: n, time: new Date(start + n * 500 + device).toISOString(), readings: [reading] });
  };

const cleanups: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
}, 60_000);

const chaos = async (mosquitto: boolean): Promise<void> => {
  const random = seeded(42);
  const influx = await startInfluxd();
  cleanups.push(() => influx.close());
  const fhir = await startFhirServerProcess();
  cleanups.push(() => fhir.close());
  const front = mosquitto ? await startMosquitto() : null;
  if (front) cleanups.push(() => front.close());
  const vigie = await vigieProcess({
    INFLUX_URL: influx.url,
    FHIR_BASE_URL: fhir.baseUrl,
    ...(front ? { MQTT_URL: front.url } : {}),
  });
  cleanups.push(() => vigie.stop());
  const provisioned = await vigie.run('provision', provisioningFile(smallEhpad(DEVICES)));
  expect(provisioned).toMatchObject({ code: 0 });
  await vigie.start();

  const account: Account = { sent: 0, acknowledged: 0, reconnects: 0 };
  const began = Date.now();
  const numbers = Array.from({ length: DEVICES }, (_, index) => index + 1);
  const prefix = front ? 'site/les-tilleuls/' : '';
  const publishers = numbers.map((n) =>
    publishAll(
      {
        url: front?.url ?? vigie.mqttUrl,
        username: `d-${n}`,
        password: PASSWORD,
        topic: `${prefix}vigie/v1/les-tilleuls/d-${n}/readings`,
        payload: payload(n),
        count: PER_DEVICE,
        window: 4,
        pace: 60,
      },
      account,
    ),
  );
  const sending = Promise.all(publishers.map(({ done }) => done));
  let sent = false;
  void sending.then(() => (sent = true));

  let kills = 0;
  let outage: 'before' | 'down' | 'after' = 'before';
  while (!sent || kills < KILLS || outage !== 'after') {
    const progress = account.acknowledged / MESSAGES;
    if (outage === 'before' && progress > 0.33) {
      outage = 'down';
      await influx.kill();
    } else if (outage === 'down' && (progress > 0.66 || sent)) {
      outage = 'after';
      await influx.start();
    }
    if (kills < KILLS && progress >= (kills + 0.5 + random() * 0.4) / (KILLS + 1)) {
      kills += 1;
      await vigie.kill();
      vigie.launch();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await sending;
  await vigie.ready();

  // Everything acknowledged must arrive everywhere.
  const stored = { influx: 0, fhir: 0, api: 0 };
  const lea = await signIn(vigie.url, { username: 'lea', password: PASSWORD });
  await until(
    'InfluxDB and the FHIR server have every acknowledged reading',
    async () => {
      stored.influx = (await countPoints(influx, 'vigie', 'reading')) + (await countPoints(influx, 'vigie', 'event'));
      stored.fhir = (await fhir.observations()).length;
      return stored.influx >= MESSAGES && stored.fhir >= MESSAGES;
    },
    { timeout: 120_000, every: 500 },
  ).catch((error: unknown) => {
    console.log(`stored so far: ${JSON.stringify(stored)}\n${vigie.output().slice(-4_000)}`);
    throw error;
  });
  const times = new Set<string>();
  for (const n of numbers) {
    for (const metric of ['pulse_rate', 'spo2', 'sos']) {
      let next: string | null = null;
      do {
        const query = new URLSearchParams({
          metric,
          from: new Date(start - 60_000).toISOString(),
          to: new Date(start + 3_600_000).toISOString(),
          resolution: 'raw',
          limit: '1000',
          ...(next ? { cursor: next } : {}),
        });
        const page: { points: { time: string }[]; next: string | null } = await lea.get(
          `/residents/r-${n}/readings?${query.toString()}`,
        );
        for (const { time } of page.points) {
          stored.api += 1;
          times.add(`${n} ${metric} ${time}`);
        }
        next = page.next;
      } while (next);
    }
  }
  const open = await lea.get<{ items: { rule: string; category: string; resident: { id: string } | null }[] }>(
    '/alerts?state=open&limit=200',
  );
  const closed = await lea.get<{ items: { rule: string; category: string; resident: { id: string } | null }[] }>(
    '/alerts?state=closed&limit=200',
  );
  const alerts = [...open.items, ...closed.items]
    .filter(({ category }) => category !== 'technical')
    .map(({ rule, resident }) => `${rule} ${resident?.id ?? ''}`)
    .sort();

  const lost = account.acknowledged - times.size;
  const metrics = await (await fetch(`${vigie.url}/metrics`)).text();
  console.log(
    [
      `chaos ${mosquitto ? 'with Mosquitto in front' : 'with our broker'} (${((Date.now() - began) / 1000).toFixed(0)} s)`,
      `  sent ${account.sent}, acknowledged ${account.acknowledged}, reconnects ${account.reconnects}, kill -9 ${kills}, influxd down for a third`,
      `  stored: InfluxDB ${stored.influx}, FHIR ${stored.fhir}, API ${stored.api}`,
      `  lost ${lost}, doubled ${stored.api - times.size}, alerts ${alerts.length} (${new Set(alerts).size} distinct)`,
      `  duplicates removed since the last start: ${/vigie_duplicates_total (\d+)/.exec(metrics)?.[1] ?? '?'}`,
    ].join('\n'),
  );
  expect({ ...stored, lost, kills }).toEqual({
    influx: MESSAGES,
    fhir: MESSAGES,
    api: MESSAGES,
    lost: 0,
    kills: KILLS,
  });
  expect(alerts).toEqual(numbers.flatMap((n) => [`threshold r-${n}`, `sos r-${n}`]).sort());
};

describe('chaos: 20 000 QoS 1 messages, kill -9 six times, influxd down for a third of the run', () => {
  it('our broker: every acknowledged reading is stored exactly once, everywhere', () => chaos(false), 400_000);
  it('Mosquitto in front: every acknowledged reading is stored exactly once, everywhere', () => chaos(true), 400_000);
});
