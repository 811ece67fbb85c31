import { describe, expect, it } from '@jest/globals';
import { HOUR, MINUTE, SECOND } from '../../../domain/time.js';
import type { Codec, DecodedMessage } from '../../../gateway/codecs/codec.js';
import { duplicateCheck, isDuplicate, type DuplicateCheckInput } from '../../../gateway/duplicates.js';
import type { NormalisedValue } from '../../../gateway/normalise.js';

const receivedAt = Date.parse('2026-11-23T08:00:00Z');
const codec: Codec = { name: 'test', examples: [], address: () => null, decode: () => ({ values: [] }) };
const value = (change: Partial<NormalisedValue> = {}): NormalisedValue => ({
  metric: 'spo2',
  value: 91,
  time: receivedAt,
  quality: 'good',
  suspect: false,
  late: false,
  timeFrom: 'reception',
  clockReplaced: false,
  ...change,
});
const message: DecodedMessage = { values: [] };
const check = (change: Partial<DuplicateCheckInput> = {}) =>
  duplicateCheck({
    codec,
    device: 'ox-1',
    message,
    values: [value()],
    topic: 't',
    payload: Buffer.from('91'),
    dup: false,
    ...change,
  });
/** The longest silence after which a second copy is still one, or null when it never is. */
const windowOf = (change: Partial<DuplicateCheckInput> = {}) => check(change)?.window ?? null;

describe('a message of which a second copy may come', () => {
  it('needs no memory when its values carry the device’s own time', () => {
    expect(check({ values: [value({ timeFrom: 'device' })] })).toBeNull();
    expect(check({ values: [] })).toBeNull();
  });
  it('needs a memory as soon as one value takes the reception time', () => {
    expect(check({ values: [value({ timeFrom: 'device' }), value()] })).not.toBeNull();
    expect(check({ values: [value({ clockReplaced: true })] })).not.toBeNull();
  });

  it.each<[string, Partial<DuplicateCheckInput>, number]>([
    ['without sequence, broadcast or DUP flag is never a duplicate', {}, 0],
    ['with a sequence: an hour', { message: { values: [], sequence: '7' } }, HOUR],
    ['of a broadcast format: a minute', { codec: { ...codec, rebroadcasts: true } }, 60 * SECOND],
    ['with the DUP flag: an hour', { dup: true }, HOUR],
    [
      'an SOS with the DUP flag: two minutes',
      { dup: true, values: [value({ metric: 'sos', value: true })] },
      2 * MINUTE,
    ],
    [
      'a fall with a sequence: two minutes',
      { message: { values: [], sequence: '0' }, values: [value({ metric: 'fall', value: true })] },
      2 * MINUTE,
    ],
  ])('%s', (_what, change, window) => expect(windowOf(change)).toBe(window));

  it('is told by device and sequence, or by device, topic and bytes', () => {
    const keys = [
      check(),
      check({ device: 'ox-2' }),
      check({ topic: 'u' }),
      check({ payload: Buffer.from('92') }),
      check({ message: { values: [], sequence: '7' } }),
      check({ message: { values: [], sequence: '8' } }),
      check({ message: { values: [], sequence: '7' }, device: 'ox-2' }),
    ].map((result) => result?.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(check({ dup: true })?.key).toBe(check()?.key);
  });

  it('is a duplicate up to the end of its window', () => {
    const repeat = { key: 'k', window: MINUTE };
    const after = (age: number) => isDuplicate(repeat, { seenAt: receivedAt - age, receivedAt });
    expect([0, MINUTE, MINUTE + 1].map(after)).toEqual([true, true, false]);
    expect(isDuplicate(repeat, { seenAt: undefined, receivedAt })).toBe(false);
    expect(isDuplicate({ key: 'k', window: 0 }, { seenAt: receivedAt, receivedAt })).toBe(false);
  });
});
