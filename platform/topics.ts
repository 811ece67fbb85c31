/** Where a message on somebody else's broker belongs (contract §4). */
export interface Address {
  /** Null = the topic does not say. */
  readonly site: string | null;
  /** The topic as the format wrote it. */
  readonly topic: string;
}

const PREFIXED = /^site\/([^/]+)\/(.+)$/s;
const VIGIE = /^vigie\/v1\/([^/]+)\/([^/]+)\/(.+)$/s;

/** `site/{site}/zigbee2mqtt/x` → that site and `zigbee2mqtt/x`; `vigie/v1/{site}/…` names its own site and stays whole. */
export const addressOf = (topic: string): Address => {
  const prefixed = PREFIXED.exec(topic);
  if (prefixed) return { site: prefixed[1]!, topic: prefixed[2]! };
  return { site: VIGIE.exec(topic)?.[1] ?? null, topic };
};

/** The device and command of `vigie/v1/{site}/{device}/commands/…`, else null. */
export const commandAddress = (topic: string): { site: string; device: string } | null => {
  const [, site, device, rest] = VIGIE.exec(topic) ?? [];
  return site && device && rest?.startsWith('commands/') ? { site, device } : null;
};

// U+FFFD is what ill-formed UTF-8 decodes to; U+0000 is forbidden by [MQTT-1.5.3-2] and cannot be stored by PostgreSQL.
// eslint-disable-next-line no-control-regex
const ILL_FORMED = /[\u0000\uFFFD]/;

/** True when the topic on the wire was not the UTF-8 that [MQTT-1.5.3-1] and [MQTT-1.5.3-2] ask for. */
export const isIllFormed = (topic: string): boolean => ILL_FORMED.test(topic);

/** The topic with U+0000 replaced by U+FFFD: it can be stored and is still recognised as ill-formed. */
export const storable = (topic: string): string => topic.replaceAll('\u0000', '\uFFFD');
