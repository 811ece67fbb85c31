import { DAY, HOUR, type EpochMillis, type LocalDateTime, MINUTE, SECOND } from '../domain/time.js';

/** Zone offsets only ever change on a quarter of an hour. */
const BLOCK = 15 * MINUTE;
const MOST_OFFSETS_KEPT = 5_000;
const formatters = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

const formatter = (zone: string): Intl.DateTimeFormat => {
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
    second: 'numeric',
  });
  formatters.set(zone, made);
  return made;
};

const offsetAt = (time: EpochMillis, zone: string): number => {
  const block = Math.floor(time / BLOCK) * BLOCK;
  const key = `${zone} ${block}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const part: Record<string, number> = {};
  for (const { type, value } of formatter(zone).formatToParts(block)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) - block;
  if (offsets.size >= MOST_OFFSETS_KEPT) offsets.clear();
  offsets.set(key, offset);
  return offset;
};

/** Milliseconds shown by a wall clock of the zone, counted as if the zone were UTC. */
export const wallClock = (time: EpochMillis, zone: string): number => time + offsetAt(time, zone);

/** The instant at which a wall clock of the zone shows this; in a repeated hour, the first of the two. */
export const fromWallClock = (wall: number, zone: string): EpochMillis => {
  const guess = wall - offsetAt(wall - 12 * HOUR, zone);
  return wallClock(guess, zone) === wall ? guess : wall - offsetAt(wall + 12 * HOUR, zone);
};

/** Days since 1970 and hours since midnight, as lived in the zone. */
export const localDay = (time: EpochMillis, zone: string): { day: number; hour: number } => {
  const wall = wallClock(time, zone);
  const day = Math.floor(wall / DAY);
  return { day, hour: (wall - day * DAY) / HOUR };
};

/** What the clock of a device set to local time shows, to the second. */
export const toLocal = (time: EpochMillis, zone: string): LocalDateTime => {
  const wall = new Date(Math.floor(wallClock(time, zone) / SECOND) * SECOND);
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
  };
};
