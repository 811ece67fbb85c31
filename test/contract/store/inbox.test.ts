import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type Inbox, type InboxRow, openInbox, partitionOf } from '../../../platform/store/inbox.js';
import { createWakeup } from '../../../platform/wakeup.js';
import { onBothStores, onPostgres, type Stores } from '../../support/stores.js';
import { until } from '../../support/until.js';
import { aMessage, NOW } from './given.js';

const ALL = { partition: 0, lane: 1, after: 0, limit: 100_000 } as const;
const text = ({ payload }: InboxRow): string => Buffer.from(payload).toString();

const open = async (stores: Stores, options?: { partitions?: number }): Promise<Inbox> => {
  const inbox = await openInbox(await stores.fresh(), options ?? { partitions: 1 });
  stores.later(() => inbox.close());
  return inbox;
};

onBothStores((stores) => {
  it('gives a message back byte for byte', async () => {
    const inbox = await open(stores);
    const messages = [
      aMessage({ payload: Uint8Array.from({ length: 256 }, (_, n) => n), retained: true, dup: true }),
      aMessage({ payload: new Uint8Array(0), site: null, topic: 'gatt/chambre é/…/😀', identity: 'mqtt:foreign' }),
      aMessage({ payload: Buffer.alloc(300_000, 7) }),
    ];
    await inbox.append(messages);
    const rows = await inbox.read(ALL);
    expect(
      rows.map(({ seq: _, partition: __, payload, ...row }) => ({ ...row, payload: Buffer.from(payload) })),
    ).toEqual(messages.map((message) => ({ ...message, payload: Buffer.from(message.payload) })));
  });

  it('commits concurrent appends in call order and settles them in that order', async () => {
    const inbox = await open(stores);
    const settled: number[] = [];
    await Promise.all(
      Array.from({ length: 2_000 }, async (_, n) => {
        await inbox.append([aMessage({ payload: Buffer.from(String(n)) })]);
        settled.push(n);
      }),
    );
    const expected = Array.from({ length: 2_000 }, (_, n) => n);
    expect(settled).toEqual(expected);
    expect((await inbox.read(ALL)).map((row) => Number(text(row)))).toEqual(expected);
  });

  it('shares one commit between the appends that wait for it', async () => {
    const place = await stores.fresh();
    const inbox = await openInbox(place, { partitions: 1 });
    stores.later(() => inbox.close());
    const wakeup = createWakeup('inbox', place.scope);
    let commits = 0;
    wakeup.listen(() => (commits += 1));
    await Promise.all(Array.from({ length: 500 }, () => inbox.append([aMessage()])));
    await until('the commit to be announced', () => commits > 0);
    expect(commits).toBeLessThanOrEqual(2);
    wakeup.close();
  });

  it('takes the message as it was when append was called, whatever happens to the buffer', async () => {
    const inbox = await open(stores);
    const payload = Buffer.from('before');
    const appended = inbox.append([aMessage({ payload })]);
    payload.write('after!');
    await appended;
    expect((await inbox.read(ALL)).map(text)).toEqual(['before']);
  });

  it('reads and counts by partition and lane, after a position', async () => {
    const inbox = await open(stores, { partitions: 8 });
    expect(inbox.partitions).toBe(8);
    const sites = ['a', 'b', 'c'];
    for (const lane of [0, 1] as const)
      await inbox.append(sites.map((site) => aMessage({ site, lane, payload: Buffer.from(`${site}${lane}`) })));
    const partition = partitionOf('b', 8);
    const rows = await inbox.read({ partition, lane: 0, after: 0, limit: 10 });
    expect(rows.map(({ site, lane }) => ({ site, lane }))).toEqual([{ site: 'b', lane: 0 }]);
    expect(await inbox.lag(partition, { 0: 0, 1: 0 })).toBe(2);
    expect(await inbox.lag(partition, { 0: rows[0]!.seq, 1: 0 })).toBe(1);
    expect(await inbox.read({ partition, lane: 0, after: rows[0]!.seq, limit: 10 })).toEqual([]);
  });

  it('trims what is both passed and old', async () => {
    const inbox = await open(stores);
    await inbox.append(Array.from({ length: 5_000 }, () => aMessage({ receivedAt: NOW - 1_000 })));
    await inbox.append([aMessage({ receivedAt: NOW })]);
    const rows = await inbox.read(ALL);
    expect(await inbox.trim({ partition: 0, lane: 1, seq: rows[4_499]!.seq }, NOW)).toBe(4_500);
    expect(await inbox.trim({ partition: 0, lane: 1, seq: rows.at(-1)!.seq }, NOW)).toBe(500);
    expect(await inbox.read(ALL)).toHaveLength(1);
  });

  it('refuses U+0000 in a topic, and its neighbours are stored', async () => {
    const inbox = await open(stores);
    const results = await Promise.allSettled([
      inbox.append([aMessage({ payload: Buffer.from('1') })]),
      inbox.append([aMessage({ topic: 'a\0b' })]),
      inbox.append([aMessage({ payload: Buffer.from('2') })]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await inbox.read(ALL)).map(text)).toEqual(['1', '2']);
  });

  it('commits what is under way when it is closed, and refuses what comes later', async () => {
    const store = await stores.fresh();
    const inbox = await openInbox(store, { partitions: 1 });
    const appended = inbox.append([aMessage()]);
    await inbox.close();
    await appended;
    await expect(inbox.append([aMessage()])).rejects.toMatchObject({ code: 'inbox.closed' });
    const again = await openInbox(store, { partitions: 1 });
    stores.later(() => again.close());
    expect(await again.read(ALL)).toHaveLength(1);
  });

  it('has every acknowledged message after kill -9', async () => {
    const place = await stores.place();
    const store = await stores.open(place);
    await (await import('../../../platform/store/migrate.js')).migrate(store);
    const script = join(process.cwd(), 'test/contract/store/inbox-writer.ts');
    const args = ['--import', 'tsx', script, place.dataDir, ...(place.databaseUrl ? [place.databaseUrl] : [])];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (errors += chunk.toString()));
    const gone = new Promise((resolve) => child.once('close', resolve));
    await until('a thousand acknowledgements', () => {
      if (child.exitCode !== null) throw new Error(errors);
      return output.split('\n').length > 1_000;
    });
    child.kill('SIGKILL');
    await gone;
    const acknowledged = output.split('\n').slice(0, -1);
    const inbox = await openInbox(store, { partitions: 1 });
    stores.later(() => inbox.close());
    const stored = new Set((await inbox.read(ALL)).map(text));
    expect(acknowledged.length).toBeGreaterThan(999);
    expect(acknowledged.filter((number) => !stored.has(number))).toEqual([]);
  });
});

