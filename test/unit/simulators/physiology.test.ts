import { describe, expect, it } from '@jest/globals';
import { DEFAULT_THRESHOLDS, type MetricThresholds, type ThresholdMetric } from '../../../domain/thresholds.js';
import { DAY, HOUR, MINUTE } from '../../../domain/time.js';
import { visitsBetween, whereaboutsAt } from '../../../simulators/behaviours/daily-life.js';
import { type Episode, EPISODES, type EpisodeKind, withEpisodes } from '../../../simulators/incidents.js';
import { localDay } from '../../../simulators/local-time.js';
import { type Person, personOf, type Vitals, vitalsAt } from '../../../simulators/physiology.js';

const ZONE = 'Europe/Paris';
const start = Date.parse('2026-03-10T00:00:00Z');
const people: Person[] = Array.from({ length: 50 }, (_, index) =>
  personOf('42', `r-${String(index + 1).padStart(3, '0')}`, { zone: ZONE, kind: index < 40 ? 'ehpad' : 'home' }),
);
const day = (person: Person, step = 4 * MINUTE): { at: number; vitals: Vitals }[] =>
  Array.from({ length: DAY / step }, (_, index) => {
    const at = start + index * step;
    return { at, vitals: vitalsAt(person, at) };
  });

/** The limits the threshold rule rings at, by the vital sign they are about. */
const METRIC_OF: Partial<Record<keyof Vitals, ThresholdMetric>> = {
  spo2: 'spo2',
  heartRate: 'heart_rate',
  respiratoryRate: 'respiratory_rate',
  temperature: 'body_temperature',
  systolicBp: 'systolic_bp',
  diastolicBp: 'diastolic_bp',
  glucose: 'glucose',
};

