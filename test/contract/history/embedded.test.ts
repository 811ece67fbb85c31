import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { DAY, HOUR, MINUTE } from '../../../domain/time.js';
import { openEmbeddedHistory, type EmbeddedOptions } from '../../../platform/history/embedded.js';
import type { History } from '../../../platform/history/history.js';
import { aReading } from '../../support/readings.js';
import { until } from '../../support/until.js';
import { historyContract } from './suite.js';

const NEVER = new AbortController().signal;
const directories: string[] = [];
const temporary = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'vigie-history-'));
  directories.push(directory);
  return directory;
};
afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true }))));

historyContract('the embedded file', async () => {
  const dataDir = await temporary();
  const history = await openEmbeddedHistory({ dataDir });
  return { history, end: () => history.close() };
});

describe('the embedded history', () => {
  const open: History[] = [];
  const openAt = async (options: EmbeddedOptions): Promise<History> => {
    const history = await openEmbeddedHistory(options);
    open.push(history);
    return history;
  };
  afterEach(async () => {
    for (const history of open.splice(0)) await history.close();
  });

  const now = Date.UTC(2026, 10, 23, 12);
  const q = {
    site: 'les-tilleuls',
    resident: 'r-001',
    metric: 'heart_rate',
    from: now - 1_000 * DAY,
    to: now + DAY,
  } as const;

  it('has everything after it is opened again', async () => {
    const dataDir = await temporary();
    const first = await openAt({ dataDir, now: () => now });
    await first.write([aReading({ time: now - HOUR })], NEVER);
    await first.close();
    const second = await openAt({ dataDir, now: () => now });
    await second.write([aReading({ time: now - HOUR }), aReading({ time: now, value: 80 })], NEVER);
    expect((await second.raw({ ...q, limit: 10 })).points).toHaveLength(2);
    expect(await second.aggregate({ ...q, resolution: '1d' })).toMatchObject([{ count: 2, min: 72, max: 80 }]);
  });

  it('keeps aggregates longer than raw points, and each level as long as it was told', async () => {
    const dataDir = await temporary();
    const retention = { raw: 10 * DAY, fiveMinutes: 20 * DAY, hour: 30 * DAY };
    const ages = [5, 15, 25, 35].map((days) => days * DAY);
    for (const age of ages) {
      const history = await openEmbeddedHistory({ dataDir, retention, now: () => now - age });
      await history.write([aReading({ time: now - age, value: 60 })], NEVER);
      await history.close();
    }
    const history = await openAt({ dataDir, retention, now: () => now });
    const counts = async () => [
      (await history.raw({ ...q, limit: 10 })).points.length,
      (await history.aggregate({ ...q, resolution: '5m' })).length,
      (await history.aggregate({ ...q, resolution: '1h' })).length,
    ];
    await until('old rows to be trimmed', async () => String(await counts()) === '1,2,3');
  });

  it('refuses a reading older than its raw retention, which it could not tell from a replay', async () => {
    const history = await openAt({ dataDir: await temporary(), retention: { raw: DAY }, now: () => now });
    const result = await history.write([aReading({ time: now - DAY - MINUTE }), aReading({ time: now })], NEVER);
    expect(result).toEqual({ rejected: [{ index: 0, reason: 'history.beyond-retention' }] });
  });

  it('lets other work through while it writes a large batch', async () => {
    const history = await openAt({ dataDir: await temporary(), now: () => now });
    const readings = Array.from({ length: 5_000 }, (_, i) => aReading({ time: now - i * 1_000, value: 60 + (i % 40) }));
    let turns = 0;
    let writing = true;
    const others = (async () => {
      while (writing) {
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
      }
    })();
    await history.write(readings, NEVER);
    writing = false;
    await others;
    expect(turns).toBeGreaterThan(5);
  });

  it('takes concurrent writes one after the other', async () => {
    const history = await openAt({ dataDir: await temporary(), now: () => now });
    const batch = (device: string) =>
      Array.from({ length: 1_200 }, (_, i) => aReading({ device, time: now - i * 1_000 }));
    const results = await Promise.all(['a', 'b', 'c'].map((device) => history.write(batch(device), NEVER)));
    expect(results).toEqual([{ rejected: [] }, { rejected: [] }, { rejected: [] }]);
    const points = await history.aggregate({ ...q, resolution: '1d' });
    expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(3_600);
  });

  it('keeps rows for later when its file cannot be written', async () => {
    const history = await openEmbeddedHistory({ dataDir: await temporary(), now: () => now });
    await history.close();
    expect(await history.write([aReading({ time: now })], NEVER)).toMatchObject({ rejected: [], retryFrom: 0 });
  });
});
