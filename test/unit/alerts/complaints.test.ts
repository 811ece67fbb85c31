/** The complaints of product-anchors §c that concern the rules and the engine, each under its number. */
import { describe, expect, it } from '@jest/globals';
import { LONGEST_SNOOZE_MINUTES } from '../../../domain/lifecycle.js';
import { HOUR, MINUTE, SECOND } from '../../../domain/time.js';
import { instantOf, localTime, nextAt } from '../../../gateway/alerts/local-time.js';
import { createWorld, reading, RULES, series, START } from './support.js';

const only = (...names: string[]) => RULES.filter(({ name }) => names.includes(name));
const repeat = (count: number, value: number | boolean) => Array.from({ length: count }, () => value);
const of = (world: ReturnType<typeof createWorld>, rule: string) =>
  world.alerts().filter((alert) => alert.rule === rule);

describe('missed alarms', () => {
  it('T-4 an alert whose condition was true before a restart is there after it, and rings on', () => {
    const before = createWorld(only('threshold'));
    before.feed(series('spo2', 5, [88, 88]));
    // Every batch of this world goes through JSON: each feed is a restart.
    before.feed(series('spo2', 5, [88], 10));
    expect(before.only()).toMatchObject({ condition: 'active', signal: 'on' });
    before.tick(3_600);
    expect(before.only()).toMatchObject({ condition: 'active', signal: 'on' });
  });

  it('T-6 the rule for silence works on silence: no guard for fresh data stands before it', () => {
    const world = createWorld(only('surveillance-interrupted'));
    world.feed(series('heart_rate', 60, repeat(40, 72)));
    world.tick(3 * 24 * 3_600);
    expect(world.only()).toMatchObject({ rule: 'surveillance-interrupted', condition: 'active', signal: 'on' });
  });

  it('T-7 a door that was open before the night is told when the night begins, without another message', () => {
    const world = createWorld(only('wandering'));
    world.feed([reading(0, 'door_open', true)]);
    world.tick(13 * 3_600 + 119);
    expect(world.alerts()).toEqual([]);
    world.tick(13 * 3_600 + 121);
    expect(world.only()).toMatchObject({ rule: 'wandering', condition: 'active' });
  });

  it('T-8 a new breach never disappears in an old alert: after a closing it is a new one', () => {
    const world = createWorld(only('threshold', 'rapid-change'));
    world.feed(series('spo2', 5, [88, 88, 88]));
    world.act(world.alerts()[0]!, { kind: 'close', outcome: 'care_given' }, 20);
    world.feed(series('spo2', 30, [97, 97, 97, 97, 88, 88, 88], 30));
    expect(of(world, 'threshold').map(({ workflow }) => workflow)).toEqual(['closed', 'open']);
  });

  it('T-8 a milder rule keeps silent beside a graver one, and a graver one is never kept silent by a milder', () => {
    const world = createWorld(only('threshold', 'rapid-change'));
    world.feed([...series('spo2', 30, repeat(20, 98)), ...series('spo2', 30, repeat(6, 85), 600)]);
    expect(of(world, 'threshold')).toMatchObject([{ priority: 'high', signal: 'on' }]);
    expect(of(world, 'rapid-change').length).toBeLessThanOrEqual(1);
    const other = createWorld(only('threshold', 'rapid-change'));
    other.feed([...series('spo2', 30, repeat(20, 99)), ...series('spo2', 30, repeat(6, 93), 600)]);
    expect(other.only()).toMatchObject({ rule: 'rapid-change' });
    other.feed(series('spo2', 30, repeat(4, 85), 800));
    expect(of(other, 'threshold')).toMatchObject([{ priority: 'high', signal: 'on' }]);
  });

  it('T-10 no snooze is endless', () => {
    const world = createWorld(only('threshold'));
    world.feed(series('pulse_rate', 30, [115, 115, 115]));
    for (const minutes of [Infinity, 0, -1, LONGEST_SNOOZE_MINUTES + 1, Number.NaN])
      expect(() => world.act(world.only(), { kind: 'snooze', minutes, reason: 'repas' }, 70)).toThrow('out_of_bounds');
  });
});

