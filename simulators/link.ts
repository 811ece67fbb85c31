import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Millis } from '../domain/time.js';
import type { Log } from '../platform/log.js';

export interface LinkMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}
export interface LinkOptions {
  readonly brokerUrl: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly reconnectAfter: Millis;
  /** Said on every connection, and taken back by the broker when the connection dies. */
  readonly presence?: { readonly birth: LinkMessage; readonly will: LinkMessage };
  readonly log: Log;
}
export interface LinkCounts {
  readonly sent: number;
  readonly acknowledged: number;
  readonly waiting: number;
  /** Oldest messages given up because the memory was full. */
  readonly dropped: number;
}

/** Memory of a device, in messages: more than an hour of a wearable. */
const MEMORY = 1_000;
/** Unacknowledged messages at a time, as small MQTT stacks do. */
const WINDOW = 20;
const KEEPALIVE_SECONDS = 30;
const CONNECT_TIMEOUT: Millis = 10_000;
const GOODBYE: Millis = 2_000;

/**
 * The MQTT connection of one identity, as a real device has it: QoS 1, a bounded memory while the broker is away
 * (the oldest message goes first), everything unacknowledged sent again after a reconnection.
 */
export class Link {
  readonly #client: MqttClient;
  readonly #options: LinkOptions;
  readonly #memory: LinkMessage[] = [];
  #inflight = 0;
  #sent = 0;
  #acknowledged = 0;
  #dropped = 0;
  #stopping = false;
  #complained = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    const { brokerUrl, clientId, username, password, presence, reconnectAfter, log } = options;
    const settings: IClientOptions = {
      clientId,
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT,
      reconnectPeriod: reconnectAfter,
      reconnectOnConnackError: true,
      queueQoSZero: false,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(presence ? { will: { ...presence.will, payload: Buffer.from(presence.will.payload), qos: 1 } } : {}),
    };
    this.#client = mqtt.connect(brokerUrl, settings);
    this.#client.on('connect', () => {
      this.#complained = false;
      if (presence) this.#publish(presence.birth);
      this.#pump();
    });
    this.#client.on('error', (error) => {
      // One line per outage: mqtt.js tries again for ever.
      if (!this.#complained) log.warn({ identity: clientId, reason: error.message }, 'simulated device cannot connect');
      this.#complained = true;
    });
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  /** False when one more message would push the oldest out of the memory. */
  get hasRoom(): boolean {
    return this.#memory.length < MEMORY - 1;
  }

  get counts(): LinkCounts {
    const waiting = this.#memory.length + this.#inflight;
    return { sent: this.#sent, acknowledged: this.#acknowledged, waiting, dropped: this.#dropped };
  }

  send(message: LinkMessage): void {
    if (this.#stopping) return;
    this.#memory.push(message);
    if (this.#memory.length > MEMORY) {
      this.#memory.shift();
      this.#dropped++;
    }
    this.#pump();
  }

  /** Waits a moment for acknowledgements, then closes the connection. What is still unsent is forgotten. */
  async stop(): Promise<void> {
    const deadline = Date.now() + GOODBYE;
    while (this.#client.connected && this.#memory.length + this.#inflight > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    this.#stopping = true;
    await this.#client.endAsync(!this.#client.connected || this.#inflight > 0);
  }

  #pump(): void {
    while (this.#client.connected && this.#inflight < WINDOW) {
      const message = this.#memory.shift();
      if (!message) return;
      this.#publish(message);
    }
  }

  #publish({ topic, payload, retain }: LinkMessage): void {
    this.#inflight++;
    this.#sent++;
    this.#client.publish(topic, Buffer.from(payload), { qos: 1, retain }, (error) => {
      this.#inflight--;
      if (!error) this.#acknowledged++;
      else if (!this.#stopping)
        this.#options.log.warn(
          { identity: this.#options.clientId, reason: error.message },
          'simulated message was not sent',
        );
      if (!this.#stopping) this.#pump();
    });
  }
}