onPostgres((stores) => {
  it('makes rows of a partition visible in the order of their numbers when several gateways append', async () => {
    const place = await stores.place();
    const first = await stores.open(place);
    await (await import('../../../platform/store/migrate.js')).migrate(first);
    const inboxes: Inbox[] = [];
    for (const store of [first, await stores.open(place), await stores.open(place)]) {
      const inbox = await openInbox(store, { partitions: 1 });
      stores.later(() => inbox.close());
      inboxes.push(inbox);
    }
    const seen = new Set<string>();
    let writing = true;
    const reader = async () => {
      let after = 0;
      for (let last = false; !last;) {
        last = !writing;
        const rows = await inboxes[0]!.read({ ...ALL, after });
        rows.forEach((row) => seen.add(text(row)));
        after = rows.at(-1)?.seq ?? after;
      }
    };
    const reading = reader();
    await Promise.all(
      inboxes.map(async (inbox, gateway) => {
        for (let n = 0; n < 100; n += 1)
          await inbox.append(
            Array.from({ length: 5 }, (_, m) => aMessage({ payload: Buffer.from(`${gateway}/${n}/${m}`) })),
          );
      }),
    );
    writing = false;
    await reading;
    expect(seen.size).toBe(1_500);
  });

  it('keeps what it acknowledged when the server is killed, and goes on when it is back', async () => {
    const inbox = await open(stores);
    await inbox.append([aMessage({ payload: Buffer.from('1') })]);
    await stores.server().crashAndRestart();
    await until('the inbox to accept again', () =>
      inbox.append([aMessage({ payload: Buffer.from('2') })]).then(() => true),
    );
    expect((await inbox.read(ALL)).map(text)).toEqual(['1', '2']);
  });
});

describe('The partition of a site', () => {
  it('is the same in every process, within bounds, and 0 without a site', () => {
    expect(partitionOf('les-tilleuls', 16)).toBe(partitionOf('les-tilleuls', 16));
    expect(partitionOf(null, 16)).toBe(0);
    const used = new Set(Array.from({ length: 400 }, (_, n) => partitionOf(`home-${n}`, 16)));
    expect([...used].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, n) => n));
  });
});
