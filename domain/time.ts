/** Milliseconds since 1970-01-01T00:00:00Z. Stored and compared as UTC; zones exist only at the edges. */
export type EpochMillis = number;
/** A length of time in milliseconds. */
export type Millis = number;

export const SECOND: Millis = 1_000;
export const MINUTE: Millis = 60 * SECOND;
export const HOUR: Millis = 60 * MINUTE;
export const DAY: Millis = 24 * HOUR;

export const toIso = (time: EpochMillis): string => new Date(time).toISOString();

/** A device time older than this against reception is a wrong clock (corpus rule 3). */
export const DEVICE_TIME_MAX_AGE: Millis = 90 * DAY;
/** A device time further than this in the future of reception is a wrong clock (corpus rule 3). */
export const DEVICE_TIME_MAX_AHEAD: Millis = 10 * MINUTE;
/** A reading older than this at reception is `late`: stored and shown, never rings (standards §6). */
export const LATE_AFTER: Millis = HOUR;

/** A wall-clock time without a zone, as a device displays it. `month` is 1–12. */
export interface LocalDateTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}
