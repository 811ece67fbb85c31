import { hash } from 'node:crypto';
import type { DeviceId, MessageKey, ReadingId, ResidentId, SiteId } from './ids.js';
import type { Metric } from './metrics.js';
import type { EpochMillis } from './time.js';

export type Quality = 'good' | 'questionable';

/** One metric at one time from one device, in the canonical UCUM unit of the metric table. */
export interface Reading {
  readonly id: ReadingId;
  readonly site: SiteId;
  /** Who had the device when it was measured; null when the device watches a room. */
  readonly resident: ResidentId | null;
  readonly room: string | null;
  readonly device: DeviceId;
  readonly metric: Metric;
  readonly value: number | boolean;
  readonly time: EpochMillis;
  readonly receivedAt: EpochMillis;
  readonly quality: Quality;
  /** Measured more than `LATE_AFTER` before it was received: stored and shown, never rings. */
  readonly late: boolean;
  readonly message: MessageKey;
  /** What the device said, when it spoke in another UCUM unit (glucose only: ANS wants to see it). */
  readonly original?: OriginalValue;
}

export interface OriginalValue {
  readonly value: number;
  readonly unit: string;
}

/** What makes a reading itself: the same measurement received twice gives the same identity. */
export type ReadingIdentity = Pick<Reading, 'device' | 'metric' | 'time' | 'value'>;

/**
 * Deterministic reading id: 32 hexadecimal digits of SHA-256 over device, metric, time and value.
 * The same id gives the same InfluxDB point, the same FHIR identifier and the same alert evidence.
 */
export const readingId = ({ device, metric, time, value }: ReadingIdentity): ReadingId =>
  hash('sha256', `${device}\n${metric}\n${time}\n${value}`, 'hex').slice(0, 32) as ReadingId;
