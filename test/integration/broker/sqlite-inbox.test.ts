import { afterEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../../platform/store/db.js';
import { openInbox } from '../../../platform/store/inbox.js';
import { createHarness, own } from '../../contract/broker/harness.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

it('what was acknowledged is in the SQLite inbox, in order, byte for byte', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'vigie-broker-'));
  cleanUp.push(() => rm(dataDir, { recursive: true, force: true }));
  const store = await openStore({ dataDir });
  cleanUp.push(() => store.close());
  const inbox = await openInbox(store);
  cleanUp.push(() => inbox.close());
  const harness = await createHarness({ inbox });
  cleanUp.push(() => harness.stop());

  const clients = await Promise.all(['ox-1', 'ox-2'].map((name) => harness.connect(name)));
  await Promise.all(
    clients.flatMap((client, index) =>
      Array.from({ length: 2_000 }, (_, i) => client.publishAsync(own(`ox-${index + 1}`), `${i}`, { qos: 1 })),
    ),
  );
  await clients[0]!.publishAsync(own('ox-1', 'events'), Buffer.from([0, 255]), { qos: 2 });

  const rows = await inbox.read({ partition: 0, lane: 1, after: 0, limit: 10_000 });
  for (const name of ['ox-1', 'ox-2'])
    expect(
      rows
        .filter(({ identity }) => identity === `device:${name}`)
        .map(({ payload }) => Number(`${Buffer.from(payload)}`)),
    ).toEqual([...Array(2_000).keys()]);
  const [alarm] = await inbox.read({ partition: 0, lane: 0, after: 0, limit: 10 });
  expect([...alarm!.payload]).toEqual([0, 255]);
});
