import { SECOND, type EpochMillis, type Millis } from '../../domain/time.js';
import type { Db } from '../../platform/store/db.js';
import { loadRegistry, registryVersion, type Registry } from '../../platform/store/registry.js';

/** Rights are read from the store at each request; names, rooms and cadences may be this old. */
const TRUST_FOR: Millis = 2 * SECOND;

export interface RegistryCache {
  /** The registry, reloaded when its version changed. Concurrent callers share one look. */
  current(): Promise<Registry>;
  /** After a write of our own: look again now. */
  forget(): void;
}

export const createRegistryCache = (db: Db, now: () => EpochMillis): RegistryCache => {
  let known: Registry | null = null;
  let checkedAt = -Infinity;
  let looking: Promise<Registry> | null = null;

  const look = async (): Promise<Registry> => {
    const started = now();
    if (!known || (await registryVersion(db)) !== known.version) known = await loadRegistry(db);
    checkedAt = started;
    return known;
  };

  return {
    current() {
      const age = now() - checkedAt;
      if (known && age >= 0 && age < TRUST_FOR) return Promise.resolve(known);
      looking ??= look().finally(() => (looking = null));
      return looking;
    },
    forget: () => void (checkedAt = -Infinity),
  };
};
