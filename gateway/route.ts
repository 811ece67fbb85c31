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

/** Who may read a topic, in the order in which they are asked; `'ignored'` = known and never a reading; null = unknown. */
export type Routes = readonly Route[] | 'ignored' | null;

/**
 * The codecs that know the topic: those that tell by the payload (`takes`) and the first that does not; those that
 * learn their topics only where no other knows it.
 */
export const routesOf = (codecs: readonly Codec[], topic: string): Routes =>
  allOf(codecs, topic, false) ?? allOf(codecs, topic, true);

const allOf = (codecs: readonly Codec[], topic: string, learnsTopics: boolean): Routes => {
  const choosy: Route[] = [];
  let rest: Route | 'ignored' | null = null;
  for (const codec of codecs) {
    if ((codec.learnsTopics ?? false) !== learnsTopics || (rest !== null && !codec.takes)) continue;
    const address = codec.address(topic);
    if (address === null) continue;
    if (codec.takes && address !== 'ignored') choosy.push({ codec, address });
    else rest ??= address === 'ignored' ? 'ignored' : { codec, address };
  }
  if (choosy.length === 0) return rest === null || rest === 'ignored' ? rest : [rest];
  return rest === null || rest === 'ignored' ? choosy : [...choosy, rest];
};

/** Who reads this payload of a topic; null also when none of its codecs takes it. */
export const routeFor = (routes: Routes, payload: Uint8Array): Route | 'ignored' | null =>
  routes === null || routes === 'ignored'
    ? routes
    : (routes.find(({ codec }) => codec.takes?.(payload) ?? true) ?? null);

/** The codec and device of a message; `'ignored'` = known and never a reading; null = nobody reads it. */
export const routeMessage = (
  codecs: readonly Codec[],
  { topic, payload }: { readonly topic: string; readonly payload: Uint8Array },
): Route | 'ignored' | null => routeFor(routesOf(codecs, topic), payload);

/** As `routeMessage`, of a topic alone: the first codec that knows it. */
export const routeTopic = (codecs: readonly Codec[], topic: string): Route | 'ignored' | null => {
  const routes = routesOf(codecs, topic);
  return routes === null || routes === 'ignored' ? routes : (routes[0] as Route);
};
