import { describe, expect, it } from '@jest/globals';
import type { Device } from '../../../domain/device.js';
import { batteryEnd, clockSkew, deviceHealth, silenceOf, type DeviceActivity } from '../../../domain/device-health.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../../domain/time.js';
import { UNSEEN, withHeard, type Heard } from '../../../gateway/device-activity.js';
import { planSupervision } from '../../../gateway/supervision.js';

const T = Date.UTC(2026, 10, 23, 8);
const aDevice = (given: Partial<Device> = {}): Device => ({
  id: 'ox-1',
  site: 'tilleuls',
  model: 'pulse-oximeter',
  identifiers: [],
  config: {},
  cadenceSeconds: 60,
  ...given,
});
const heard = (given: Partial<Heard> = {}): Heard => ({
  device: 'ox-1',
  receivedAt: T,
  identity: 'box:box-1',
  own: true,
  rejected: false,
  ...given,
});
const seen = (...messages: Partial<Heard>[]): DeviceActivity => messages.map(heard).reduce(withHeard, UNSEEN(T - DAY));
const plan = (
  now: number,
  activities: Record<string, DeviceActivity>,
  { devices = [aDevice()], held = true, heardSince = 0 } = {},
) =>
  planSupervision({
    devices,
    holderOf: () => (held ? { room: '101', resident: 'r-1' } : null),
    activities: new Map(Object.entries(activities)),
    full: [],
    now,
    heardSince,
  });
const rules = (result: ReturnType<typeof plan>) => result.troubles.map(({ rule, subject }) => `${rule} ${subject}`);

describe('silence', () => {
  it('is twice the cadence, by the clock and not by the next message', () => {
    const activity = seen({});
    expect(rules(plan(T + 2 * MINUTE, { 'ox-1': activity }))).toEqual([]);
    expect(rules(plan(T + 2 * MINUTE + 1, { 'ox-1': activity }))).toEqual(['device-silent device:ox-1']);
  });

  it('and a message in the same millisecond give the same, in both orders', () => {
    const deadline = T + 2 * MINUTE;
    const before = seen({});
    const after = withHeard(before, heard({ receivedAt: deadline }));
    expect(rules(plan(deadline, { 'ox-1': before }))).toEqual([]);
    expect(rules(plan(deadline, { 'ox-1': after }))).toEqual([]);
  });

  it('of a battery device is patient, and a spot device is never silent', () => {
    expect(silenceOf(aDevice({ model: 'door', cadenceSeconds: null }))).toBe(25 * HOUR);
    expect(silenceOf(aDevice({ model: 'blood-pressure', cadenceSeconds: null }))).toBeNull();
    expect(silenceOf(aDevice({ model: 'x', cadenceSeconds: null, config: { supervision: 'mains' } }))).toBe(
      10 * MINUTE,
    );
  });

  it('is not broken by what its bridge says of it, and is believed sooner when the bridge says it is gone', () => {
    const told = seen({}, { receivedAt: T + 2 * MINUTE, own: false, online: true });
    expect(rules(plan(T + 2 * MINUTE + 1, { 'ox-1': told }))).toEqual(['device-silent device:ox-1']);
    const gone = seen({}, { receivedAt: T + 10 * SECOND, own: false, online: false });
    expect(rules(plan(T + MINUTE, { 'ox-1': gone }))).toEqual([]);
    expect(rules(plan(T + MINUTE + 1, { 'ox-1': gone }))).toEqual(['device-silent device:ox-1']);
  });

  it('of ours is not theirs: after a start every device has its whole delay', () => {
    const activity = seen({});
    expect(rules(plan(T + HOUR + MINUTE, { 'ox-1': activity }, { heardSince: T + HOUR }))).toEqual([]);
    expect(rules(plan(T + HOUR + 3 * MINUTE, { 'ox-1': activity }, { heardSince: T + HOUR }))).toHaveLength(1);
  });

  it('of what is paused or held by nobody is nobody’s business', () => {
    const activity = { 'ox-1': seen({}) };
    expect(rules(plan(T + DAY, activity, { devices: [aDevice({ state: 'repair' })] }))).toEqual([]);
    expect(rules(plan(T + DAY, activity, { held: false }))).toEqual([]);
    const context = { now: T + DAY, inService: false, heardSince: 0 };
    expect(deviceHealth(aDevice(), seen({}), context).condition).toBe('neutral');
  });
});

describe('a device that was never heard', () => {
  it('is watched from the day it is in service, and rings after its grace', () => {
    const first = plan(T, {});
    expect(first.changed).toMatchObject([{ device: 'ox-1', activity: { watchedSince: T, lastSeen: null } }]);
    const activities = { 'ox-1': first.changed[0]!.activity };
    expect(rules(plan(T + HOUR, activities))).toEqual([]);
    expect(rules(plan(T + HOUR + 1, activities))).toEqual(['never-seen device:ox-1']);
  });
});

