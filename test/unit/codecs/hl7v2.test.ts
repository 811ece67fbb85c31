import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { DecodeError } from '../../../domain/errors.js';
import { codec } from '../../../gateway/codecs/hl7v2.js';
import { decodeVectors, parseVectors, toLine } from '../../../gateway/decode.js';

const corpus = readFileSync(new URL('../../fixtures/corpus/hl7v2.json', import.meta.url), 'utf8');
interface Vector {
  readonly id: string;
  readonly payload: string;
  readonly receivedAt: string;
  readonly expect: readonly { metric: string; value: number; unit: string; time?: string; quality?: string }[];
}
const vectors = JSON.parse(corpus) as Vector[];

const HEADER = 'MSH|^~\\&|MON^0011223344556677^EUI-64|V|||20260310083104+0100||ORU^R01^ORU_R01|7|P|2.6';
const OBR = 'OBR|1|||182777000|||20260310083100+0100';
const SPO2 = 'OBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1.1|98|262688^MDC_DIM_PERCENT^MDC|||||R';
const decode = (...segments: string[]) =>
  codec.decode({
    topic: 'hl7/box/oru',
    payload: Buffer.from(segments.join('\r')),
    retained: false,
    receivedAt: Date.UTC(2026, 2, 10, 7, 31, 5),
    config: {},
  });

describe('the corpus vectors of hl7v2', () => {
  const lines = decodeVectors(parseVectors(corpus), [codec]).map(toLine);

  it.each(vectors.map((vector, index) => [vector.id, vector, lines[index]!] as const))(
    '%s gives every expected reading and no other',
    (_id, vector, line) => {
      const expected = vector.expect.map(({ metric, value, unit, time, quality = 'good' }) => ({
        metric,
        value: expect.closeTo(value, 6),
        unit,
        time: new Date(time ?? vector.receivedAt).toISOString(),
        quality,
      }));
      expect(line.readings).toEqual(expected);
    },
  );
});

describe('an HL7 message', () => {
  it('names its monitor by OBX-18, else by the EUI-64 of OBR-3, else by MSH-3', () => {
    expect(decode(HEADER, OBR, `${SPO2}|||||||^^0011AABB22334455^EUI-64`).device?.identifier).toBe('0011AABB22334455');
    const order = 'OBR|1||A1^MON^8877665544332211^EUI-64|x|||20260310083100+0100';
    expect(decode(HEADER, order, SPO2).device?.identifier).toBe('8877665544332211');
    expect(decode(HEADER, OBR, SPO2).device).toEqual({ identifier: '0011223344556677', aliases: ['MON'] });
  });

  it('of two monitors or two patients is refused rather than guessed', () => {
    const other = SPO2.replace('OBX|1', 'OBX|2');
    expect(() => decode(HEADER, OBR, `${SPO2}|||||||M-1`, `${other}|||||||M-2`)).toThrow(/one device/);
    expect(() => decode(HEADER, 'PID|||A', OBR, SPO2, 'PID|||B', OBR, SPO2)).toThrow(/one patient/);
  });

  it('is the same message only with the same MSH-10 and the same values', () => {
    const first = decode(HEADER, OBR, SPO2).sequence;
    expect(decode(HEADER, OBR, SPO2).sequence).toBe(first);
    expect(decode(HEADER, OBR, SPO2.replace('|98|', '|97|')).sequence).not.toBe(first);
    expect(decode(HEADER.replace('|7|P', '|8|P'), OBR, SPO2).sequence).not.toBe(first);
  });

  it('of training or debugging gives no reading', () => {
    for (const id of ['T', 'D']) expect(decode(HEADER.replace('|P|', `|${id}|`), OBR, SPO2).values).toEqual([]);
  });

  it('without a unit is refused; with an unknown unit only that value is', () => {
    expect(() => decode(HEADER, OBR, SPO2.replace('262688^MDC_DIM_PERCENT^MDC', ''))).toThrow(/unit in OBX-6/);
    const strange = 'OBX|2|NM|150344^MDC_TEMP^MDC|1|37|4711^X^MDC|||||R';
    const { values, rejected } = decode(HEADER, OBR, SPO2, strange);
    expect(values.map(({ metric }) => metric)).toEqual(['spo2']);
    expect(rejected?.map(({ reason }) => reason)).toEqual(['unit_mismatch']);
  });

  it('says what it doubts, and what is no value at all', () => {
    const flagged = (flag: string) => SPO2.replace('^MDC|||||R', `^MDC||${flag}|||R`);
    expect(decode(HEADER, OBR, flagged('QUES')).values[0]?.quality).toBe('questionable');
    for (const flag of ['INV', 'L~INV', 'DEMO']) expect(decode(HEADER, OBR, flagged(flag)).values).toEqual([]);
  });

  it('with other separators reads the same', () => {
    const other = (text: string) => text.replaceAll('^', '@').replaceAll('|', '!');
    const { values } = decode(other(HEADER).replace('@~\\&', '@~\\&'), other(OBR), other(SPO2));
    expect(values).toMatchObject([{ metric: 'spo2', value: 98, unit: '%' }]);
  });

  it('gives values or a DecodeError, whatever comes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ maxLength: 300 }).map((text) => Buffer.from(`MSH|^~\\&|${text}`)),
      fc.tuple(fc.nat(vectors.length - 1), fc.nat(1500), fc.string({ maxLength: 8 })).map(([index, at, insert]) => {
        const { payload } = vectors[index]!;
        return Buffer.from(payload.slice(0, at) + insert + payload.slice(at + insert.length));
      }),
    );
    fc.assert(
      fc.property(bytes, (payload) => {
        try {
          codec.decode({ topic: 'hl7/x/y', payload, retained: false, receivedAt: 0, config: {} });
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
