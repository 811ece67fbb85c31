import { MINUTE } from '../../../domain/time.js';
import type { DeviceTime } from '../codec.js';

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:(Z)|([+-])([01]\d|2[0-3]):?([0-5]\d))?$/;

/**
 * Reads an ISO 8601 date-time. With `Z` or an offset it is an instant; without, the wall clock of the device's zone.
 * Null when the text is not of that form. A date that does not exist (month 13) is the instant NaN: the sender has a
 * clock and it is wrong, so normalisation falls back on the reception time.
 */
export const parseIsoTime = (text: string): DeviceTime | null => {
  const match = ISO.exec(text);
  if (!match) return null;
  const part = (group: number): number => Number(match[group] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)] as const;
  if (!match[8] && !match[9]) return { kind: 'local', local: { year, month, day, hour, minute, second } };
  const millisecond = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond));
  const exists =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute;
  const offset = (part(10) * 60 + part(11)) * (match[9] === '-' ? -MINUTE : MINUTE);
  return { kind: 'instant', epoch: exists ? date.getTime() - offset : NaN };
};
