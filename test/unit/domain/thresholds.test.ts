import { describe, expect, it } from '@jest/globals';
import { METRICS } from '../../../domain/metrics.js';
import {
  crossedThresholds,
  DEFAULT_THRESHOLDS,
  effectiveThresholds,
  LIMITS,
  readThresholdSettings,
  THRESHOLD_METRICS,
  thresholdSettings,
  thresholdSettingsSchema,
  withDefaults,
} from '../../../domain/thresholds.js';

const resident = { id: 'r-1', site: 's-1', spo2Scale: 1 } as const;
const rows = (entries: Record<string, unknown>) => new Map(Object.entries(entries));

describe('the default limits', () => {
  it.each(THRESHOLD_METRICS)('of %s are in order and within what can be measured', (metric) => {
    const values = LIMITS.map((limit) => DEFAULT_THRESHOLDS[metric][limit]).filter((value) => value !== null);
    const [low, high] = METRICS[metric].limits;
    expect([...values].sort((a, b) => a - b)).toEqual(values);
    for (const value of values) {
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(high);
    }
  });
});

describe('effective limits', () => {
  it('come from the resident, else the site, else the département, else the defaults', () => {
    const settings = rows({
      default: { spo2: { low: 93 }, pulse_rate: { high: 115 } },
      'site:s-1': { spo2: { low: 91, criticalLow: 89 } },
      'site:s-2': { spo2: { low: 50 } },
      'resident:r-1': { spo2: { criticalLow: 86 }, pulse_rate: { high: null } },
    });
    const effective = effectiveThresholds(settings, resident);
    expect(effective.spo2.low).toEqual({ value: 91, origin: 'site' });
    expect(effective.spo2.criticalLow).toEqual({ value: 86, origin: 'resident' });
    expect(effective.pulse_rate.high).toEqual({ value: null, origin: 'resident' });
    expect(effective.pulse_rate.low).toEqual({ value: 50, origin: 'default' });
    expect(withDefaults(thresholdSettings(settings, resident)).spo2).toMatchObject({ low: 91, criticalLow: 86 });
  });

  it('follow a prescribed scale 2 over the site, and the resident over the scale', () => {
    const settings = rows({ 'site:s-1': { spo2: { low: 94 } } });
    const prescribed = { ...resident, spo2Scale: 2 } as const;
    expect(effectiveThresholds(settings, prescribed).spo2).toMatchObject({
      low: { value: 88, origin: 'resident' },
      criticalLow: { value: 84, origin: 'resident' },
    });
    settings.set('resident:r-1', { spo2: { low: 86 } });
    expect(effectiveThresholds(settings, prescribed).spo2.low.value).toBe(86);
  });

  it('tell which metrics have limits that cross', () => {
    expect(crossedThresholds(effectiveThresholds(rows({}), resident))).toEqual([]);
    const crossed = rows({ 'resident:r-1': { spo2: { low: 85 } } });
    expect(crossedThresholds(effectiveThresholds(crossed, resident))).toEqual(['spo2']);
  });
});

describe('stored settings', () => {
  it('are refused when they name an unknown metric or a limit nobody can measure', () => {
    expect(thresholdSettingsSchema.safeParse({ mood: { low: 1 } }).success).toBe(false);
    expect(thresholdSettingsSchema.safeParse({ spo2: { low: 900 } }).success).toBe(false);
    expect(thresholdSettingsSchema.safeParse({ spo2: { low: 91, confirm: { readings: 5 } } }).success).toBe(true);
  });

  it('keep the metrics that can be read when one cannot', () => {
    expect(readThresholdSettings({ spo2: { low: 'x' }, glucose: { low: 80 } })).toEqual({ glucose: { low: 80 } });
    expect(readThresholdSettings(null)).toEqual({});
  });

  it('change one part of the persistence and inherit the other', () => {
    const settings = rows({
      'site:s-1': { spo2: { confirm: { readings: 5 } } },
      'resident:r-1': { spo2: { confirm: { seconds: 120 } } },
    });
    expect(withDefaults(thresholdSettings(settings, resident)).spo2.confirm).toEqual({ readings: 5, seconds: 120 });
  });
});
