import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { METRIC_NAMES } from '../../../domain/metrics.js';
import { discriminator } from '../../../platform/history/discriminator.js';
import { pointTime, tagText, toLine } from '../../../platform/history/line-protocol.js';
import { aReading } from '../../support/readings.js';

const line = (parts: Parameters<typeof aReading>[0]): string => {
  const result = toLine(aReading(parts));
  if ('refused' in result) throw new Error(result.refused);
  return result.line;
};

describe('line protocol', () => {
  it('writes one reading as one line', () => {
    const reading = { time: 1_700_000_000_123, receivedAt: 1_700_000_000_500, value: 37 } as const;
    expect(line({ ...reading, metric: 'body_temperature', room: '101' })).toMatch(
      /^reading,device=ox-1,metric=body_temperature,resident=r-001,room=101,site=les-tilleuls value=37,quality="good",late=false,received=1700000000500i 1700000000123\d{6}$/,
    );
    expect(
      line({ ...reading, metric: 'fall', value: true, resident: null, late: true, quality: 'questionable' }),
    ).toMatch(
      /^event,device=ox-1,metric=fall,site=les-tilleuls value=true,quality="questionable",late=true,received=1700000000500i 1700000000123\d{6}$/,
    );
  });

  it('escapes what separates tags and drops control characters', () => {
    expect(line({ device: 'a b,c=d\n\r\t\u0000e' })).toContain(',device=a\\ b\\,c\\=de,');
  });

  it.each([
    [{ device: '' }, 'history.invalid-tag'],
    [{ site: 'x\\' }, 'history.invalid-tag'],
    [{ resident: 'x\\\n' }, 'history.invalid-tag'],
    [{ value: Number.NaN }, 'history.not-a-number'],
    [{ value: Number.NEGATIVE_INFINITY }, 'history.not-a-number'],
    [{ value: false }, 'history.wrong-type'],
    [{ metric: 'sos', value: 1 }, 'history.wrong-type'],
    [{ time: -1 }, 'history.time-out-of-range'],
    [{ time: 1.5 }, 'history.time-out-of-range'],
    [{ time: 9_300_000_000_000 }, 'history.time-out-of-range'],
  ] as const)('refuses %j as %s', (parts, refused) => {
    expect(toLine(aReading(parts))).toEqual({ refused });
  });

  it('never gives more than one line, whatever the identifiers', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.constantFrom(...METRIC_NAMES),
        (a, b, metric) => {
          const result = toLine(aReading({ device: a, resident: b, metric }));
          // eslint-disable-next-line no-control-regex -- that no control character is left is what is tested
          if ('line' in result) expect(result.line).not.toMatch(/[\u0000-\u001f]/);
        },
      ),
    );
  });

  it('separates tags at unescaped separators only', () => {
    fc.assert(
      fc.property(fc.string(), (device) => {
        const result = toLine(aReading({ device }));
        if (!('line' in result)) return;
        const [, series] = /^((?:\\.|[^ ])*?) value=/.exec(result.line) ?? [];
        const tags = series!.split(/(?<!\\),/).slice(1);
        expect(tags).toHaveLength(4);
        expect(tags[0]!.slice('device='.length).replace(/\\([,= ])/g, '$1')).toBe(tagText(device));
      }),
    );
  });
});

describe('the time of a point', () => {
  it('is the millisecond followed by digits of the reading id, always in the same millisecond', () => {
    fc.assert(
      fc.property(fc.nat(4_000_000_000_000), fc.string(), (time, id) => {
        const nanos = pointTime(aReading({ time, id: id as never }));
        expect(nanos.slice(0, -6)).toBe(String(time));
        expect(nanos.slice(-6)).toMatch(/^\d{6}$/);
      }),
    );
  });

  it('hardly ever repeats among values of one millisecond', () => {
    const times = new Set(Array.from({ length: 100 }, (_, value) => pointTime(aReading({ value }))));
    expect(times.size).toBeGreaterThan(98);
  });

  it('is stable: changing it would store every replayed reading twice', () => {
    expect(discriminator('00000000000000000000000000000000')).toBe(discriminator('0'.repeat(32)));
    expect(discriminator('a')).toBe(0xe40c292c);
    expect(discriminator('foobar')).toBe(0xbf9cf968);
  });
});
