import type { z } from 'zod';
import type { DeviceConfig } from '../../domain/device.js';
import type { QuarantineReason } from '../../domain/errors.js';
import type { Metric } from '../../domain/metrics.js';
import type { Quality } from '../../domain/reading.js';
import type { EpochMillis, LocalDateTime } from '../../domain/time.js';

/** A message as it came, with what MQTT and provisioning say about it. */
export interface CodecInput {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
  readonly receivedAt: EpochMillis;
  /** Provisioned configuration of the device the address names; `{}` when it is not known. */
  readonly config: DeviceConfig;
  /** Provisioned configuration of another device the message speaks of, by its identifier; `{}` when not known. */
  readonly configOf?: (device: Address) => DeviceConfig;
  /** What earlier messages left under this topic's `memoryKey` (JSON value, never to be changed); absent = nothing. */
  readonly memory?: unknown;
}

/** A time as a device tells it: absolute, or wall-clock in the device's zone. */
export type DeviceTime =
  { readonly kind: 'instant'; readonly epoch: EpochMillis } | { readonly kind: 'local'; readonly local: LocalDateTime };

/** A value as the format gives it: any UCUM unit of the metric's dimension; normalisation converts and checks. */
export interface DecodedValue {
  readonly metric: Metric;
  readonly value: number | boolean;
  readonly unit: string;
  readonly time?: DeviceTime;
  readonly quality?: Quality;
  /** The device that measured, when it is not the one the topic names: a gateway relays others in one message. */
  readonly device?: Address;
}

/** A value that was there but cannot be a reading; the others of its message are not lost with it. */
export interface RejectedValue {
  /** As the format names it; not always a known metric. */
  readonly metric: string;
  readonly reason: QuarantineReason;
  readonly detail: string;
  /** As in `DecodedValue`. */
  readonly device?: Address;
}

/** A message for the sender, on a topic of its format: the box that published is given it, if it listens. */
export interface Request {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface DecodedMessage {
  readonly values: readonly DecodedValue[];
  /** What could not be read although the rest could: an SOS must not be lost with a malformed temperature. */
  readonly rejected?: readonly RejectedValue[];
  /** The format's own key of this message (sequence, packet id, frame counter); equal keys are one message. */
  readonly sequence?: string;
  /**
   * What was broadcast, without what differs between two copies of it (relaying box, signal strength): equal ones of a
   * device within 60 s are one message (formats without a sequence that lasts).
   */
  readonly broadcast?: string;
  /** Set for availability and last-will topics: they may be read although retained and without a time. */
  readonly retainedIsCurrent?: boolean;
  /** The device as the payload names it, where the topic names only a relay; then the topic's device is not meant. */
  readonly device?: Address;
  /** Which of its users a shared device measured, as it counts them; `config.userSlots` says who that is. */
  readonly userSlot?: string;
  /** The times are those of the relay that heard the device, so they differ between copies: `sequence` tells. */
  readonly relayed?: boolean;
  /** What to remember under the topic's `memoryKey` instead (JSON value, at most 64 kB); absent = unchanged. */
  readonly memory?: unknown;
  /** What to ask the sender for; it may never answer. */
  readonly requests?: readonly Request[];
}

/** Where a topic points: the device identifier as the format writes it. */
export interface Address {
  readonly identifier: string;
  /** Other spellings of the same topic's device, to be tried in order when `identifier` is not provisioned. */
  readonly aliases?: readonly string[];
  /** The site the topic names; must be the site of the identity that published it. */
  readonly site?: string;
}

/** A message and what it gives: documentation that is run as a test. */
export interface CodecExample {
  readonly topic: string;
  /** Text, or bytes as hexadecimal digits. */
  readonly payload: string | { readonly hex: string };
  readonly config?: DeviceConfig;
  /** Messages that came before, for formats with a memory. */
  readonly given?: readonly Pick<CodecExample, 'topic' | 'payload'>[];
  /** Metric → value in the canonical unit, after normalisation. */
  readonly gives: Readonly<Partial<Record<Metric, number | boolean>>>;
}

/**
 * One message format or device family. Pure: the same input gives the same output.
 *
 * `address` says whether the topic belongs to this codec and which device it names; null = not mine. `'ignored'` =
 * mine, but never a reading (bridge and command topics). It must not look at the payload.
 * `decode` throws `DecodeError` for what it cannot read; it never returns a value it is unsure of. A message without
 * values is valid (the sensor says it has none).
 */
export interface Codec {
  readonly name: string;
  /** Validates the part of `DeviceConfig` this codec reads; shown as a form to technicians. */
  readonly configSchema?: z.ZodType;
  /** Messages identical to the byte within 60 s are one (broadcast formats without a sequence). */
  readonly rebroadcasts?: boolean;
  /**
   * The format announces its topics in messages, so any topic may be its own: it is asked for those no other codec
   * knows, and throws `DecodeError` `unknown_topic` for what nobody announced.
   */
  readonly learnsTopics?: boolean;
  readonly examples: readonly CodecExample[];
  address(topic: string): Address | 'ignored' | null;
  /**
   * For topics that several formats share: whether the payload is of this one. Those that say so are asked first, and
   * the one codec of the topic that does not ask takes what they leave.
   */
  takes?(payload: Uint8Array): boolean;
  /** The memory this topic reads and writes, shared by the topics of a site with the same key; null = none. */
  memoryKey?(topic: string): string | null;
  decode(input: CodecInput): DecodedMessage;
}
