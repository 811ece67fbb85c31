import { z } from 'zod';
import { DAY, HOUR, MINUTE, type EpochMillis, type Millis } from '../../domain/time.js';

/** Zone offsets only ever change on a quarter of an hour. */
const BLOCK = 15 * MINUTE;
const MOST_OFFSETS_KEPT = 5_000;
const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Millis>();

const formatterOf = (zone: string): Intl.DateTimeFormat => {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formatters.set(zone, made);
  return made;
};

const offsetAt = (time: EpochMillis, zone: string): Millis => {
  const block = Math.floor(time / BLOCK) * BLOCK;
  const key = `${zone} ${block}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const part: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(block)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
  const offset = Date.UTC(year, month - 1, day, hour, minute) - block;
  if (offsets.size >= MOST_OFFSETS_KEPT) offsets.clear();
  offsets.set(key, offset);
  return offset;
};

/** A wall-clock time of day, « 22:00 ». */
export const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM');

/** `HH:MM` in milliseconds since midnight. */
export const sinceMidnight = (clock: string): Millis => {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * HOUR + minutes * MINUTE;
};

/** What a wall clock of the zone shows: days since 1970-01-01 there, and milliseconds since its midnight. */
export const localTime = (time: EpochMillis, zone: string): { readonly day: number; readonly clock: Millis } => {
  const wall = time + offsetAt(time, zone);
  const day = Math.floor(wall / DAY);
  return { day, clock: wall - day * DAY };
};

/**
 * The instant at which the clock of the zone shows `clock` on a local day. An hour that the clock skips is taken as
 * far after the change as it was wanted before; one that comes twice is its first.
 */
export const instantOf = (day: number, clock: Millis, zone: string): EpochMillis => {
  const wall = day * DAY + clock;
  const [before, after] = [wall - offsetAt(wall - DAY, zone), wall - offsetAt(wall + DAY, zone)];
  for (const candidate of [Math.min(before, after), Math.max(before, after)])
    if (candidate + offsetAt(candidate, zone) === wall) return candidate;
  return before;
};

/** The next instant after `time` at which the clock of the zone shows `clock`. */
export const nextAt = (time: EpochMillis, clock: Millis, zone: string): EpochMillis => {
  const { day } = localTime(time, zone);
  const today = instantOf(day, clock, zone);
  return today > time ? today : instantOf(day + 1, clock, zone);
};

/** A part of the day that may pass midnight, e.g. 22:00 to 06:00. */
export interface Band {
  readonly from: string;
  readonly to: string;
}

/** Whether the clock of the zone shows a time in [from, to). */
export const isWithin = (time: EpochMillis, { from, to }: Band, zone: string): boolean => {
  const { clock } = localTime(time, zone);
  const [start, end] = [sinceMidnight(from), sinceMidnight(to)];
  return start <= end ? clock >= start && clock < end : clock >= start || clock < end;
};

/** « 22:05 », as a clock of the zone shows it. */
export const clockText = (time: EpochMillis, zone: string): string => {
  const { clock } = localTime(time, zone);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(clock / HOUR)}:${two((clock % HOUR) / MINUTE)}`;
};
