import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, MINUTE } from '../../../domain/time.js';
import type { Metric } from '../../../domain/metrics.js';
import type { LatestRow } from '../../../platform/store/readings.js';
import { freshFor, latestView } from '../../../web/server/latest.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const row = (metric: Metric, value: number, parts: Partial<LatestRow> = {}): LatestRow => ({
  subject: 'resident:r-1',
  metric,
  site: 'site-a',
  reading: `id-${metric}`,
  device: 'ox-1',
  value,
  time: NOW - MINUTE,
  receivedAt: NOW - MINUTE,
  quality: 'good',
  ...parts,
});
const view = (rows: LatestRow[], cadenceSeconds: number | null = 60, spo2Scale: 1 | 2 = 1) =>
  latestView(rows, { spo2Scale, device: () => ({ cadenceSeconds }), now: NOW });

describe('how long a value is current', () => {
  it.each([
    [10, 15 * MINUTE],
    [60, 15 * MINUTE],
    [600, 30 * MINUTE],
    [86_400, 3 * DAY],
    [null, 26 * HOUR],
  ])('a cadence of %p seconds', (cadence, fresh) => {
    expect(freshFor(cadence)).toBe(fresh);
  });

  it('ends exactly at staleAt', () => {
    const at = (time: number) => view([row('spo2', 95, { time })]).readings[0]?.stale;
    expect([at(NOW - 15 * MINUTE + 1), at(NOW - 15 * MINUTE)]).toEqual([false, true]);
  });

  it('of a device that is no longer registered is that of a spot measure', () => {
    const { readings } = latestView([row('spo2', 95)], { spo2Scale: 1, device: () => null, now: NOW });
    expect(readings[0]?.staleAt).toBe(new Date(NOW - MINUTE + 26 * HOUR).toISOString());
  });
});

describe('NEWS2 of what is current', () => {
  const all = [
    row('respiratory_rate', 25),
    row('spo2', 90),
    row('systolic_bp', 120),
    row('pulse_rate', 80),
    row('body_temperature', 37),
  ];

  it('is never a partial total: oxygen and consciousness are missing', () => {
    const { news2 } = view(all);
    expect(news2.score).toBeNull();
    expect(news2.missing).toEqual(['supplementalOxygen', 'consciousness']);
    expect(news2.parts).toEqual({ respiratoryRate: 3, spo2: 3, systolicBp: 0, pulse: 0, temperature: 0 });
  });

  it('leaves out what is stale or doubtful', () => {
    const { news2 } = view([row('spo2', 90, { time: NOW - HOUR }), row('pulse_rate', 80, { quality: 'questionable' })]);
    expect(news2.parts).toEqual({});
    expect(news2.missing).toEqual(expect.arrayContaining(['spo2', 'pulse']));
  });

  it('takes the newer of heart rate and pulse rate', () => {
    const older = { time: NOW - 5 * MINUTE };
    expect(view([row('heart_rate', 140, older), row('pulse_rate', 80)]).news2.parts).toEqual({ pulse: 0 });
    expect(view([row('heart_rate', 140), row('pulse_rate', 80, older)]).news2.parts).toEqual({ pulse: 3 });
  });

  it('uses the prescribed SpO₂ scale', () => {
    expect(view([row('spo2', 90)], 60, 2).news2.parts).toEqual({ spo2: 0 });
  });
});
