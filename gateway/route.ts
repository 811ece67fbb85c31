import { loadPlugins } from '../platform/plugins.js';
import type { Address, Codec } from './codecs/codec.js';

export interface Route {
  readonly codec: Codec;
  readonly address: Address;
}

const isCodec = (exported: unknown): exported is Codec =>
  typeof exported === 'object' &&
  exported !== null &&
  typeof (exported as Partial<Codec>).name === 'string' &&
  typeof (exported as Partial<Codec>).address === 'function' &&
  typeof (exported as Partial<Codec>).decode === 'function';

/** Every codec of `codecs/`, sorted by name. */
export const loadCodecs = (): Promise<readonly Codec[]> => loadPlugins(new URL('./codecs/', import.meta.url), isCodec);

/**
 * The first codec that knows the topic, those that learn their topics last; `'ignored'` = known and never a reading;
 * null = unknown topic.
 */
export const routeTopic = (codecs: readonly Codec[], topic: string): Route | 'ignored' | null =>
  firstOf(codecs, topic, false) ?? firstOf(codecs, topic, true);

const firstOf = (codecs: readonly Codec[], topic: string, learnsTopics: boolean): Route | 'ignored' | null => {
  for (const codec of codecs) {
    if ((codec.learnsTopics ?? false) !== learnsTopics) continue;
    const address = codec.address(topic);
    if (address !== null) return address === 'ignored' ? 'ignored' : { codec, address };
  }
  return null;
};
