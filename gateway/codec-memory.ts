import { DecodeError } from '../domain/errors.js';
import { codecMemory, saveCodecMemory } from '../platform/store/codec-memory.js';
import type { Db } from '../platform/store/db.js';

/** One announcement is a few hundred bytes; a device with hundreds of values fits. */
export const MOST_PER_KEY = 64 * 1024;
/** Bounds what one site can make every gateway hold in its memory. */
export const MOST_PER_SITE = 1024 * 1024;

/** What codecs know of earlier messages: read and changed while messages are interpreted in their order. */
export interface Recollection {
  recall(site: string, key: string): unknown;
  /** Throws `DecodeError` `payload_too_large` when it would not fit; then what was known stays. */
  remember(site: string, key: string, value: unknown): void;
}

/**
 * The memory of the codecs between batches. `save` writes what the batch changed; `committed` or `forget` must follow
 * every transaction, so that what we remember is what the store holds.
 */
export interface CodecMemory extends Recollection {
  load(db: Db, sites: readonly string[]): Promise<void>;
  save(tx: Db): Promise<void>;
  committed(): void;
  forget(): void;
}

interface Entry {
  readonly value: unknown;
  readonly size: number;
}

export const createCodecMemory = (): CodecMemory => {
  const sites = new Map<string, Map<string, Entry>>();
  const changes = new Map<string, Map<string, string>>();
  const within = <Value>(maps: Map<string, Map<string, Value>>, site: string): Map<string, Value> => {
    const known = maps.get(site) ?? new Map<string, Value>();
    maps.set(site, known);
    return known;
  };

  return {
    recall: (site, key) => sites.get(site)?.get(key)?.value,
    remember(site, key, value) {
      const text = JSON.stringify(value);
      const size = Buffer.byteLength(key) + Buffer.byteLength(text);
      const memory = within(sites, site);
      if (size > MOST_PER_KEY)
        throw new DecodeError(
          'payload_too_large',
          `codec memory: expected at most ${MOST_PER_KEY} bytes, came ${size}`,
        );
      let total = size;
      for (const [other, entry] of memory) if (other !== key) total += entry.size;
      if (total > MOST_PER_SITE)
        throw new DecodeError('payload_too_large', `codec memory: the site has its ${MOST_PER_SITE} bytes already`);
      memory.set(key, { value, size });
      within(changes, site).set(key, text);
    },
    async load(db, wanted) {
      const missing = [...new Set(wanted)].filter((site) => !sites.has(site));
      if (missing.length === 0) return;
      const loaded = await codecMemory(db, missing);
      for (const site of missing) {
        const memory = within(sites, site);
        for (const [key, text] of loaded.get(site) ?? [])
          memory.set(key, {
            value: JSON.parse(text) as unknown,
            size: Buffer.byteLength(key) + Buffer.byteLength(text),
          });
      }
    },
    async save(tx) {
      for (const [site, changed] of changes) await saveCodecMemory(tx, site, changed);
    },
    committed: () => changes.clear(),
    forget() {
      changes.clear();
      sites.clear();
    },
  };
};
