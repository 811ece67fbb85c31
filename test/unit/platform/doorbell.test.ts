import { describe, expect, it } from '@jest/globals';
import { createDoorbell } from '../../../platform/doorbell.js';

const HOUR = 3_600_000;

describe('a doorbell', () => {
  it('wakes who waits', async () => {
    const bell = createDoorbell();
    const waiting = bell.wait(HOUR);
    bell.ring();
    await waiting;
  });

  it('keeps a ring that came while nobody waited, once', async () => {
    const bell = createDoorbell();
    bell.ring();
    bell.ring();
    await bell.wait(HOUR);
    let woken = false;
    const second = bell.wait(HOUR).then(() => (woken = true));
    await Promise.resolve();
    expect(woken).toBe(false);
    bell.ring();
    await second;
  });

  it('wakes by itself after the longest wait', async () => {
    await createDoorbell().wait(5);
  });
});
