import { z } from 'zod';

export const SITE_KINDS = ['ehpad', 'home'] as const;

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly rooms: readonly string[];
}
/** An EHPAD or a home: the shard of ordering, alert memory, access rights and dashboard rooms. */
export interface Site {
  readonly id: string;
  readonly name: string;
  readonly kind: (typeof SITE_KINDS)[number];
  /** IANA zone, e.g. `Europe/Paris`. */
  readonly timezone: string;
  readonly units: readonly Unit[];
  /** FINESS number of the establishment; a home has none. */
  readonly finess?: string | null;
}

/** Ids travel in MQTT topics and InfluxDB tags: no wildcard, separator, blank or control character. */
export const idSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'expected 1–64 letters, digits, "." "_" "-", starting with a letter or digit',
  );

export const timezoneSchema = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, 'expected an IANA time zone, e.g. "Europe/Paris"');
