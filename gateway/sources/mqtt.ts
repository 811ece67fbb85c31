import type { EpochMillis } from '../../domain/time.js';
import type { PartReport } from '../../platform/health.js';
import { openIntake } from '../../platform/intake.js';
import { laneOf } from '../../platform/lanes.js';
import type { Log } from '../../platform/log.js';
import type { Inbox, IncomingMessage } from '../../platform/store/inbox.js';
import { addressOf, storable } from '../../platform/topics.js';
import { openMqttLink, type ForeignMessage } from './mqtt-link.js';

export interface MqttSourceOptions {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Group of the shared subscription; '' = plain subscriptions (then only one gateway may run). */
  readonly shareGroup: string;
  /** The broker keeps our queue under this name: it must be the same after a restart, and no other gateway's. */
  readonly clientId: string;
  readonly inbox: Pick<Inbox, 'append'>;
  readonly log: Log;
  readonly accepted?: { inc(): void };
  /** Filters without the `$share/…` prefix; defaults: contract §4. */
  readonly topics?: { readonly alarm: readonly string[]; readonly ordinary: readonly string[] };
  /** Skips MQTT 5 for a broker known to speak 3.1.1 only; otherwise found out. */
  readonly protocolVersion?: 4 | 5;
  readonly now?: () => EpochMillis;
}

export interface MqttSource {
  readonly name: 'mqtt';
  /** `degraded` while a connection is missing or a subscription is refused. */
  health(): PartReport;
  /** Stores and acknowledges what was received, then disconnects; the broker queues from then on. */
  close(): Promise<void>;
}

/** What rings has a connection of its own, so that it never waits behind a backlog of readings. */
export const FOREIGN_TOPICS = {
  alarm: ['vigie/v1/+/+/events', 'site/+/vigie/v1/+/+/events'],
  ordinary: ['vigie/v1/+/+/readings', 'site/#'],
} as const;

/** A larger payload cannot be a measurement; its beginning is kept, so that it ends in quarantine with its reason. */
const MOST_BYTES = 2 * 1024 * 1024;

/** The inbox row of a message on somebody else's broker: the `site/{site}/` prefix says whose it is and is taken off. */
export const toIncoming = (message: ForeignMessage, receivedAt: EpochMillis): IncomingMessage => {
  const { site, topic } = addressOf(storable(message.topic));
  return {
    site,
    identity: 'mqtt:foreign',
    topic,
    payload: message.payload.subarray(0, MOST_BYTES),
    retained: message.retain,
    dup: message.dup,
    lane: laneOf(topic),
    receivedAt,
  };
};

/**
 * Source `mqtt`: takes messages from another broker into the inbox and acknowledges each one after its commit. Resolves
 * at once; connects, and comes back after a failure, by itself.
 */
export const startMqttSource = async (options: MqttSourceOptions): Promise<MqttSource> => {
  const { shareGroup, clientId, inbox, log, accepted, now = Date.now } = options;
  const topics = options.topics ?? FOREIGN_TOPICS;
  const intake = openIntake({
    inbox,
    now,
    onStoreError: (error) => log.error({ err: error }, 'mqtt source: messages cannot be stored, none is acknowledged'),
    onStoreRecovered: () => log.info('mqtt source: messages are stored again'),
  });
  const link = (name: 'alarm' | 'ordinary') =>
    openMqttLink({
      ...options,
      clientId: name === 'alarm' ? `${clientId}-alarm` : clientId,
      filters: topics[name].map((topic) => (shareGroup ? `$share/${shareGroup}/${topic}` : topic)),
      log: log.child({ link: name }),
      receive: (message, stored) =>
        intake.push(toIncoming(message, now()), (error) => {
          if (!error) accepted?.inc();
          stored(error);
        }),
    });
  const links = [link('alarm'), link('ordinary')];

  return {
    name: 'mqtt',
    health() {
      const faults = links.map(({ fault }) => fault()).filter((fault) => fault !== null);
      const since = intake.failingSince();
      if (since !== null) faults.unshift(`the inbox has refused messages since ${new Date(since).toISOString()}`);
      return faults.length === 0 ? { state: 'ok' } : { state: 'degraded', detail: faults.join('; ') };
    },
    async close() {
      for (const { pause } of links) pause();
      await intake.close();
      await Promise.all(links.map(({ close }) => close()));
    },
  };
};
