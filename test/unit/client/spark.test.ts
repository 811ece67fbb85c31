import { describe, expect, it } from '@jest/globals';
import { sparkOf, type SparkInput } from '../../../web/client/state/spark.js';
import { NOW } from './alerts.js';

const base: SparkInput = { points: [], scale: [84, 100], now: NOW, width: 38, height: 30, limit: null };
const every = (minutes: number, count: number, value: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => ({
    at: NOW - (count - 1 - index) * minutes * 60_000,
    value: value(index),
  }));

describe('a small curve', () => {
  it('is nothing without a value in the last day', () => {
    expect(sparkOf(base)).toBeNull();
    expect(sparkOf({ ...base, points: [{ at: NOW - 25 * 3_600_000, value: 95 }] })).toBeNull();
  });

  it('is a line for a continuous measure and dots for visits', () => {
    expect(sparkOf({ ...base, points: every(5, 100, () => 96) })).toMatchObject({ kind: 'line', dots: [] });
    expect(sparkOf({ ...base, points: every(360, 4, () => 96) })?.dots).toHaveLength(4);
  });

  it('never bridges a gap', () => {
    const points = [
      ...every(5, 100, () => 96).map((point) => ({ ...point, at: point.at - 4 * 3_600_000 })),
      ...every(5, 10, () => 96),
    ];
    expect(sparkOf({ ...base, points })?.path.match(/M/g)).toHaveLength(2);
  });

  it('thickens beyond the limit and draws the limit at its height', () => {
    const shape = sparkOf({
      ...base,
      points: every(5, 50, (index) => (index > 47 ? 87 : 96)),
      limit: { value: 90, sign: '<' },
    });
    expect(shape?.out).not.toBe('');
    expect(shape?.last?.out).toBe(true);
    expect(shape?.limitY).toBeGreaterThan(15);
  });

  it('keeps what is out of the scale inside the frame', () => {
    const last = sparkOf({ ...base, points: every(5, 40, () => 60) })?.last;
    expect(last?.y).toBeLessThanOrEqual(30);
  });
});
