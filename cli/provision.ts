import { loadConfig } from '../platform/config.js';
import { createLog } from '../platform/log.js';
import { hashPassword } from '../platform/password.js';
import { provision } from '../platform/store/provision.js';
import { openMigratedStore } from './context.js';
import { readJson } from './files.js';

/** `vigie provision`: upserts the file's content and prints what changed. */
export const provisionFile = async (file: string, { dryRun }: { dryRun: boolean }): Promise<void> => {
  const config = loadConfig();
  const content = readJson(file);
  const store = await openMigratedStore(
    config,
    createLog('provision', config.LOG_LEVEL === 'info' ? 'warn' : config.LOG_LEVEL),
  );
  try {
    const changes = await provision(store, content, { dryRun, now: Date.now(), hash: hashPassword });
    const changed = changes.filter(({ change }) => change !== 'unchanged');
    for (const { kind, id, change } of changed) console.log(`${change.padEnd(8)} ${kind.padEnd(10)} ${id}`);
    const unchanged = changes.length - changed.length;
    console.log(`${dryRun ? 'would change' : 'changed'} ${changed.length}, unchanged ${unchanged}`);
  } finally {
    await store.close();
  }
};
