import { toIso } from '../domain/time.js';
import { loadConfig } from '../platform/config.js';
import { createLog } from '../platform/log.js';
import { audit } from '../platform/store/audit.js';
import { countDeadLetters, listDeadLetters, requestReplay } from '../platform/store/dead-letters.js';
import { openMigratedStore } from './context.js';

const PAGE = 200;

/** `vigie dead-letters list`: one line for each, oldest first; no values. */
export const listLetters = async (sink: string | undefined): Promise<void> => {
  const store = await openMigratedStore(loadConfig(), createLog('vigie', 'warn'));
  try {
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const page = await listDeadLetters(store.db, { sink, limit: PAGE, cursor });
      for (const { id, at, sink: name, readingId, reason, requestedAt } of page.items)
        console.log(
          [id, toIso(at), name, readingId, requestedAt === null ? reason : `${reason} (asked for)`].join('\t'),
        );
      cursor = page.next;
    }
    const counts = [...(await countDeadLetters(store.db))].map(([name, count]) => `${name}: ${count}`);
    console.log(counts.length === 0 ? 'no dead letters' : counts.join(', '));
  } finally {
    await store.close();
  }
};

/** `vigie dead-letters replay`: the running gateway offers them again within a second. */
export const replayLetters = async (ids: readonly number[], sink: string | undefined): Promise<void> => {
  const store = await openMigratedStore(loadConfig(), createLog('vigie', 'warn'));
  try {
    const asked = await store.write(async (tx) => {
      const count = await requestReplay(tx, { ...(ids.length > 0 ? { ids } : {}), sink, at: Date.now() });
      await audit(tx, {
        at: Date.now(),
        actor: 'system:cli',
        action: 'dead_letters.replay',
        object: `sink:${sink ?? '*'}`,
        outcome: 'done',
      });
      return count;
    });
    console.log(`${asked} dead letters will be offered again`);
  } finally {
    await store.close();
  }
};
