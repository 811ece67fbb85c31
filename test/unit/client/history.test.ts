import { describe, expect, it } from '@jest/globals';
import { gaugeOf } from '../../../web/client/state/gauge.js';
import {
  causeOf,
  gapAfter,
  gapsOf,
  type HistoryPoint,
  isOutside,
  scaleOf,
  withBreaks,
} from '../../../web/client/state/history.js';
import { marksOf } from '../../../web/client/state/time-axis.js';
import { ageOf, mergeAlerts, timelineOf } from '../../../web/client/state/timeline.js';
import { trendOf } from '../../../web/client/state/trend.js';
import { alert, at, NOW } from './alerts.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const point = (minutes: number, value = 95): HistoryPoint => ({
  at: NOW + minutes * MINUTE,
  value,
  min: value,
  max: value,
  count: 1,
  late: false,
  questionable: false,
  device: 'ox',
});
const LIMITS = { criticalLow: 90, low: 92, high: null, criticalHigh: null };

describe('a gap', () => {
  it('is three missed measures of the device, and never less than a quarter of an hour', () => {
    expect(gapAfter([point(0), point(1)], 60, 0)).toBe(15 * MINUTE);
    expect(gapAfter([point(0), point(1)], 600, 0)).toBe(30 * MINUTE);
    expect(gapAfter([point(0), point(10), point(20)], null, 0)).toBe(30 * MINUTE);
  });

  it('parts the line, and the last one grows until now', () => {
    const points = [point(0), point(5), point(60), point(65)];
    const gaps = gapsOf(points, { after: 15 * MINUTE, to: NOW + 120 * MINUTE, window: 0 });
    expect(gaps).toEqual([
      { from: NOW + 5 * MINUTE, to: NOW + 60 * MINUTE },
      { from: NOW + 65 * MINUTE, to: NOW + 120 * MINUTE },
    ]);
    expect(withBreaks(points, gaps).map((row) => row.point?.at ?? null)).toEqual([
      NOW,
      NOW + 5 * MINUTE,
      null,
      NOW + 60 * MINUTE,
      NOW + 65 * MINUTE,
    ]);
  });

  it('claims nothing before the first measure', () => {
    expect(gapsOf([], { after: 1, to: NOW, window: 0 })).toEqual([]);
  });

  it('has the cause of the technical alert raised while it lasted', () => {
    const gap = { from: NOW, to: NOW + HOUR };
    const silent = alert('t', { category: 'technical', metric: 'spo2', startedAt: at(900) });
    expect(causeOf(gap, [alert('a', { startedAt: at(900) }), silent], 'spo2')).toBe(silent);
    expect(causeOf(gap, [silent], 'pulse_rate')).toBeNull();
    expect(causeOf(gap, [{ ...silent, startedAt: at(7200) }], 'spo2')).toBeNull();
  });
});

describe('the trend of a measure', () => {
  const input = {
    name: 'bp',
    metric: 'systolic_bp',
    points: [point(0, 120), point(600, 130)],
    diastolic: [point(0.5, 70), point(700, 80)],
    period: '24h',
    to: NOW + 24 * HOUR,
    limits: null,
    alerts: [],
    cadenceOf: () => null,
  } as const;

  it('pairs the two pressures of one measurement only', () => {
    const { lower, gaps } = trendOf(input);
    expect([...(lower ?? [])]).toEqual([[NOW, 70]]);
    expect(gaps).toEqual([]);
  });

  it('puts a window at its middle', () => {
    expect(trendOf({ ...input, period: '7d' }).points[0]?.at).toBe(NOW + HOUR / 2);
    const early = { ...input, period: '7d', to: NOW + 7 * 24 * HOUR + HOUR } as const;
    expect(trendOf(early).points).toHaveLength(1);
  });
});

