import { describe, expect, it } from '@jest/globals';
import { METRIC_NAMES, metricDefinition, type Metric } from '../../../domain/metrics.js';
import { convert, unitsOf } from '../../../domain/units.js';
import { refusalOf } from '../../support/refusal.js';

describe('a value in another UCUM unit', () => {
  it.each<[Metric, number, string, number]>([
    ['body_temperature', 97.7, '[degF]', 36.5],
    ['body_temperature', 310.15, 'K', 37],
    ['systolic_bp', 16, 'kPa', 120.009869232],
    ['systolic_bp', 16_000, 'Pa', 120.009869232],
    ['systolic_bp', 160, 'hPa', 120.009869232],
    ['body_weight', 157, '[lb_av]', 71.21400209],
    ['body_weight', 11, '[stone_av]', 69.85322498],
    ['body_weight', 70_500, 'g', 70.5],
    ['body_height', 68, '[in_i]', 1.7272],
    ['body_height', 172, 'cm', 1.72],
    ['glucose', 5.5, 'mmol/L', 99.0858],
    ['glucose', 0.0055, 'mol/L', 99.0858],
    ['glucose', 1.2, 'g/L', 120],
    ['glucose', 0.001, 'kg/L', 100],
    ['heart_rate', 72, '{beat}/min', 72],
    ['heart_rate', 1.2, 'Hz', 72],
    ['respiratory_rate', 16, '{breaths}/min', 16],
    ['spo2', 0.97, '1', 97],
    ['steps', 4200, '{steps}', 4200],
    ['co2', 800_000, '[ppb]', 800],
  ])('%s %d %s', (metric, value, unit, expected) => {
    expect(convert(metric, value, unit)).toBeCloseTo(expected, 8);
  });

  it.each<[Metric, string]>([
    ['systolic_bp', 'mmol/L'],
    ['systolic_bp', 'MM[HG]'],
    ['body_weight', 'lb'],
    ['body_temperature', '°C'],
    ['heart_rate', 'bpm'],
    ['spo2', ''],
    ['spo2', 'constructor'],
    ['spo2', '__proto__'],
    ['steps', '%'],
    ['body_fat', '[ppm]'],
  ])('%s is refused in %j', (metric, unit) => {
    expect(refusalOf(() => convert(metric, 1, unit))).toBe('unit_mismatch');
  });

  it('is refused without repeating a long text', () => {
    expect(() => convert('spo2', 1, 'x'.repeat(10_000))).toThrow(/^.{0,200}$/);
  });
});

it('every metric accepts its canonical unit unchanged', () => {
  for (const metric of METRIC_NAMES) {
    const { unit } = metricDefinition(metric);
    expect(unitsOf(metric)[0]).toBe(unit);
    expect(convert(metric, 41.3, unit)).toBe(41.3);
  }
});
