import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import type { Log } from '../../platform/log.js';
import { backoff } from '../../platform/retry.js';
import { deferAcknowledgements } from './deferred-ack.js';

export interface ForeignMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** Delivered because of the subscription, not because it was just published [MQTT-3.3.1-8]. */
  readonly retain: boolean;
  readonly dup: boolean;
}
export interface MqttLinkOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly clientId: string;
  readonly filters: readonly string[];
  readonly protocolVersion?: 4 | 5;
  /** Must call `stored` once: null after the commit, an error when the message must be delivered again. */
  readonly receive: (message: ForeignMessage, stored: (error: Error | null) => void) => void;
  readonly log: Log;
}
export interface MqttLink {
  /** What is wrong now; null = connected and subscribed to everything. */
  fault(): string | null;
  /** Takes no further message; what was taken can still be acknowledged. */
  pause(): void;
  close(): Promise<void>;
}

/** Unacknowledged messages we take at once (MQTT 5: Receive Maximum). */
export const WINDOW = 500;
const PACKET_BYTES = 4 * 1024 * 1024;
/** How long the broker keeps our queue while we are away. MQTT 3.1.1 has no such limit of ours. */
const SESSION_EXPIRY_SECONDS = 7 * 24 * 3_600;
const RECONNECT = { first: 250, most: 30_000 };
const CONNECT_TIMEOUT = 10_000;
const GOODBYE = 1_000;

/** CONNACK codes that mean "not this protocol version": 0x84 in MQTT 5, 1 from a broker that only knows 3.1.1. */
const OTHER_VERSION = [0x84, 1];

const reason = (error: unknown): string => {
  const { code, message } = error as { code?: string | number; message?: string };
  return code === undefined ? (message ?? 'failed') : `${code}`;
};

/**
 * One connection to a broker, kept up: a new client for every attempt, so that no acknowledgement of an old connection
 * can reach a new one. The session (and the queue) stays with the broker: MQTT 5 first, 3.1.1 where 5 is refused.
 */
export const openMqttLink = (options: MqttLinkOptions): MqttLink => {
  const { url, username, password, clientId, filters, receive, log } = options;
  let version: 4 | 5 = options.protocolVersion ?? 5;
  let client: MqttClient | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failures = 0;
  let fault: string | null = 'not connected yet';
  let paused = false;
  let closed = false;

  const settings = (): IClientOptions => ({
    clientId,
    protocolVersion: version,
    clean: false,
    reconnectPeriod: 0,
    resubscribe: false,
    connectTimeout: CONNECT_TIMEOUT,
    keepalive: 30,
    manualConnect: true,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(version === 5
      ? {
          properties: {
            sessionExpiryInterval: SESSION_EXPIRY_SECONDS,
            receiveMaximum: WINDOW,
            maximumPacketSize: PACKET_BYTES,
          },
        }
      : {}),
  });

  /**
   * On every connection, also when the broker still has our session: Mosquitto killed with -9 may come back with the
   * session and without its subscriptions. Retain Handling 1 keeps MQTT 5 brokers from sending retained state again.
   * QoS 1: more would cost a round trip and bring nothing, duplicates are harmless.
   */
  const subscribe = async (current: MqttClient): Promise<void> => {
    const refused: string[] = [];
    for (const filter of filters)
      await current.subscribeAsync(filter, { qos: 1, ...(version === 5 ? { rh: 1 } : {}) }).then(
        (grants) => {
          if (grants.some(({ qos }) => qos >= 0x80)) refused.push(filter);
        },
        () => refused.push(filter),
      );
    if (current !== client || !current.connected) return;
    if (refused.length === filters.length) {
      fault = 'every subscription was refused';
      current.stream.destroy();
      return;
    }
    failures = 0;
    fault = refused.length > 0 ? `subscription refused: ${refused.join(', ')}` : null;
    if (fault) log.error({ refused }, 'mqtt source: subscription refused');
    else log.info({ version }, 'mqtt source: subscribed');
  };

  const connectAgain = (): void => {
    if (closed || timer) return;
    const pause = backoff(++failures, RECONNECT);
    timer = setTimeout(open, pause);
  };

  const open = (): void => {
    timer = null;
    const current = connect(url, settings());
    client = current;
    let answered = false;
    deferAcknowledgements(current, WINDOW, (packet: IPublishPacket, stored) => {
      if (paused) return; // never answered: the broker delivers it again
      const { topic, payload, retain, dup } = packet;
      receive({ topic, payload: payload as Buffer, retain, dup }, stored);
    });
    current.on('connect', ({ sessionPresent }) => {
      answered = true;
      log.info({ version, sessionPresent }, 'mqtt source: connected');
      void subscribe(current);
    });
    current.on('error', (error) => {
      answered = true;
      fault = `not connected: ${reason(error)}`;
      if (version === 5 && OTHER_VERSION.includes((error as { code?: number }).code ?? 0)) {
        version = 4;
        failures = 0;
        log.info('mqtt source: the broker does not speak MQTT 5, using 3.1.1');
      } else log.warn({ reason: reason(error) }, 'mqtt source: connection failed');
    });
    current.on('close', () => {
      if (current !== client) return;
      // A broker that hangs up on an MQTT 5 CONNECT without a word may speak 3.1.1; the next attempt asks again.
      if (!answered && options.protocolVersion === undefined) version = version === 5 ? 4 : 5;
      client = null;
      fault = fault ?? 'connection lost';
      current.end(true);
      connectAgain();
    });
    current.connect();
  };
  open();

  return {
    fault: () => fault,
    pause: () => void (paused = true),
    async close() {
      closed = true;
      if (timer) clearTimeout(timer);
      const last = client;
      client = null;
      if (!last) return;
      last.on('error', () => {});
      await Promise.race([
        last.endAsync(!last.connected),
        new Promise((resolve) => setTimeout(resolve, GOODBYE).unref()),
      ]);
      last.stream?.destroy();
    },
  };
};
