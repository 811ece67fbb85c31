/** Where the marks of a time axis stand, in the local time of a site. Pure: hours are looked up, never computed. */
import { DAY, type EpochMillis, type Millis, MINUTE } from '../../../domain/time.js';

export interface Mark {
  readonly at: EpochMillis;
  /** Local midnight: the mark names the day. */
  readonly isDay: boolean;
}

const QUARTER: Millis = 15 * MINUTE;
const STEPS = [1, 2, 3, 4, 6, 12] as const;

const parts = new Map<string, Intl.DateTimeFormat>();
const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = parts.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  parts.set(timeZone, made);
  return made;
};

/**
 * Round local hours (or days) between two instants, at most `room` of them. A day of the change of hour is as long as
 * it was: 23 or 25 hours, and an hour that came twice is marked once.
 */
export const marksOf = (from: EpochMillis, to: EpochMillis, timeZone: string, room: number): readonly Mark[] => {
  const clock = clockOf(timeZone);
  const length = to - from;
  const byDay = length > 2 * DAY;
  const hours = byDay ? 24 : (STEPS.find((step) => length / (step * 60 * MINUTE) <= room) ?? 12);
  const found: Mark[] = [];
  let last = '';
  for (let at = Math.ceil(from / QUARTER) * QUARTER; at <= to; at += QUARTER) {
    const [hour = 0, minute = 0] = clock.format(at).split(':').map(Number);
    const label = `${hour}`;
    if (minute === 0 && hour % hours === 0 && label !== last) found.push({ at, isDay: hour === 0 });
    if (minute === 0) last = label;
  }
  const every = Math.max(1, Math.ceil(found.length / Math.max(1, room)));
  return found.filter((_, index) => (found.length - 1 - index) % every === 0);
};
