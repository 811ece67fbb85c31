import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ResidentId } from '../../../domain/ids.js';
import type { Reading } from '../../../domain/reading.js';
import { DAY } from '../../../domain/time.js';
import { createWorld, PLACE, reading, RULES, START } from './support.js';

const VALUES = {
  spo2: fc.integer({ min: 84, max: 98 }),
  pulse_rate: fc.integer({ min: 38, max: 140 }),
  heart_rate: fc.integer({ min: 38, max: 140 }),
  respiratory_rate: fc.integer({ min: 6, max: 32 }),
  systolic_bp: fc.integer({ min: 80, max: 225 }),
  body_temperature: fc.integer({ min: 345, max: 395 }).map((tenths) => tenths / 10),
  body_weight: fc.integer({ min: 580, max: 640 }).map((tenths) => tenths / 10),
  glucose: fc.integer({ min: 40, max: 420 }),
  ambient_temperature: fc.integer({ min: 100, max: 340 }).map((tenths) => tenths / 10),
  co2: fc.integer({ min: 400, max: 6_000 }),
  fall: fc.boolean(),
  sos: fc.boolean(),
  smoke: fc.boolean(),
  water_leak: fc.boolean(),
  bed_occupancy: fc.boolean(),
  door_open: fc.boolean(),
  motion: fc.boolean(),
};
const METRICS = Object.keys(VALUES) as (keyof typeof VALUES)[];

/** Readings in order of reception, of two residents, some doubtful, some late; values linger so that streaks happen. */
const timelines: fc.Arbitrary<Reading[]> = fc
  .array(
    fc.constantFrom(...METRICS).chain((metric) =>
      fc.record({
        metric: fc.constant(metric),
        value: VALUES[metric] as fc.Arbitrary<number | boolean>,
        repeats: fc.integer({ min: 1, max: 6 }),
        gap: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 400, max: 30_000 })),
        resident: fc.constantFrom('r-1', 'r-2'),
        doubtful: fc.boolean(),
        late: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      }),
    ),
    { maxLength: 40 },
  )
  .map((runs) => {
    let at = 0;
    return runs.flatMap(({ metric, value, repeats, gap, resident, doubtful, late }) =>
      Array.from({ length: repeats }, () => {
        at += gap;
        return reading(at, metric, value, {
          resident: resident as ResidentId,
          quality: doubtful ? 'questionable' : 'good',
          late,
        });
      }),
    );
  });

const pieces = (readings: readonly Reading[], cuts: readonly number[]): Reading[][] => {
  const at = [...new Set(cuts.map((cut) => cut % (readings.length + 1)))].sort((a, b) => a - b);
  return [...at, readings.length].map((end, index) => readings.slice(index === 0 ? 0 : at[index - 1], end));
};

/** Some residents have settings, so that every rule has something to do. */
const SETTINGS: Readonly<Record<string, unknown>> = {
  news2: { consciousness: 'A', supplementalOxygen: false },
  'missed-measure': { plan: [{ metric: 'body_weight', times: ['08:00', '20:00'], graceMinutes: 30 }] },
  'surveillance-interrupted': { required: { spo2: 60 } },
};
const newWorld = () => createWorld(RULES, (rule) => SETTINGS[rule], { ...PLACE, residents: ['r-1', 'r-2'] });

/** Events of one alert are ordered by its versions; between alerts the order of the batches shows. */
const byId = (world: ReturnType<typeof newWorld>) =>
  new Map([...world.alerts()].sort((a, b) => (a.id < b.id ? -1 : 1)).map((alert) => [alert.id, alert]));
const byAlert = (world: ReturnType<typeof newWorld>) =>
  new Map([...byId(world).keys()].map((id) => [id, world.events.filter(({ alert }) => alert === id)]));

/** Lets a day pass at the end: deadlines that were noticed in no batch take effect then. */
const fed = (batches: readonly (readonly Reading[])[], { ticks = false } = {}) => {
  const world = newWorld();
  world.tick(0);
  for (const batch of batches) {
    if (batch.length > 0) world.feed(batch);
    if (ticks && batch.length > 0) world.feed([], batch.at(-1)!.receivedAt);
  }
  const end = Math.max(START, ...batches.flat().map(({ receivedAt }) => receivedAt)) + DAY;
  world.feed([], end);
  return world;
};

describe('the engine', () => {
  it('gives the same output, byte for byte, for the same input', () => {
    fc.assert(
      fc.property(timelines, (readings) => {
        const [a, b] = [newWorld().feed(readings), newWorld().feed(readings)];
        expect(JSON.stringify([a.alerts, a.events, [...a.memory]])).toBe(
          JSON.stringify([b.alerts, b.events, [...b.memory]]),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same alerts, events and memory however readings are cut into batches, with a restart and a tick at each cut', () => {
    fc.assert(
      fc.property(timelines, fc.array(fc.nat(), { maxLength: 8 }), (readings, cuts) => {
        const whole = fed([readings]);
        const cut = fed(pieces(readings, cuts), { ticks: true });
        expect(byId(cut)).toEqual(byId(whole));
        expect(byAlert(cut)).toEqual(byAlert(whole));
        expect(new Map([...cut.memory()].sort())).toEqual(new Map([...whole.memory()].sort()));
      }),
      { numRuns: 150 },
    );
  });

  it('opens at most one alert per episode, grows versions by one event and never rings for a late reading', () => {
    fc.assert(
      fc.property(timelines, (readings) => {
        const world = fed(readings.map((one) => [one]));
        const open = world.alerts().filter(({ workflow }) => workflow !== 'closed');
        expect(new Set(open.map(({ episode }) => episode)).size).toBe(open.length);
        const late = new Set(readings.filter((one) => one.late).map(({ id }) => id as string));
        const timely = new Set(readings.filter((one) => !one.late).map(({ id }) => id as string));
        for (const alert of world.alerts()) {
          const events = world.events.filter((event) => event.alert === alert.id);
          expect(alert.version).toBe(events.length);
          expect(new Set(events.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(events.length);
          expect(alert.evidence.length).toBeLessThanOrEqual(3);
          if (alert.retrospective) expect(events.map(({ to }) => to.signal)).toEqual(['off']);
          else expect(alert.evidence.every(({ reading: id }) => timely.has(id) || !late.has(id))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
});