describe('limits', () => {
  it('mark what is beyond the nearer one', () => {
    expect(isOutside(92, LIMITS)).toBe(false);
    expect(isOutside(91, LIMITS)).toBe(true);
    expect(isOutside(91, { ...LIMITS, low: null })).toBe(false);
  });

  it('make a gauge whose zones touch, or none', () => {
    const gauge = gaugeOf(87, LIMITS, [84, 100]);
    expect(gauge?.zones.map(({ level }) => level)).toEqual(['crit', 'med']);
    expect(gauge?.zones[0]?.to).toBeCloseTo(gauge?.zones[1]?.from ?? 0);
    expect(gauge?.value).toBeLessThan(gauge?.zones[0]?.to ?? 0);
    expect(gaugeOf(87, { criticalLow: null, low: null, high: null, criticalHigh: null }, [84, 100])).toBeNull();
  });

  it('leave the usual scale alone until a value is out of it', () => {
    expect(scaleOf([point(0, 95)], [84, 100])).toEqual([84, 100]);
    expect(scaleOf([point(0, 70)], [84, 100])[0]).toBeLessThan(70);
  });
});

describe('the time axis', () => {
  const hours = (from: string, to: string): string[] =>
    marksOf(Date.parse(from), Date.parse(to), 'Europe/Paris', 8).map((mark) => new Date(mark.at).toISOString());

  it('has round local hours', () => {
    expect(hours('2026-03-10T11:00:00Z', '2026-03-10T23:30:00Z')).toEqual([
      '2026-03-10T11:00:00.000Z',
      '2026-03-10T13:00:00.000Z',
      '2026-03-10T15:00:00.000Z',
      '2026-03-10T17:00:00.000Z',
      '2026-03-10T19:00:00.000Z',
      '2026-03-10T21:00:00.000Z',
      '2026-03-10T23:00:00.000Z',
    ]);
  });

  it('draws a day of 25 hours as long as it was, and one of 23', () => {
    const autumn = marksOf(Date.parse('2026-10-24T22:00:00Z'), Date.parse('2026-10-25T23:00:00Z'), 'Europe/Paris', 3);
    expect(autumn.map(({ at: time, isDay }) => [new Date(time).toISOString().slice(11, 16), isDay])).toEqual([
      ['22:00', true],
      ['11:00', false],
      ['23:00', true],
    ]);
    const spring = marksOf(Date.parse('2026-03-28T23:00:00Z'), Date.parse('2026-03-29T22:00:00Z'), 'Europe/Paris', 3);
    expect(spring.map(({ at: time }) => new Date(time).toISOString().slice(11, 16))).toEqual([
      '23:00',
      '10:00',
      '22:00',
    ]);
  });

  it('names local midnights over a week', () => {
    const marks = marksOf(NOW - 7 * 24 * HOUR, NOW, 'Europe/Paris', 8);
    expect(marks).toHaveLength(7);
    expect(marks.every(({ isDay }) => isDay)).toBe(true);
  });
});

describe('the timeline', () => {
  const closed = alert('old', {
    workflow: 'closed',
    startedAt: at(-7200),
    closedAt: at(-3600),
    outcome: 'care_given',
    version: 3,
  });

  it('tells openings and closings, newest first, and every alert that still stands', () => {
    const ancient = alert('ancient', { startedAt: at(-90 * 86_400) });
    expect(timelineOf([closed, ancient, alert('now')], NOW - 86_400_000).map((m) => [m.alert.id, m.kind])).toEqual([
      ['now', 'opened'],
      ['old', 'closed'],
      ['old', 'opened'],
      ['ancient', 'opened'],
    ]);
  });

  it('keeps the newer version of an alert read twice', () => {
    expect(mergeAlerts([closed], [{ ...closed, version: 2, note: 'older' }])[0]?.note).toBeNull();
  });
});

describe('an age', () => {
  it('is in whole years, or unknown', () => {
    expect(ageOf('1936-05-14', NOW)).toBe(89);
    expect(ageOf('1936-03-10', NOW)).toBe(90);
    expect(ageOf(null, NOW)).toBeNull();
  });
});
