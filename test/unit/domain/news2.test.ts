import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEWS2_PARAMETERS, news2, type News2Input } from '../../../domain/news2.js';

const WELL: Required<News2Input> = {
  respiratoryRate: 16,
  spo2: 97,
  spo2Scale: 1,
  supplementalOxygen: false,
  systolicBp: 120,
  pulse: 70,
  consciousness: 'A',
  temperature: 37,
};
const scaleTwo = { spo2Scale: 2 } as const;
const onOxygen = { supplementalOxygen: true } as const;

/** Every boundary of chart 1, both sides: [parameter, value, points, the rest of the set]. */
const CHART: readonly (readonly [keyof News2Input, number, number, Partial<News2Input>?])[] = [
  ['respiratoryRate', 3, 3],
  ['respiratoryRate', 8, 3],
  ['respiratoryRate', 9, 1],
  ['respiratoryRate', 11, 1],
  ['respiratoryRate', 12, 0],
  ['respiratoryRate', 20, 0],
  ['respiratoryRate', 21, 2],
  ['respiratoryRate', 24, 2],
  ['respiratoryRate', 25, 3],
  ['spo2', 91, 3],
  ['spo2', 92, 2],
  ['spo2', 93, 2],
  ['spo2', 94, 1],
  ['spo2', 95, 1],
  ['spo2', 96, 0],
  ['spo2', 100, 0],
  ['spo2', 83, 3, scaleTwo],
  ['spo2', 84, 2, scaleTwo],
  ['spo2', 85, 2, scaleTwo],
  ['spo2', 86, 1, scaleTwo],
  ['spo2', 87, 1, scaleTwo],
  ['spo2', 88, 0, scaleTwo],
  ['spo2', 92, 0, scaleTwo],
  ['spo2', 93, 0, scaleTwo],
  ['spo2', 100, 0, scaleTwo],
  ['spo2', 83, 3, { ...scaleTwo, ...onOxygen }],
  ['spo2', 88, 0, { ...scaleTwo, ...onOxygen }],
  ['spo2', 92, 0, { ...scaleTwo, ...onOxygen }],
  ['spo2', 93, 1, { ...scaleTwo, ...onOxygen }],
  ['spo2', 94, 1, { ...scaleTwo, ...onOxygen }],
  ['spo2', 95, 2, { ...scaleTwo, ...onOxygen }],
  ['spo2', 96, 2, { ...scaleTwo, ...onOxygen }],
  ['spo2', 97, 3, { ...scaleTwo, ...onOxygen }],
  ['spo2', 97, 0, onOxygen],
  ['systolicBp', 90, 3],
  ['systolicBp', 91, 2],
  ['systolicBp', 100, 2],
  ['systolicBp', 101, 1],
  ['systolicBp', 110, 1],
  ['systolicBp', 111, 0],
  ['systolicBp', 219, 0],
  ['systolicBp', 220, 3],
  ['pulse', 40, 3],
  ['pulse', 41, 1],
  ['pulse', 50, 1],
  ['pulse', 51, 0],
  ['pulse', 90, 0],
  ['pulse', 91, 1],
  ['pulse', 110, 1],
  ['pulse', 111, 2],
  ['pulse', 130, 2],
  ['pulse', 131, 3],
  ['temperature', 35, 3],
  ['temperature', 35.1, 1],
  ['temperature', 36, 1],
  ['temperature', 36.1, 0],
  ['temperature', 38, 0],
  ['temperature', 38.1, 1],
  ['temperature', 39, 1],
  ['temperature', 39.1, 2],
];

/** Measured values are rounded before they are banded. */
const ROUNDED: readonly (readonly [keyof News2Input, number, number])[] = [
  ['respiratoryRate', 8.4, 3],
  ['respiratoryRate', 8.5, 1],
  ['spo2', 91.4, 3],
  ['spo2', 91.5, 2],
  ['systolicBp', 90.4, 3],
  ['systolicBp', 90.5, 2],
  ['pulse', 130.4, 2],
  ['pulse', 130.5, 3],
  ['temperature', 35.04, 3],
  ['temperature', 35.05, 1],
  ['temperature', 38.04, 0],
  ['temperature', 38.05, 1],
  ['temperature', 39.05, 2],
];

