import { Temporal } from 'temporal-polyfill';
import { DEVICE_TIME_MAX_AGE, DEVICE_TIME_MAX_AHEAD, type EpochMillis, type LocalDateTime } from '../domain/time.js';
import type { DeviceTime } from './codecs/codec.js';

export interface ClockContext {
  readonly receivedAt: EpochMillis;
  /** IANA zone of the device's wall clock. */
  readonly timezone: string;
}

/**
 * The instant a device means (corpus rule 3), or null when its clock is wrong: no such date, older than
 * `DEVICE_TIME_MAX_AGE` or further ahead than `DEVICE_TIME_MAX_AHEAD` of the reception.
 */
export const resolveDeviceTime = (time: DeviceTime, context: ClockContext): EpochMillis | null => {
  const epoch = time.kind === 'instant' ? Math.round(time.epoch) : resolveLocalTime(time.local, context);
  if (epoch === null) return null;
  const { receivedAt } = context;
  return epoch >= receivedAt - DEVICE_TIME_MAX_AGE && epoch <= receivedAt + DEVICE_TIME_MAX_AHEAD ? epoch : null;
};

/**
 * A wall-clock time as UTC. Where the clock was put back, two instants show it; where it was put forward, none does,
 * and a device whose clock was not moved yet or was moved too early shows it. Both ways the instant closest to, and
 * not after, the reception is meant; when both are after it, the earlier. Null when there is no such date or hour.
 */
export const resolveLocalTime = (local: LocalDateTime, { receivedAt, timezone }: ClockContext): EpochMillis | null => {
  const wallClock = plainDateTime(local);
  if (!wallClock) return null;
  const at = (disambiguation: 'earlier' | 'later'): EpochMillis =>
    wallClock.toZonedDateTime(timezone, { disambiguation }).epochMilliseconds;
  const later = at('later');
  return later <= receivedAt ? later : at('earlier');
};

const plainDateTime = (local: LocalDateTime): Temporal.PlainDateTime | null => {
  try {
    return Temporal.PlainDateTime.from({ ...local }, { overflow: 'reject' });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
};
