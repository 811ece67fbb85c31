import { describe, expect, it } from '@jest/globals';
import { NOISE_BOUND, noiseAt } from '../../../simulators/noise.js';
import { randomFrom } from '../../../simulators/random.js';
import { createSchedule } from '../../../simulators/schedule.js';

const draw = (path: string, count = 20): number[] => {
  const random = randomFrom(path);
  return Array.from({ length: count }, () => random.next());
};

describe('randomness', () => {
  it('gives the same sequence for the same path and another for another', () => {
    expect(draw('42/r-012')).toEqual(draw('42/r-012'));
    expect(draw('42/r-012')).not.toEqual(draw('42/r-013'));
  });

  it('gives a fork that does not depend on how often its parent was used', () => {
    const used = randomFrom('42');
    used.next();
    expect(used.fork('a').next()).toBe(randomFrom('42').fork('a').next());
  });

  it('stays inside the ends that were asked for', () => {
    const random = randomFrom('ends');
    const whole = Array.from({ length: 500 }, () => random.int(1, 3));
    expect(new Set(whole)).toEqual(new Set([1, 2, 3]));
    for (let i = 0; i < 500; i++) expect(random.between(5, 6)).toBeLessThan(6);
    expect(() => random.pick([])).toThrow(RangeError);
  });
});

describe('noise', () => {
  const values = Array.from({ length: 20_000 }, (_, index) => noiseAt(7, 1_700_000_000_000 + index * 20_000));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = (lag: number): number =>
    values.slice(lag).reduce((sum, value, index) => sum + (value - mean) * ((values[index] ?? 0) - mean), 0) /
    (values.length - lag);

  it('has mean 0, a deviation near 1 and never leaves its bound', () => {
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.sqrt(covariance(0))).toBeGreaterThan(0.75);
    expect(Math.sqrt(covariance(0))).toBeLessThan(1.05);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(NOISE_BOUND);
  });

  it('is autoregressive: close to its last value, independent of the distant past', () => {
    expect(covariance(1) / covariance(0)).toBeGreaterThan(0.8);
    expect(Math.abs(covariance(200) / covariance(0))).toBeLessThan(0.1);
  });

  it('can be read in any order', () => {
    const late = noiseAt(7, 1_700_000_400_000);
    noiseAt(7, 1_600_000_000_000);
    expect(noiseAt(7, 1_700_000_400_000)).toBe(late);
  });
});

describe('schedule', () => {
  it('gives back what is due first, and equal times in the order they came', () => {
    const schedule = createSchedule<string>();
    const random = randomFrom('schedule');
    const times = Array.from({ length: 300 }, () => random.int(0, 50));
    for (const [index, time] of times.entries()) schedule.add(time, `${time}:${String(index).padStart(3, '0')}`);
    const taken: string[] = [];
    for (let next = schedule.take(); next; next = schedule.take()) taken.push(next.item);
    const key = (item: string): number => Number(item.split(':')[0]) * 1_000 + Number(item.split(':')[1]);
    expect(taken).toEqual([...taken].sort((a, b) => key(a) - key(b)));
    expect(taken).toHaveLength(300);
  });
});
