import { describe, expect, it } from '@jest/globals';
import { HOUR, MINUTE, SECOND } from '../../../domain/time.js';
import { createWorld as worldOf, reading, RULES, series, START } from './support.js';

/** What the engine does is shown with the simplest rules. */
const CORE = RULES.filter(({ name }) => ['threshold', 'fall', 'sos'].includes(name));
const createWorld = (rules = CORE, settings: (rule: string) => unknown = () => undefined) => worldOf(rules, settings);

const times = <Value>(count: number, value: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => value(i));
const ringing = (world: ReturnType<typeof createWorld>) =>
  world.events.filter(({ to, from }) => to.signal === 'on' && from?.signal !== 'on');

describe('a value that oscillates once a second for an hour', () => {
  it.each([
    ['around the « à voir » limit of SpO2', 'spo2', [91, 92]],
    ['around the critical limit of SpO2', 'spo2', [89, 90]],
    ['around both limits of SpO2', 'spo2', [89, 93]],
    ['around the high limit of the pulse', 'pulse_rate', [108, 112]],
    ['around the critical limit of the heart rate', 'heart_rate', [129, 132]],
    ['around the temperature limit', 'body_temperature', [37.7, 37.9]],
    ['around the glucose limit', 'glucose', [69, 71]],
    ['widely around both limits of SpO2', 'spo2', [88, 96]],
    ['widely around the « à voir » limit of SpO2', 'spo2', [91, 97]],
    ['widely around the limits of the pulse', 'pulse_rate', [80, 135]],
    ['widely around the temperature limit', 'body_temperature', [36.5, 38.5]],
    ['widely around the critical glucose limit', 'glucose', [48, 120]],
  ] as const)('T-14 %s is one alert that rings once for each priority', (_name, metric, values) => {
    const world = createWorld();
    world.feed(
      series(
        metric,
        1,
        times(3600, (i) => values[i % 2]!),
      ),
    );
    const { priority } = world.only();
    expect(ringing(world).length).toBeLessThanOrEqual(priority === 'high' ? 2 : 1);
    expect(world.events.length).toBeLessThan(10);
  });
});

describe('an alert', () => {
  it('says what happened, where and on what evidence', () => {
    const world = createWorld();
    const readings = series('spo2', 5, [96, 88, 87, 89]);
    world.feed(readings);
    expect(world.only()).toMatchObject({
      episode: 'les-mirabelles/resident:r-001/threshold/spo2/low',
      site: 'les-mirabelles',
      resident: 'r-001',
      room: '12',
      device: 'ox-1',
      rule: 'threshold',
      metric: 'spo2',
      direction: 'low',
      priority: 'high',
      category: 'clinical',
      condition: 'active',
      signal: 'on',
      workflow: 'open',
      message: { fr: 'SpO₂ 87\u202f% < 90\u202f%', en: 'SpO₂ 87% < 90%' },
      startedAt: START + 5 * SECOND,
      version: 1,
    });
    expect(world.only().evidence.map(({ value, limit }) => [value, limit])).toEqual([
      [88, 90],
      [87, 90],
      [89, 90],
    ]);
    expect(world.only().evidence[1]).toMatchObject({ reading: readings[2]!.id, time: START + 10 * SECOND });
  });

  it('keeps three pieces of evidence however long it lasts, and tells each new worst value', () => {
    const world = createWorld();
    world.feed(series('spo2', 5, [88, 88, 88, ...times(500, () => 88), 84, ...times(500, () => 88)]));
    expect(world.only().evidence.map(({ value }) => value)).toEqual([88, 84]);
    expect(world.only().message.fr).toBe('SpO₂ 84\u202f% < 90\u202f%');
    expect(world.events.map(({ kind }) => kind)).toEqual(['confirmed', 'worsened']);
  });

  it('has the same id when the batch is repeated after a crash, and another one next time', () => {
    const low = series('glucose', 60, [48]);
    const [first, repeated, later] = [createWorld(), createWorld(), createWorld()];
    first.feed(low);
    repeated.feed(low);
    later.feed(series('glucose', 60, [48], 600));
    expect(repeated.only()).toEqual(first.only());
    expect(repeated.events).toEqual(first.events);
    expect(later.only().id).not.toBe(first.only().id);
  });

  it('is about the room when the device watches a room, and about the device when it stands nowhere', () => {
    const world = createWorld();
    world.feed([
      reading(0, 'sos', true, { resident: null, room: 'Salle à manger' }),
      reading(1, 'sos', true, { resident: null, room: null }),
    ]);
    expect(world.alerts().map(({ episode, resident, room }) => [episode, resident, room])).toEqual([
      ['les-mirabelles/room:Salle%20%C3%A0%20manger/sos/sos/event', null, 'Salle à manger'],
      ['les-mirabelles/device:ox-1/sos/sos/event', null, null],
    ]);
  });

  it('is one per direction: too high after too low rings by itself and breaks the snooze of the other', () => {
    const world = createWorld();
    world.feed(series('pulse_rate', 30, [45, 45, 45]));
    world.act(world.only(), { kind: 'snooze', minutes: 30, reason: 'sommeil' }, 70);
    world.feed(series('pulse_rate', 5, [120, 121, 122], 90));
    expect(
      world.alerts().map(({ direction, condition, workflow, signal }) => [direction, condition, workflow, signal]),
    ).toEqual([
      ['low', 'recovering', 'open', 'on'],
      ['high', 'active', 'open', 'on'],
    ]);
    expect(world.events.map(({ kind }) => kind)).toEqual([
      'confirmed',
      'snooze',
      'back_in_range',
      'confirmed',
      'opposite_direction',
    ]);
  });
});

