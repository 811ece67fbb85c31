/** Numbers, times and lengths as people read them. Pure: zone, language and « now » come in. */
import { type Metric, metricDefinition } from '../../../domain/metrics.js';
import { DAY, type EpochMillis, HOUR, type Millis, MINUTE, SECOND } from '../../../domain/time.js';
import type { Language } from './index.js';

const NARROW = '\u202f';

/** « 40 s », « 6 min », « 2 h 10 », « 3 j »: what is left of a unit is rounded down. */
export const duration = (length: Millis, language: Language): string => {
  const ms = Math.max(0, length);
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}${NARROW}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}${NARROW}min`;
  if (ms < DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return `${Math.floor(ms / HOUR)}${NARROW}h${NARROW}${String(minutes).padStart(2, '0')}`;
  }
  return `${Math.floor(ms / DAY)}${NARROW}${language === 'fr' ? 'j' : 'd'}`;
};

/** « 7 min 12 s » under an hour, then like `duration`. */
export const preciseDuration = (length: Millis, language: Language): string => {
  const ms = Math.max(0, length);
  if (ms < MINUTE || ms >= HOUR) return duration(ms, language);
  const seconds = String(Math.floor((ms % MINUTE) / SECOND)).padStart(2, '0');
  return `${duration(ms, language)} ${seconds}${NARROW}s`;
};

/** « 18:20 », « 1:02:05 »; zero once it is over. */
export const countdown = (left: Millis): string => {
  const seconds = Math.max(0, Math.ceil(left / SECOND));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};

export interface Formats {
  readonly language: Language;
  /** « 14:02 » */
  time(at: EpochMillis): string;
  /** « 14:02:50 » */
  exactTime(at: EpochMillis): string;
  /** « mar. 10 mars » */
  day(at: EpochMillis): string;
  /** « 14:02 » on the day of `now`, « lun. 14:02 » within a week, « 3 mars » beyond. */
  moment(at: EpochMillis, now: EpochMillis): string;
  /** « 40 s », « 2 h 10 »; a date beyond a day. */
  age(at: EpochMillis, now: EpochMillis): string;
  /** « 12 janv. » */
  date(at: EpochMillis): string;
  /** « 14 mai 1936 » from a date without time (`1936-05-14`). */
  birth(date: string): string;
  /** A value with the decimals of its metric and no unit. */
  value(metric: Metric, value: number): string;
  number(value: number): string;
  list(words: readonly string[]): string;
}

const build = (language: Language, timeZone: string): Formats => {
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB';
  const at = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const short = at({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const exact = at({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const day = at({ weekday: 'short', day: 'numeric', month: 'long' });
  const weekday = at({ weekday: 'short' });
  const date = at({ day: 'numeric', month: 'short' });
  const key = at({ year: 'numeric', month: '2-digit', day: '2-digit' });
  const birth = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' });
  const decimals = [0, 1, 2].map(
    (digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  return {
    language,
    time: (time) => short.format(time),
    exactTime: (time) => exact.format(time),
    day: (time) => day.format(time),
    moment: (time, now) => {
      if (key.format(time) === key.format(now)) return short.format(time);
      return Math.abs(now - time) < 6 * DAY ? `${weekday.format(time)} ${short.format(time)}` : date.format(time);
    },
    age: (time, now) => (now - time < DAY ? duration(now - time, language) : date.format(time)),
    date: (time) => date.format(time),
    birth: (text) => birth.format(Date.parse(text)),
    value: (metric, value) => (decimals[metricDefinition(metric).decimals] ?? plain).format(value),
    number: (value) => plain.format(value),
    list: (words) => list.format(words),
  };
};

const cache = new Map<string, Formats>();

/** The formats of a language in a zone (IANA name); built once. */
export const formatsFor = (language: Language, timeZone: string): Formats => {
  const name = `${language} ${timeZone}`;
  const known = cache.get(name) ?? build(language, timeZone);
  cache.set(name, known);
  return known;
};
