import type { MqttIdentity } from '../domain/device.js';
import type { EpochMillis, Millis } from '../domain/time.js';

/** What one client may ask of the broker. Every number bounds memory or time that somebody else would pay for. */
export interface Limits {
  /** Whole packet, before CONNECT is accepted: a will is at most 64 KiB, so nothing honest is larger. */
  readonly connectBytes: number;
  /** Whole packet afterwards; above the 1 MB that still gets a quarantine row with its reason. */
  readonly packetBytes: number;
  readonly connections: number;
  /** Beyond it, the identity's oldest connection is closed: a device behind a dead link must be able to come back. */
  readonly connectionsPer: Readonly<Record<MqttIdentity['kind'], number>>;
  /** Messages per second and identity; faster senders are slowed down, never cut. 0 = unlimited. */
  readonly messagesPerSecond: Readonly<Record<MqttIdentity['kind'], number>>;
  /** Seconds of full rate that may come at once: a box that empties its buffer after an outage. */
  readonly burstSeconds: number;
  /** QoS 2 publishes waiting for PUBREL, per connection. */
  readonly inflight: number;
  readonly subscriptionsPer: Readonly<Record<MqttIdentity['kind'], number>>;
  readonly topicLevels: number;
  readonly topicLength: number;
  /** QoS 1 and 2 messages kept for a disconnected service. */
  readonly queued: number;
  /** Persistent sessions of services, and how long a disconnected one is kept. */
  readonly sessions: number;
  readonly sessionExpiry: Millis;
  readonly retainedTopicsPerIdentity: number;
  readonly connectTimeout: Millis;
  /** A subscriber that does not read is disconnected after this long: until then it may stall others. */
  readonly drainTimeout: Millis;
  readonly keepaliveSeconds: number;
  readonly clientIdLength: number;
}

export const DEFAULT_LIMITS: Limits = {
  connectBytes: 72 * 1024,
  packetBytes: 2 * 1024 * 1024,
  connections: 15_000,
  connectionsPer: { device: 4, box: 8, service: 64 },
  messagesPerSecond: { device: 20_000, box: 50_000, service: 0 },
  burstSeconds: 2,
  inflight: 1_000,
  subscriptionsPer: { device: 8, box: 32, service: 256 },
  topicLevels: 24,
  topicLength: 1_024,
  queued: 1_000,
  sessions: 64,
  sessionExpiry: 24 * 3_600_000,
  retainedTopicsPerIdentity: 2_000,
  connectTimeout: 10_000,
  drainTimeout: 5_000,
  keepaliveSeconds: 600,
  clientIdLength: 256,
};

/** Why a topic or filter is refused by size; null = it is not. */
export const topicFault = (topic: string, limits: Limits): 'too_long' | 'too_deep' | null => {
  if (topic.length > limits.topicLength) return 'too_long';
  let levels = 1;
  for (let i = 0; i < topic.length; i++) if (topic.charCodeAt(i) === 47) levels++;
  return levels > limits.topicLevels ? 'too_deep' : null;
};

export interface Pacer {
  /** Runs `go` now, or as soon as the rate allows, always in the order of the calls. False = it was delayed. */
  pass(go: () => void): boolean;
  stop(): void;
}

/** A token bucket of `rate` per second that delays instead of refusing: the sender's own socket slows it down. */
export const createPacer = (rate: number, burst: number, now: () => EpochMillis): Pacer => {
  let tokens = burst;
  let filledAt = now();
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | null = null;

  const refill = (): void => {
    const at = now();
    tokens = Math.min(burst, tokens + (Math.max(0, at - filledAt) * rate) / 1_000);
    filledAt = at;
  };
  const release = (): void => {
    timer = null;
    refill();
    const count = Math.min(waiting.length, Math.floor(tokens));
    tokens -= count;
    const ready = waiting.splice(0, count);
    if (waiting.length > 0) schedule();
    for (const go of ready) go();
  };
  const schedule = (): void => {
    timer ??= setTimeout(release, Math.max(5, Math.ceil(((1 - tokens) * 1_000) / rate)));
  };

  return {
    pass(go) {
      if (rate <= 0) {
        go();
        return true;
      }
      if (waiting.length === 0) {
        if (tokens < 1) refill();
        if (tokens >= 1) {
          tokens--;
          go();
          return true;
        }
      }
      waiting.push(go);
      schedule();
      return false;
    },
    stop() {
      if (timer) clearTimeout(timer);
      timer = null;
      const rest = waiting;
      waiting = [];
      for (const go of rest) go();
    },
  };
};
