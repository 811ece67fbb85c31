import { describe, expect, it } from '@jest/globals';
import { DecodeError } from '../../../domain/errors.js';
import { createCodecMemory, MOST_PER_KEY, MOST_PER_SITE } from '../../../gateway/codec-memory.js';

describe('the memory of the codecs', () => {
  it('is of one site and one key', () => {
    const memory = createCodecMemory();
    memory.remember('a', 'codec/x/1', { unit: '°C' });
    expect(memory.recall('a', 'codec/x/1')).toEqual({ unit: '°C' });
    expect(memory.recall('b', 'codec/x/1')).toBeUndefined();
    expect(memory.recall('a', 'codec/y/1')).toBeUndefined();
  });

  it('refuses a value that is too large, and keeps the one before', () => {
    const memory = createCodecMemory();
    memory.remember('a', 'key', 1);
    expect(() => memory.remember('a', 'key', 'x'.repeat(MOST_PER_KEY))).toThrow(DecodeError);
    expect(memory.recall('a', 'key')).toBe(1);
  });

  it('refuses new keys once a site has its share, and other sites do not notice', () => {
    const memory = createCodecMemory();
    const fill = (): void => {
      for (let key = 0; key < 100; key += 1) memory.remember('a', `${key}`, 'x'.repeat(MOST_PER_KEY - 10));
    };
    expect(fill).toThrow(`${MOST_PER_SITE} bytes`);
    memory.remember('b', '0', 'x'.repeat(1_000));
    expect(memory.recall('b', '0')).toHaveLength(1_000);
  });

  it('forgets everything that was not committed', () => {
    const memory = createCodecMemory();
    memory.remember('a', 'key', 1);
    memory.forget();
    expect(memory.recall('a', 'key')).toBeUndefined();
  });
});
