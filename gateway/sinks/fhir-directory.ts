import type { SettingRows } from '../../domain/thresholds.js';
import { SECOND, type EpochMillis } from '../../domain/time.js';
import { directoryFrom, type Directory } from '../../fhir/context.js';
import type { Store } from '../../platform/store/db.js';
import { loadRegistry, registryVersion, type Registry } from '../../platform/store/registry.js';
import { thresholdRows } from '../../platform/store/threshold-versions.js';

/** A changed name or limit is sent with measures delivered after this time. */
const FRESH_FOR = 2 * SECOND;

/** Who and what ids stand for, and the limits in force, from the store. */
export const storeDirectory = (store: Store, now: () => EpochMillis = Date.now): (() => Promise<Directory>) => {
  let registry: Registry | null = null;
  let settings: SettingRows = new Map();
  let directory: Directory | null = null;
  let readAt = 0;
  return async () => {
    if (directory && now() - readAt < FRESH_FOR) return directory;
    const version = await registryVersion(store.db);
    if (registry?.version !== version) registry = await loadRegistry(store.db);
    settings = await thresholdRows(store.db, now());
    directory = directoryFrom(registry, settings);
    readAt = now();
    return directory;
  };
};