describe('alarm fatigue', () => {
  it('T-11 a snooze survives new readings of the same severity and direction', () => {
    const world = createWorld(only('threshold'));
    world.feed(series('pulse_rate', 30, [115, 115, 115]));
    world.act(world.only(), { kind: 'snooze', minutes: 30, reason: 'kiné' }, 65);
    world.feed(series('pulse_rate', 30, repeat(30, 116), 90));
    expect(world.only()).toMatchObject({ workflow: 'snoozed', signal: 'ack' });
  });

  it('T-12 the opposite direction breaks through a snooze', () => {
    const world = createWorld(only('threshold'));
    world.feed(series('pulse_rate', 30, [115, 115, 115]));
    world.act(world.only(), { kind: 'snooze', minutes: 60, reason: 'kiné' }, 70);
    world.feed(series('pulse_rate', 5, [45, 45, 45], 90));
    expect(world.alerts().map(({ direction, signal }) => [direction, signal])).toEqual([
      ['high', 'on'],
      ['low', 'on'],
    ]);
  });

  it('T-16 a flicker of one reading does not start a streak again', () => {
    const world = createWorld(only('threshold'));
    world.feed(series('spo2', 5, [88, 88, 96, 88, 88]));
    expect(world.only()).toMatchObject({ condition: 'active', startedAt: START });
    const bed = createWorld(only('bed-exit-night'));
    bed.feed([reading(47_000, 'bed_occupancy', true), reading(50_000, 'bed_occupancy', false)]);
    bed.feed([reading(50_300, 'bed_occupancy', false), reading(50_900, 'bed_occupancy', false)]);
    bed.tick(51_201);
    expect(bed.only().startedAt).toBe(START + 50_000 * SECOND);
  });

  it('T-17 closed means closed: months later the next breach is another alert, and no timer of the old one acts', () => {
    const world = createWorld(only('threshold'));
    world.feed(series('pulse_rate', 30, [115, 115, 115]));
    const first = world.act(world.only(), { kind: 'claim' }, 65);
    world.act(first, { kind: 'close', outcome: 'checked_normal' }, 70);
    const events = world.events.length;
    world.tick(100 * 24 * 3_600);
    expect(world.events.length).toBe(events);
  });
});

describe('silence and late data', () => {
  it('T-18 silence is found by the clock, at its deadline, not by the next message', () => {
    const world = createWorld(only('surveillance-interrupted'));
    world.feed(series('spo2', 60, repeat(40, 96)));
    const last = 39 * 60;
    world.tick(last + 600 + 59);
    expect(world.alerts()).toEqual([]);
    world.tick(last + 660 + 10);
    expect(world.only().startedAt).toBe(START + (last + 660) * SECOND);
    // A message long after does not move what was found.
    world.feed([reading(last + 9_000, 'spo2', 96)]);
    expect(world.only()).toMatchObject({ condition: 'ended', startedAt: START + (last + 660) * SECOND });
  });

  it('T-19 a reading of the same millisecond as the deadline counts, whichever comes first', () => {
    const last = 39 * 60;
    const reach = (order: 'reading first' | 'tick first') => {
      const world = createWorld(only('surveillance-interrupted'));
      world.feed(series('spo2', 60, repeat(40, 96)));
      const now = START + (last + 660) * SECOND;
      if (order === 'tick first') world.feed([], now);
      world.feed([reading(last + 660, 'spo2', 96)], now);
      if (order === 'reading first') world.feed([], now);
      return world;
    };
    const [a, b] = [reach('reading first'), reach('tick first')];
    expect(a.alerts()).toEqual([]);
    expect(a.memory()).toEqual(b.memory());
    expect(b.alerts()).toEqual([]);
  });

  it('T-20 freshness is by parameter: a device that still sends the pulse does not hide that SpO2 stopped', () => {
    const world = createWorld(only('surveillance-interrupted'));
    world.feed(series('spo2', 60, repeat(40, 96)));
    world.feed(series('heart_rate', 60, repeat(80, 70)));
    world.tick(80 * 60);
    expect(world.only().message.fr).toContain('SpO₂ sans mesure');
    expect(world.only().message.fr).not.toContain('cardiaque');
  });

  it('T-21 nothing is said of somebody nobody asked to watch; what was required and never came is told', () => {
    const neutral = createWorld(only('surveillance-interrupted', 'missed-measure'));
    neutral.tick(0);
    neutral.tick(30 * 24 * 3_600);
    expect(neutral.alerts()).toEqual([]);
    const required = createWorld(only('surveillance-interrupted'), () => ({ required: { spo2: 60 } }));
    required.tick(0);
    required.tick(3_601);
    expect(required.only()).toMatchObject({ rule: 'surveillance-interrupted', resident: 'r-001' });
  });

  it('T-22 a score that rests on a value too old is withdrawn', () => {
    const set = { consciousness: 'A', supplementalOxygen: false };
    const world = createWorld(only('news2'), () => set);
    const vitals = {
      respiratory_rate: 26,
      spo2: 91,
      systolic_bp: 95,
      heart_rate: 115,
      body_temperature: 38.4,
    } as const;
    world.feed(Object.entries(vitals).map(([metric, value], i) => reading(i, metric as 'spo2', value)));
    world.tick(70);
    expect(world.only()).toMatchObject({ condition: 'active', priority: 'high' });
    world.tick(6 * 3_600 + 5);
    expect(world.only()).toMatchObject({ condition: 'indeterminate', signal: 'on' });
    expect(world.only().message.fr).toContain('incomplet');
  });

  it('T-23 an active clinical alert whose device went silent is kept, becomes indeterminate and never recovery', () => {
    const world = createWorld(only('threshold', 'surveillance-interrupted'));
    world.feed(series('spo2', 60, repeat(40, 88)));
    world.tick(40 * 60 + 700);
    expect(of(world, 'threshold')).toMatchObject([{ condition: 'indeterminate', signal: 'on', workflow: 'open' }]);
    expect(of(world, 'surveillance-interrupted')).toMatchObject([{ condition: 'active', priority: 'medium' }]);
    world.tick(30 * 24 * 3_600);
    expect(of(world, 'threshold')).toMatchObject([{ condition: 'indeterminate', endedAt: null }]);
    world.feed(series('spo2', 60, [88, 88], 31 * 24 * 3_600));
    expect(of(world, 'threshold')).toMatchObject([{ condition: 'active' }]);
  });

  it('T-24 a backfill neither ends the silence nor the alert, and does not ring', () => {
    const world = createWorld(only('threshold', 'surveillance-interrupted'));
    world.feed(series('spo2', 60, repeat(40, 88)));
    world.tick(3 * 3_600);
    const before = world.alerts();
    const receivedAt = START + 3 * HOUR;
    world.feed(series('spo2', 60, repeat(30, 97), 45 * 60).map((one) => ({ ...one, late: true, receivedAt })));
    expect(world.alerts()).toEqual(before);
  });
});