describe('late and out-of-order readings', () => {
  it('T-24 neither ring nor clear when late: what they show is listed once, closed and silent', () => {
    const world = createWorld();
    world.feed(series('pulse_rate', 30, [115, 115, 115]));
    const live = world.only();
    const late = (metric: 'spo2' | 'pulse_rate', value: number) => (_: unknown, i: number) =>
      reading(i * 5, metric, value, { late: true, device: 'ox-2' as never, receivedAt: START + 2 * HOUR });
    world.feed(Array.from({ length: 60 }, late('pulse_rate', 80)), START + 2 * HOUR);
    expect(world.alerts()).toEqual([live]);

    world.feed(Array.from({ length: 60 }, late('spo2', 80)), START + 2 * HOUR);
    world.feed([reading(0, 'sos', true, { late: true, receivedAt: START + 2 * HOUR })]);
    expect(world.alerts().slice(1)).toMatchObject([
      {
        rule: 'threshold',
        priority: 'high',
        condition: 'ended',
        signal: 'off',
        workflow: 'closed',
        retrospective: true,
        startedAt: START,
        closedAt: START + 2 * HOUR,
        outcome: null,
        version: 1,
      },
      { rule: 'sos', signal: 'off', workflow: 'closed', retrospective: true },
    ]);
    expect(ringing(world)).toHaveLength(1);
    expect(world.events.map(({ kind }) => kind)).toEqual(['confirmed', 'retrospective', 'retrospective']);
  });

  it('do not end an alert with a value older than its breach', () => {
    const world = createWorld();
    world.feed(series('spo2', 5, [88, 88, 88], 600));
    world.feed(series('spo2', 60, [98, 98, 98, 98], 0), START + 700 * SECOND);
    expect(world.only()).toMatchObject({ condition: 'active', signal: 'on' });
  });
});

describe('doubtful readings', () => {
  const doubtful = { quality: 'questionable' } as const;

  it('do not confirm a threshold alone as fast as sure ones', () => {
    const world = createWorld();
    world.feed(times(5, (i) => reading(i * 5, 'spo2', 80, doubtful)));
    expect(world.alerts()).toEqual([]);
    world.feed([reading(25, 'spo2', 80, doubtful)]);
    expect(world.only().condition).toBe('active');
  });

  it('count beside a sure one, which also gives the value that is shown', () => {
    const world = createWorld();
    world.feed([reading(0, 'spo2', 70, doubtful), reading(5, 'spo2', 88), reading(10, 'spo2', 70, doubtful)]);
    expect(world.only().message.fr).toBe('SpO₂ 88\u202f% < 90\u202f%');
  });

  it('prove no recovery', () => {
    const world = createWorld();
    world.feed(series('spo2', 5, [88, 88, 88]));
    world.feed(times(100, (i) => reading(60 + i * 5, 'spo2', 98, doubtful)));
    expect(world.only().condition).toBe('active');
  });
});

describe('recovery', () => {
  it('needs the margin and the hold; a value inside the margin starts the hold again', () => {
    const world = createWorld();
    world.feed(series('pulse_rate', 30, [115, 115, 115, 108, 108, 104]));
    expect(world.only().condition).toBe('recovering');
    world.feed(series('pulse_rate', 30, [108, 104, 104], 180));
    expect(world.only().condition).toBe('recovering');
    world.feed(series('pulse_rate', 30, [104], 270));
    expect(world.only()).toMatchObject({ condition: 'ended', workflow: 'closed', outcome: 'self_resolved' });
    expect(world.memory().size).toBe(0);
  });

  it('is a relapse, not a new alert, when the breach comes back within the hold; the owner keeps it', () => {
    const world = createWorld();
    world.feed(series('pulse_rate', 30, [115, 115, 115]));
    world.act(world.only(), { kind: 'claim' }, 65);
    world.feed(series('pulse_rate', 30, [100, 115], 90));
    expect(world.only()).toMatchObject({ condition: 'active', signal: 'ack', workflow: 'claimed' });
  });

  it('rings again when a critical alert that ended meets a new breach before it was closed', () => {
    const world = createWorld();
    world.feed(series('spo2', 30, [88, 88, 88]));
    world.act(world.only(), { kind: 'claim' }, 65);
    world.feed(series('spo2', 30, [96, 96, 96, 96], 90));
    expect(world.only()).toMatchObject({ condition: 'ended', signal: 'ack', workflow: 'claimed' });
    world.feed(series('spo2', 30, [88, 88, 88], 240));
    expect(world.only()).toMatchObject({ condition: 'active', signal: 'on', workflow: 'open', endedAt: null });
  });
});

