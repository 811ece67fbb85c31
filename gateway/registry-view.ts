import type { Store } from '../platform/store/db.js';
import { deviceKeys } from '../platform/store/device-keys.js';
import { loadRegistry, registryVersion, type Registry } from '../platform/store/registry.js';

/** The registry as it stands now: read once, and again only when its version moved. */
export interface RegistryView {
  current(): Promise<Registry>;
}

export const createRegistryView = (store: Store): RegistryView => {
  const keys = deviceKeys(store.dataDir);
  let held: Registry | null = null;
  return {
    async current() {
      if (held && held.version === (await registryVersion(store.db))) return held;
      held = await loadRegistry(store.db, keys);
      return held;
    },
  };
};
