import { describe, expect, it } from '@jest/globals';
import { crossingText, formatNumber, formatValue, unitText } from '../../../domain/text.js';

describe('texts of values', () => {
  it.each([
    [87, 0, '87', '87'],
    [38.5, 1, '38,5', '38.5'],
    [38, 1, '38,0', '38.0'],
    [-0.04, 1, '0,0', '0.0'],
    [1234, 0, '1234', '1234'],
    [12345.6, 1, '12\u202f345,6', '12,345.6'],
  ])('writes %d with %d decimals', (value, decimals, fr, en) => {
    expect([formatNumber(value, decimals, 'fr'), formatNumber(value, decimals, 'en')]).toEqual([fr, en]);
  });

  it.each([
    ['spo2', 87, '87\u202f%', '87%'],
    ['systolic_bp', 142, '142\u00a0mmHg', '142\u00a0mmHg'],
    ['body_temperature', 38.5, '38,5\u00a0°C', '38.5\u00a0°C'],
    ['steps', 4200, '4200', '4200'],
    ['fall', true, 'oui', 'yes'],
    ['door_open', false, 'non', 'no'],
  ] as const)('writes a value of %s', (metric, value, fr, en) => {
    expect([formatValue(metric, value, 'fr'), formatValue(metric, value, 'en')]).toEqual([fr, en]);
  });

  it.each([
    ['spo2', 87, 90, 'SpO₂ 87\u202f% < 90\u202f%', 'SpO₂ 87% < 90%'],
    ['pulse_rate', 132, 130, 'Pouls 132 > 130\u00a0/min', 'Pulse 132 > 130\u00a0/min'],
    ['body_temperature', 38.2, 37.8, 'Température 38,2 > 37,8\u00a0°C', 'Temperature 38.2 > 37.8\u00a0°C'],
  ] as const)('writes measured, then limit, for %s', (metric, value, limit, fr, en) => {
    expect(crossingText(metric, value, limit)).toEqual({ fr, en });
  });

  it('never writes a value equal to the limit it is beyond', () => {
    expect(crossingText('spo2', 89.7, 90).fr).toBe('SpO₂ 89,7\u202f% < 90,0\u202f%');
  });

  it('writes UCUM units as people read them', () => {
    expect(['Cel', 'mm[Hg]', '[ppm]', '1', 'kg'].map(unitText)).toEqual(['°C', 'mmHg', 'ppm', '', 'kg']);
  });
});
