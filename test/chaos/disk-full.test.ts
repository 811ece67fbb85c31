import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { publishAll, type Account } from '../support/publisher.js';
import { until } from '../support/until.js';
import { PASSWORD, provisioningFile, signIn, smallEhpad, vigieProcess, type VigieProcess } from '../support/vigie.js';

const COUNT = 4_000;
/** Mounting needs root, which CI is; elsewhere this is the one test that asks for more than a developer has. */
const asRoot = process.getuid?.() === 0 || process.env.CI ? describe : describe.skip;

let disk: string;
let vigie: VigieProcess;

beforeAll(async () => {
  if (process.getuid?.() !== 0) return;
  disk = mkdtempSync(join(tmpdir(), 'vigie-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]);
  vigie = await vigieProcess({ VIGIE_DATA_DIR: join(disk, 'data'), LOG_LEVEL: 'error' });
  expect(await vigie.run('provision', provisioningFile(smallEhpad(1)))).toMatchObject({ code: 0 });
  await vigie.start();
}, 60_000);

afterAll(async () => {
  await vigie?.stop();
  if (disk) execFileSync('umount', ['-l', disk]);
}, 60_000);

/** Takes every byte that is left. */
const fill = (file: string): void => {
  const handle = openSync(file, 'w');
  const block = Buffer.alloc(64 * 1024, 1);
  try {
    for (;;) writeSync(handle, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
};

asRoot('a full disk', () => {
  it('stops the PUBACKs, loses nothing that was acknowledged, and is over when there is room again', async () => {
    const start = Date.now() - 30 * 60_000;
    const account: Account = { sent: 0, acknowledged: 0, reconnects: 0 };
    const { done } = publishAll(
      {
        url: vigie.mqttUrl,
        username: 'd-1',
        password: PASSWORD,
        topic: 'vigie/v1/les-tilleuls/d-1/readings',
        payload: (n) =>
          JSON.stringify({
            time: new Date(start + n * 100).toISOString(),
            note: 'x'.repeat(1_000),
            readings: [{ metric: 'pulse_rate', value: 60 + (n % 30), unit: '/min' }],
          }),
        count: COUNT,
        window: 4,
        pace: 5,
      },
      account,
    );
    const told: { state: string }[] = [];
    const { cookie } = await signIn(vigie.url, { username: 'lea', password: PASSWORD });
    const screen = io(`${vigie.url}/live`, { extraHeaders: { cookie }, transports: ['websocket'] });
    screen.on('tick', ({ trouble }: { trouble: { state: string }[] }) => told.push(...trouble));
    await until('the first acknowledgements', () => account.acknowledged > 200);
    const ballast = join(disk, 'ballast');
    fill(ballast);
    // The journal still has free pages of its own; then nothing moves for seconds on end.
    let last = -1;
    let still = 0;
    await until(
      'no more acknowledgements',
      () => {
        still = account.acknowledged === last ? still + 1 : 0;
        last = account.acknowledged;
        return still >= 12;
      },
      { timeout: 60_000, every: 250 },
    );
    const whenFull = account.acknowledged;
    expect(whenFull).toBeLessThan(COUNT);
    expect((await fetch(`${vigie.url}/readyz`)).status).toBe(503);
    // The technical alarm needs no disk: every open screen is told.
    await until('a screen is told', () => told.some(({ state }) => state === 'down'));

    screen.close();
    rmSync(ballast);
    await done;
    const lea = await signIn(vigie.url, { username: 'lea', password: PASSWORD });
    const stored = async (): Promise<number> => {
      let total = 0;
      let next: string | null = null;
      do {
        const query = new URLSearchParams({
          metric: 'pulse_rate',
          from: new Date(start - 1_000).toISOString(),
          to: new Date().toISOString(),
          resolution: 'raw',
          limit: '1000',
          ...(next ? { cursor: next } : {}),
        });
        const page: { points: unknown[]; next: string | null } = await lea.get(
          `/residents/r-1/readings?${query.toString()}`,
        );
        total += page.points.length;
        next = page.next;
      } while (next);
      return total;
    };
    await until('every acknowledged reading is stored', async () => (await stored()) === COUNT, {
      timeout: 60_000,
      every: 250,
    });
    await until('ready again', async () => (await fetch(`${vigie.url}/readyz`)).ok);
    console.log(
      `disk full after ${whenFull} acknowledged messages; ${account.acknowledged} acknowledged and ${await stored()} stored in the end`,
    );
    expect(account.acknowledged).toBe(COUNT);
  }, 180_000);
});
