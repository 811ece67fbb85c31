import { HOUR, type EpochMillis, type Millis } from '../domain/time.js';

/** A server may ask for a pause; an absurd one must not stop a sink for good. */
const MOST: Millis = HOUR;

/**
 * The pause an HTTP `Retry-After` header asks for (RFC 9110 §10.2.3: seconds or an HTTP date), at most one hour;
 * undefined when the header is absent or unreadable.
 */
export const retryAfterMillis = (header: string | null | undefined, now: EpochMillis): Millis | undefined => {
  if (!header) return undefined;
  const pause = /^\s*\d+\s*$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(pause) ? undefined : Math.min(MOST, Math.max(0, pause));
};