describe('hours of the day', () => {
  const Z = 'Europe/Paris';
  const day = (date: string) => localTime(Date.parse(`${date}T12:00:00Z`), Z).day;

  it('T-31 both nights the clocks change have every hour once: no gap, no double', () => {
    // 25 October 2026 has 25 hours, 28 March 2027 has 23.
    for (const [date, hours] of [
      ['2026-10-25', 25],
      ['2027-03-28', 23],
      ['2026-11-23', 24],
    ] as const)
      expect((instantOf(day(date) + 1, 0, Z) - instantOf(day(date), 0, Z)) / HOUR).toBe(hours);
    const eleven = nextAt(Date.parse('2026-10-24T12:00:00Z'), 11 * HOUR, Z);
    expect(new Date(eleven).toISOString()).toBe('2026-10-25T10:00:00.000Z');
    expect(nextAt(eleven, 11 * HOUR, Z) - eleven).toBe(24 * HOUR);
    const skipped = instantOf(day('2027-03-28'), 2.5 * HOUR, Z);
    expect(new Date(skipped).toISOString()).toBe('2027-03-28T01:30:00.000Z');
    const twice = instantOf(day('2026-10-25'), 2.5 * HOUR, Z);
    expect(new Date(twice).toISOString()).toBe('2026-10-25T00:30:00.000Z');
  });

  it('T-31 a measure planned at 02:30 is missed once on the night that has it twice', () => {
    const plan = { plan: [{ metric: 'body_weight', times: ['02:30'], graceMinutes: 30 }] };
    const world = createWorld(only('missed-measure'), () => plan);
    const night = Date.parse('2026-10-24T20:00:00Z');
    world.feed([], night);
    for (let at = night; at < night + 12 * HOUR; at += 5 * MINUTE) world.feed([], at);
    expect(world.alerts()).toHaveLength(1);
    expect(world.events).toHaveLength(1);
  });
});

describe('found in source', () => {
  it('T-40 two alerts of one resident are acknowledged one by one', () => {
    const world = createWorld(only('threshold'));
    world.feed([...series('spo2', 5, [88, 88, 88]), ...series('pulse_rate', 5, [115, 115, 115], 20)]);
    world.act(world.alerts()[0]!, { kind: 'claim' }, 40);
    expect(world.alerts().map(({ workflow }) => workflow)).toEqual(['claimed', 'open']);
  });

  it('T-39 a value of 0 is a value: 0 °C in a room is cold', () => {
    const world = createWorld(only('cold'));
    world.feed([reading(0, 'ambient_temperature', 0, { resident: null })]);
    world.tick(1_801);
    expect(world.only()).toMatchObject({ rule: 'cold', priority: 'high', room: '12' });
  });
});
