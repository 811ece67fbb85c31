/** A child process that appends for ever and prints each number once its message is acknowledged. */
import { openStore } from '../../../platform/store/db.js';
import { openInbox } from '../../../platform/store/inbox.js';

const [dataDir = '', databaseUrl] = process.argv.slice(2);
const store = await openStore({ dataDir, databaseUrl });
const inbox = await openInbox(store, { partitions: 1 });
let next = 0;
const append = async (): Promise<never> => {
  for (;;) {
    const number = (next += 1);
    await inbox.append([
      {
        site: 'tilleuls',
        identity: 'device:ox-1',
        topic: 'vigie/v1/tilleuls/ox-1/readings',
        payload: Buffer.from(String(number)),
        retained: false,
        dup: false,
        lane: 1,
        receivedAt: Date.now(),
      },
    ]);
    process.stdout.write(`${number}\n`);
  }
};
await Promise.all(Array.from({ length: 20 }, append));