describe('a breach that goes on after its alert was closed', () => {
  it('is a new alert after the hold, not at the next reading', () => {
    const world = createWorld();
    world.feed(series('spo2', 5, [88, 88, 88]));
    const first = world.only();
    world.act(first, { kind: 'close', outcome: 'checked_normal' }, 12);
    world.feed(
      series(
        'spo2',
        5,
        times(100, () => 88),
        15,
      ),
    );
    expect(world.alerts().length).toBe(1);
    world.feed(
      series(
        'spo2',
        5,
        times(30, () => 88),
        515,
      ),
    );
    expect(world.alerts().map(({ workflow }) => workflow)).toEqual(['closed', 'open']);
    expect(world.alerts()[1]!.id).not.toBe(first.id);
  });

  it('is a new alert at once when it becomes critical', () => {
    const world = createWorld();
    world.feed(series('spo2', 5, [91, 91, 91]));
    world.act(world.only(), { kind: 'close', outcome: 'checked_normal' }, 12);
    world.feed(series('spo2', 5, [88, 88, 88], 15));
    expect(world.alerts().map(({ priority }) => priority)).toEqual(['medium', 'high']);
  });

  it('is a new alert at once for a value measured by hand and for an SOS', () => {
    const world = createWorld();
    world.feed([reading(0, 'glucose', 48), reading(1, 'sos', true)]);
    for (const alert of world.alerts()) world.act(alert, { kind: 'close', outcome: 'care_given' }, 60);
    world.feed([reading(600, 'glucose', 47), reading(601, 'sos', true)]);
    expect(world.alerts().length).toBe(4);
  });
});

describe('the clock', () => {
  it('takes a claim back after its time and a snooze after its end, at their deadlines however late it is noticed', () => {
    const world = createWorld();
    world.feed([reading(0, 'sos', true), ...series('pulse_rate', 30, [115, 115, 115])]);
    const [sos, pulse] = world.alerts();
    world.act(sos!, { kind: 'claim' }, 100);
    world.act(pulse!, { kind: 'snooze', minutes: 10, reason: 'kiné' }, 100);
    world.tick(699);
    expect(world.alerts().map(({ workflow }) => workflow)).toEqual(['claimed', 'snoozed']);
    world.tick(3_000);
    expect(world.alerts().map(({ workflow, signal }) => [workflow, signal])).toEqual([
      ['open', 'on'],
      ['open', 'on'],
    ]);
    expect(world.events.slice(-2).map(({ at }) => at)).toEqual(times(2, () => START + 100 * SECOND + 10 * MINUTE));
  });

  it('keeps a snooze through new readings of the same severity', () => {
    const world = createWorld();
    world.feed(series('pulse_rate', 30, [115, 115, 115]));
    world.act(world.only(), { kind: 'snooze', minutes: 30, reason: 'kiné' }, 65);
    world.feed(
      series(
        'pulse_rate',
        30,
        times(20, () => 114),
        90,
      ),
    );
    expect(world.only()).toMatchObject({ workflow: 'snoozed', signal: 'ack' });
  });

  it('rings for a first fever that nobody measured again', () => {
    const world = createWorld();
    world.feed([reading(0, 'body_temperature', 38.2)]);
    expect(world.only()).toMatchObject({ condition: 'pending', signal: 'off' });
    world.tick(20 * 60);
    expect(world.only()).toMatchObject({ condition: 'active', signal: 'on' });
  });

  it('never ends an alert for want of readings', () => {
    const world = createWorld();
    world.feed(series('pulse_rate', 30, [115, 115, 115, 100]));
    world.tick(10 * 3_600);
    expect(world.only().condition).toBe('recovering');
  });
});

describe('settings', () => {
  it('that do not parse leave the defaults, never no rule', () => {
    const world = createWorld(CORE, () => ({ spo2: { low: 'ninety' }, nonsense: true }));
    world.feed(series('spo2', 5, [88, 88, 88]));
    expect(world.only().priority).toBe('high');
  });
});
