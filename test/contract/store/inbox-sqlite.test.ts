import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { sqliteInbox } from '../../../platform/store/inbox-sqlite.js';
import { openInbox } from '../../../platform/store/inbox.js';
import { spawnWorker } from '../../../platform/worker.js';
import { onSqlite } from '../../support/stores.js';
import { until } from '../../support/until.js';
import { aMessage } from './given.js';

const ALL = { partition: 0, lane: 1, after: 0, limit: 100_000 } as const;

/** A file system of a few megabytes; null where mounting is not permitted. */
const smallDisk = (megabytes: number): { dir: string; unmount: () => void } | null => {
  const dir = mkdtempSync(join(tmpdir(), 'vigie-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return {
    dir,
    unmount: () => {
      execFileSync('umount', ['-l', dir]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

onSqlite((stores) => {
  it('rejects when the disk is full, stores nothing by halves, and recovers without a restart', async () => {
    const disk = smallDisk(12);
    const dataDir = disk?.dir ?? (await stores.place()).dataDir;
    if (disk) stores.later(async () => disk.unmount());
    const store = await stores.open({ dataDir });
    const limit = new Int32Array(new SharedArrayBuffer(4));
    const inbox = disk
      ? await openInbox(store)
      : sqliteInbox({ store, partitions: 1, onCommit: () => {} }, (path) =>
          spawnWorker(new URL('./small-inbox-worker', import.meta.url), { workerData: { path, limit } }),
        );
    stores.later(() => inbox.close());
    const ballast = join(dataDir, 'ballast');
    const fill = () => (disk ? writeFileSync(ballast, Buffer.alloc(8 * 1024 * 1024)) : limit.fill(200));
    const makeRoom = () => (disk ? rmSync(ballast) : limit.fill(1_000_000));
    const big = Buffer.alloc(64 * 1024, 1);
    const pair = () => [aMessage({ payload: big }), aMessage({ payload: big })];

    fill();
    let stored = 0;
    const refusal = await until('the disk to be full', () =>
      inbox.append(pair()).then(
        () => {
          stored += 1;
          return null;
        },
        (error: unknown) => error,
      ),
    );
    expect(refusal).toMatchObject({ code: expect.stringMatching(/^inbox\.(full|io)$/) });
    expect(await inbox.read(ALL)).toHaveLength(2 * stored);
    await expect(inbox.append(pair())).rejects.toMatchObject({ name: 'InboxError' });

    makeRoom();
    await until('the inbox to accept again', () => inbox.append(pair()).then(() => true));
    expect(await inbox.read(ALL)).toHaveLength(2 * stored + 2);
  });

  it('rejects what was under way when its writer dies, and starts another', async () => {
    const store = await stores.fresh();
    const workers: Worker[] = [];
    const spawn = (path: string): Worker => {
      const worker = spawnWorker(new URL('../../../platform/store/inbox-worker', import.meta.url), {
        workerData: { path },
      });
      workers.push(worker);
      return worker;
    };
    const inbox = sqliteInbox({ store, partitions: 1, onCommit: () => {} }, spawn);
    stores.later(() => inbox.close());
    await inbox.append([aMessage()]);
    const underWay = inbox.append([aMessage()]);
    const next = new Promise((resolve) => setImmediate(resolve)).then(() => inbox.append([aMessage()]));
    await workers[0]!.terminate();
    const results = await Promise.allSettled([underWay, next]);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'inbox.io' });
    await until('a new writer to store', () => inbox.append([aMessage()]).then(() => true));
    expect(workers.length).toBeGreaterThan(1);
    expect((await inbox.read(ALL)).length).toBeGreaterThanOrEqual(2);
  });

  it('numbers the messages of a new file beyond those of a lost one', async () => {
    const store = await stores.fresh();
    const before = await openInbox(store);
    await before.append(Array.from({ length: 50 }, () => aMessage()));
    const last = (await before.read(ALL)).at(-1)!.seq;
    await before.close();
    for (const file of readdirSync(store.dataDir).filter((name) => name.startsWith('inbox.')))
      rmSync(join(store.dataDir, file));
    const after = await openInbox(store);
    stores.later(() => after.close());
    await after.append([aMessage()]);
    const rows = await after.read({ ...ALL, after: last });
    expect(rows).toHaveLength(1);
    expect(Number.isSafeInteger(rows[0]!.seq)).toBe(true);
  });
});
