import type { MqttIdentity } from '../domain/device.js';
import { laneOf, type Lane } from '../platform/lanes.js';
import { addressOf, commandAddress, isIllFormed, storable } from '../platform/topics.js';

/** What becomes of a publish: refused, a message for the inbox, or a command for a device. */
export type Route =
  | { readonly kind: 'refused'; readonly reason: RefusedTopic }
  | {
      readonly kind: 'inbox';
      readonly site: string | null;
      readonly topic: string;
      readonly lane: Lane;
      readonly illFormed: boolean;
    }
  | { readonly kind: 'command'; readonly device: string };
export type RefusedTopic = 'reserved' | 'not_own' | 'no_site' | 'shared' | 'wildcard' | 'too_long' | 'too_deep';

/** The string stored with every message of this identity. */
export const identityKey = (identity: MqttIdentity): string => `${identity.kind}:${identity.id}`;

const refused = (reason: RefusedTopic): Route => ({ kind: 'refused', reason });
const accepted = (site: string | null, topic: string): Route => ({
  kind: 'inbox',
  site,
  topic: storable(topic),
  lane: laneOf(topic),
  illFormed: isIllFormed(topic),
});
/** At least one character below the prefix. */
const isBelow = (topic: string, prefix: string): boolean => topic.startsWith(prefix) && topic.length > prefix.length;

/** Topics a box may not touch unless they are below its own name. */
const boxTopic = (site: string, id: string, topic: string): Route => {
  if (topic.startsWith('vigie/'))
    return isBelow(topic, `vigie/v1/${site}/${id}/`) ? accepted(site, topic) : refused('not_own');
  if (topic.startsWith('gatt/')) return isBelow(topic, `gatt/${id}/`) ? accepted(site, topic) : refused('not_own');
  return topic.startsWith('site/') ? refused('reserved') : accepted(site, topic);
};

const serviceTopic = (topic: string): Route => {
  const command = commandAddress(topic);
  if (command) return { kind: 'command', device: command.device };
  const { site, topic: own } = addressOf(topic);
  return site === null ? refused('no_site') : accepted(site, own);
};

/**
 * May this identity publish here, and where does it go? Default: no. A device: below `vigie/v1/{site}/{own id}/`.
 * A box: the topics of the formats it relays, in its own name. A service: anywhere that names its site, and commands.
 */
export const publishRoute = (identity: MqttIdentity, topic: string): Route => {
  if (topic.startsWith('$')) return refused('reserved');
  switch (identity.kind) {
    case 'device':
      return isBelow(topic, `vigie/v1/${identity.site}/${identity.id}/`)
        ? accepted(identity.site, topic)
        : refused('not_own');
    case 'box':
      return boxTopic(identity.site, identity.id, topic);
    case 'service':
      return serviceTopic(topic);
  }
};

/** Commands of the Sparkplug specification for one edge node or device; only the command desk's are ever forwarded. */
const SPARKPLUG_COMMANDS = /^spBv1\.0\/[^/+#]+\/[ND]CMD\/[^/+#]+(?:\/[^/+#]+)*(?:\/#)?$/;

/**
 * Why this identity may not subscribe to `filter`; null = it may. Devices and boxes see their own commands and nothing
 * else. Shared subscriptions are refused to everybody: aedes would grant them and never deliver (stack.md §3.1).
 */
export const subscribeFault = (identity: MqttIdentity, filter: string): RefusedTopic | null => {
  if (filter.startsWith('$share/')) return 'shared';
  if (identity.kind === 'service') return null;
  const own = `vigie/v1/${identity.site}/${identity.id}/commands`;
  if (filter === own || filter.startsWith(`${own}/`)) return null;
  if (filter.startsWith('$')) return 'reserved';
  if (identity.kind === 'box' && SPARKPLUG_COMMANDS.test(filter)) return null;
  return /[+#]/.test(filter) ? 'wildcard' : 'not_own';
};