describe('a box', () => {
  const devices = ['a', 'b', 'c'].map((id) => aDevice({ id }));

  it('that went down is one alert, with its devices counted and not rung', () => {
    const activities = { a: seen({}), b: seen({ receivedAt: T + 5_000 }), c: seen({ receivedAt: T + 9_000 }) };
    const { troubles } = plan(T + 3 * MINUTE, activities, { devices });
    expect(troubles).toMatchObject([
      {
        rule: 'box-down',
        subject: 'box:box-1',
        message: { fr: 'Passerelle muette : box-1 (3 appareils sans données)' },
      },
    ]);
  });

  it('that is alive hides no dead sensor', () => {
    const activities = { a: seen({}), b: seen({}), c: seen({ receivedAt: T + 3 * MINUTE }) };
    expect(rules(plan(T + 3 * MINUTE, activities, { devices }))).toEqual([
      'device-silent device:a',
      'device-silent device:b',
    ]);
  });

  it('of a single device is that device', () => {
    expect(rules(plan(T + 3 * MINUTE, { a: seen({}) }, { devices: devices.slice(0, 1) }))).toEqual([
      'device-silent device:a',
    ]);
  });
});

describe('batteries, clocks and links', () => {
  it('ring at a low level, and not again until the battery is new', () => {
    const low = plan(T, { 'ox-1': seen({ battery: 15 }) });
    expect(rules(low)).toEqual(['battery-low device:ox-1']);
    const known = low.changed[0]!.activity;
    const wavering = withHeard(known, heard({ receivedAt: T + MINUTE, battery: 18 }));
    expect(plan(T + MINUTE, { 'ox-1': wavering }).troubles).toMatchObject([{ since: low.troubles[0]!.since }]);
    expect(rules(plan(T + MINUTE, { 'ox-1': withHeard(wavering, heard({ receivedAt: T, battery: 100 })) }))).toEqual(
      [],
    );
  });

  it('tell the end of a battery from its slope', () => {
    const falling = seen(...[60, 50, 40, 30].map((battery, day) => ({ receivedAt: T + day * DAY, battery })));
    expect(batteryEnd(falling)).toBe(T + 6 * DAY);
    const device = [aDevice({ cadenceSeconds: 86_400 * 3 })];
    expect(rules(plan(T + 3 * DAY, { 'ox-1': falling }, { devices: device }))).toEqual(['battery-low device:ox-1']);
    expect(batteryEnd(seen({ battery: 80 }, { receivedAt: T + HOUR, battery: 79 }))).toBeNull();
  });

  it('tell a wrong clock from the median, and from times that were refused', () => {
    const ahead = seen(...[-300, -301, 5, -299].map((seconds) => ({ skew: seconds * SECOND })));
    expect(clockSkew(ahead)).toEqual({ skew: -299 * SECOND, wrong: false });
    expect(rules(plan(T, { 'ox-1': ahead }))).toEqual(['clock-skew device:ox-1']);
    expect(rules(plan(T, { 'ox-1': seen({ skew: null }, { skew: null }, { skew: null }) }))).toHaveLength(1);
    expect(rules(plan(T, { 'ox-1': seen({ skew: 900 }, { skew: 1_100 }, { skew: 700 }) }))).toEqual([]);
  });

  it('do not take a device that empties its memory for a slow clock; one that is slow for an hour is', () => {
    const memory = Array.from({ length: 15 }, (_, n) => ({ receivedAt: T + n, skew: 7 * HOUR - n * MINUTE }));
    expect(rules(plan(T + MINUTE, { 'ox-1': seen(...memory) }))).toEqual([]);
    expect(rules(plan(T + 2 * HOUR, { 'ox-1': seen(...memory, { receivedAt: T + 2 * HOUR, skew: SECOND }) }))).toEqual(
      [],
    );
    const slow = seen(...Array.from({ length: 62 }, (_, n) => ({ receivedAt: T + n * MINUTE, skew: 2 * HOUR })));
    expect(rules(plan(T + 61 * MINUTE, { 'ox-1': slow }))).toEqual(['clock-skew device:ox-1']);
  });

  it('call a link unstable after six changes in an hour, until it is calm', () => {
    const flips = (count: number) =>
      seen(...Array.from({ length: count + 1 }, (_, n) => ({ receivedAt: T + n * MINUTE, online: n % 2 === 0 })));
    const devices = [aDevice({ cadenceSeconds: 600 })];
    expect(rules(plan(T + 6 * MINUTE, { 'ox-1': flips(5) }, { devices }))).toEqual([]);
    const unstable = plan(T + 7 * MINUTE, { 'ox-1': flips(6) }, { devices });
    expect(rules(unstable)).toEqual(['flapping device:ox-1']);
    const known = withHeard(unstable.changed[0]!.activity, heard({ receivedAt: T + 70 * MINUTE }));
    expect(rules(plan(T + 70 * MINUTE, { 'ox-1': known }, { devices }))).toEqual([]);
  });
});