describe('NEWS2', () => {
  it.each([...CHART, ...ROUNDED])('bands %s %d as %d', (parameter, value, expected, rest = {}) => {
    const result = news2({ ...WELL, ...rest, [parameter]: value });
    expect(result.parts[parameter as (typeof NEWS2_PARAMETERS)[number]]).toBe(expected);
  });

  it.each([
    ['A', 0],
    ['C', 3],
    ['V', 3],
    ['P', 3],
    ['U', 3],
  ] as const)('bands consciousness %s as %d', (consciousness, expected) => {
    expect(news2({ ...WELL, consciousness }).parts.consciousness).toBe(expected);
  });

  it.each([1, 2] as const)('adds two points for oxygen on scale %d', (spo2Scale) => {
    expect(news2({ ...WELL, spo2: 90, spo2Scale, supplementalOxygen: true }).parts.supplementalOxygen).toBe(2);
    expect(news2({ ...WELL, spo2: 90, spo2Scale }).parts.supplementalOxygen).toBe(0);
  });

  it.each([
    ['nothing abnormal', {}, 0, 'low'],
    ['four single points', { respiratoryRate: 10, spo2: 95, systolicBp: 105, pulse: 95 }, 4, 'low'],
    ['a single three', { consciousness: 'C' }, 3, 'low-medium'],
    ['a three and a one', { consciousness: 'C', pulse: 95 }, 4, 'low-medium'],
    ['five', { consciousness: 'C', supplementalOxygen: true }, 5, 'medium'],
    ['six without a three', { supplementalOxygen: true, spo2: 93, pulse: 120 }, 6, 'medium'],
    ['seven', { supplementalOxygen: true, spo2: 93, pulse: 120, temperature: 38.5 }, 7, 'high'],
    [
      'the worst of everything',
      {
        respiratoryRate: 30,
        spo2: 80,
        supplementalOxygen: true,
        systolicBp: 80,
        pulse: 140,
        consciousness: 'U',
        temperature: 34,
      },
      20,
      'high',
    ],
  ] as const)('grades %s', (_name, over, score, risk) => {
    expect(news2({ ...WELL, ...over })).toMatchObject({ score, partial: score, risk, missing: [] });
  });

  it('never gives a partial total as the score', () => {
    const { respiratoryRate: _, ...rest } = WELL;
    expect(news2({ ...rest, pulse: 131 })).toEqual({
      score: null,
      partial: 3,
      risk: null,
      parts: { spo2: 0, supplementalOxygen: 0, systolicBp: 0, pulse: 3, consciousness: 0, temperature: 0 },
      missing: ['respiratoryRate'],
    });
    expect(news2({})).toEqual({ score: null, partial: 0, risk: null, parts: {}, missing: [...NEWS2_PARAMETERS] });
    expect(news2({ ...WELL, spo2: Number.NaN })).toMatchObject({ score: null, missing: ['spo2'] });
  });

  it('uses scale 1 unless scale 2 is prescribed', () => {
    expect(news2({ ...WELL, spo2: 90, spo2Scale: undefined }).parts.spo2).toBe(3);
  });

  it('does not guess the points of a high SpO2 on scale 2 while oxygen is unknown', () => {
    const unknown = { ...WELL, spo2Scale: 2, supplementalOxygen: undefined } as const;
    const high = news2({ ...unknown, spo2: 97 });
    expect(high).toMatchObject({ score: null, missing: ['supplementalOxygen'] });
    expect(high.parts.spo2).toBeUndefined();
    expect(news2({ ...unknown, spo2: 85 }).parts.spo2).toBe(2);
  });

  it('scores every complete set between 0 and 20, the sum of its parts', () => {
    const sets = fc.record({
      respiratoryRate: fc.integer({ min: 3, max: 80 }),
      spo2: fc.integer({ min: 50, max: 100 }),
      spo2Scale: fc.constantFrom(1 as const, 2 as const),
      supplementalOxygen: fc.boolean(),
      systolicBp: fc.integer({ min: 40, max: 300 }),
      pulse: fc.integer({ min: 20, max: 300 }),
      consciousness: fc.constantFrom('A', 'C', 'V', 'P', 'U'),
      temperature: fc.double({ min: 25, max: 45, noNaN: true }),
    });
    fc.assert(
      fc.property(sets, (set) => {
        const { score, parts, missing } = news2(set);
        expect(missing).toEqual([]);
        expect(score).toBe(Object.values(parts).reduce((sum, part) => sum + part, 0));
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(20);
      }),
    );
  });
});
