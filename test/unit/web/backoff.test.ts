import { describe, expect, it } from '@jest/globals';
import { createBackoff } from '../../../web/server/auth/backoff.js';

describe('the wait after failed sign-ins', () => {
  it('starts after a few free mistakes, doubles, and stays short', () => {
    const backoff = createBackoff({ free: 3, first: 1_000, longest: 60_000 });
    const waits: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      backoff.failed('lea', 0);
      waits.push(backoff.wait('lea', 0));
    }
    expect(waits).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
    expect(backoff.wait('lea', 59_000)).toBe(1_000);
    expect(backoff.wait('lea', 60_000)).toBe(0);
    expect(backoff.wait('ines', 0)).toBe(0);
  });

  it('is forgotten after a success, and with time', () => {
    const backoff = createBackoff({ free: 1, forget: 900_000 });
    backoff.failed('lea', 0);
    expect(backoff.wait('lea', 0)).toBeGreaterThan(0);
    backoff.succeeded('lea');
    expect(backoff.wait('lea', 0)).toBe(0);
    for (let n = 0; n < 20; n += 1) backoff.failed('lea', 0);
    backoff.failed('lea', 900_000);
    expect(backoff.wait('lea', 900_000)).toBe(1_000);
  });

  it('keeps a bounded number of names, the latest', () => {
    const backoff = createBackoff({ free: 1, keys: 100 });
    for (let n = 0; n < 1_000; n += 1) backoff.failed(`name-${n}`, n);
    expect(backoff.wait('name-0', 1_000)).toBe(0);
    expect(backoff.wait('name-999', 1_000)).toBeGreaterThan(0);
  });
});