const correlation = (pairs: readonly (readonly [number, number])[]): number => {
  const mean = (pick: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[pick], 0) / pairs.length;
  const [a, b] = [mean(0), mean(1)];
  const sum = (of: (x: number, y: number) => number): number => pairs.reduce((s, [x, y]) => s + of(x - a, y - b), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
};

describe('physiology', () => {
  it('keeps everybody inside the default limits for a whole day, as devices round', () => {
    const faults = people.flatMap((person) =>
      day(person).flatMap(({ at, vitals }) =>
        (Object.entries(METRIC_OF) as [keyof Vitals, ThresholdMetric][]).flatMap(([name, metric]) => {
          const { low, criticalLow, high, criticalHigh } = DEFAULT_THRESHOLDS[metric] as MetricThresholds;
          const value = name === 'temperature' ? Number(vitals[name].toFixed(1)) : Math.round(vitals[name]);
          const quiet = value >= (low ?? criticalLow ?? -Infinity) && value <= (high ?? criticalHigh ?? Infinity);
          return quiet ? [] : [`${person.id} ${name} ${value} at ${new Date(at).toISOString()}`];
        }),
      ),
    );
    expect(faults).toEqual([]);
  });

  it('gives the same person and the same values for the same seed, another for another', () => {
    const again = personOf('42', 'r-001', { zone: ZONE, kind: 'ehpad' });
    const other = personOf('43', 'r-001', { zone: ZONE, kind: 'ehpad' });
    expect(vitalsAt(again, start)).toEqual(vitalsAt(people[0] as Person, start));
    expect(vitalsAt(other, start)).not.toEqual(vitalsAt(again, start));
  });

  it('has the lowest temperature before dawn and the highest in the afternoon', () => {
    for (const person of people.slice(0, 10)) {
      const hours = day(person, HOUR);
      const hourOf = (best: (a: number, b: number) => boolean): number =>
        localDay(hours.reduce((a, b) => (best(b.vitals.temperature, a.vitals.temperature) ? b : a)).at, ZONE).hour;
      expect(hourOf((a, b) => a < b)).toBeGreaterThan(1);
      expect(hourOf((a, b) => a < b)).toBeLessThan(9);
      expect(hourOf((a, b) => a > b)).toBeGreaterThan(12);
      expect(hourOf((a, b) => a > b)).toBeLessThan(22);
    }
  });

  it('slows the heart at night and moves breath, pressure and heart together', () => {
    for (const person of people.slice(0, 10)) {
      const values = day(person);
      const mean = (asleep: boolean): number => {
        const some = values.filter(({ at }) => whereaboutsAt(person.routine, at).asleep === asleep);
        return some.reduce((sum, { vitals }) => sum + vitals.heartRate, 0) / some.length;
      };
      expect(mean(true)).toBeLessThan(mean(false) - 3);
      expect(correlation(values.map(({ vitals }) => [vitals.heartRate, vitals.respiratoryRate]))).toBeGreaterThan(0.5);
      expect(correlation(values.map(({ vitals }) => [vitals.heartRate, vitals.systolicBp]))).toBeGreaterThan(0.5);
    }
  });

  it('gives people with a chronic condition the values of that condition', () => {
    const withCopd = people.filter((person) => person.conditions.has('copd'));
    const without = people.filter((person) => !person.conditions.has('copd'));
    expect(withCopd.length).toBeGreaterThan(0);
    for (const { baseline } of withCopd) expect(baseline.spo2).toBeLessThan(95);
    for (const { baseline } of without) expect(baseline.spo2).toBeGreaterThan(95.5);
  });
});

describe('acute episodes', () => {
  const person = people[4] as Person;
  const from = start + 10 * HOUR;
  const overlay = (episode: EpisodeKind, at: number, depth?: number): Vitals => {
    const lasting: Episode = {
      kind: 'episode',
      episode,
      resident: person.id,
      from,
      ramp: 5 * MINUTE,
      plateau: 20 * MINUTE,
      recovery: 10 * MINUTE,
      ...(depth === undefined ? {} : { depth }),
    };
    return withEpisodes({ normal: vitalsAt(person, at), resting: person.baseline }, [lasting], at);
  };

  it.each<[EpisodeKind, keyof Vitals, (value: number) => boolean]>([
    ['desaturation', 'spo2', (value) => value < 88 && value > 78],
    ['tachycardia', 'heartRate', (value) => value > 115 && value < 145],
    ['bradycardia', 'heartRate', (value) => value < 48 && value > 30],
    ['fever', 'temperature', (value) => value > 38.5 && value < 40],
    ['hypoglycaemia', 'glucose', (value) => value < 70 && value > 35],
    ['hypotension', 'systolicBp', (value) => value < 92 && value > 65],
  ])('%s takes %s where it belongs, and back to normal afterwards', (episode, vital, there) => {
    const height = overlay(episode, from + 15 * MINUTE)[vital];
    expect(there(height) ? 'there' : height).toBe('there');
    expect(overlay(episode, from)).toEqual(vitalsAt(person, from));
    const after = from + 40 * MINUTE;
    expect(overlay(episode, after)).toEqual(vitalsAt(person, after));
  });

  it('ramps instead of jumping', () => {
    const quarter = overlay('desaturation', from + 1.25 * MINUTE).spo2;
    const half = overlay('desaturation', from + 2.5 * MINUTE).spo2;
    expect(half).toBeLessThan(quarter);
    expect(half).toBeGreaterThan(overlay('desaturation', from + 10 * MINUTE).spo2);
  });

  it('can be made deeper, for the leading vital sign only', () => {
    expect(overlay('desaturation', from + 15 * MINUTE, 80).spo2).toBeLessThan(82);
    expect(Object.keys(EPISODES.desaturation)[0]).toBe('spo2');
  });
});

describe('daily life', () => {
  it('puts people to bed at night and has them up by day', () => {
    for (const { routine } of people) {
      expect(whereaboutsAt(routine, Date.parse('2026-03-09T23:15:00Z')).place).toBe('bed');
      expect(whereaboutsAt(routine, Date.parse('2026-03-10T07:20:00Z')).asleep).toBe(false);
    }
  });

  it('has every kind of place in a day, with at least one trip out of bed at night', () => {
    const { routine } = people[0] as Person;
    const places = Array.from({ length: DAY / MINUTE }, (_, i) => whereaboutsAt(routine, start + i * MINUTE));
    expect(new Set(places.map(({ place }) => place))).toEqual(new Set(['bed', 'room', 'away']));
    const night = places.slice(0, 5 * 60).map(({ place }) => place);
    expect(night).toContain('room');
    expect(night.filter((place) => place === 'bed').length).toBeGreaterThan(240);
  });

  it('measures four times a day at local hours, also on the day the clocks change', () => {
    const { routine } = people[0] as Person;
    const visits = visitsBetween(routine, Date.parse('2026-03-28T23:00:00Z'), Date.parse('2026-03-29T22:00:00Z'));
    expect(visits.map(({ round }) => round)).toEqual([0, 1, 2, 3]);
    for (const { at, round } of visits)
      expect(Math.abs(localDay(at, ZONE).hour - ([7.6, 11.4, 16.6, 20.2][round] ?? 0))).toBeLessThan(0.4);
  });
});
