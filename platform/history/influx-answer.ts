import type { EpochMillis, Millis } from '../../domain/time.js';
import { retryAfterMillis } from '../retry-after.js';

/** What InfluxDB's answer to a write means for its lines. Reasons are stable codes: the server's text quotes values. */
export type WriteAnswer =
  | { readonly kind: 'stored' }
  /** Some line can never be stored; the others may have been. `dropped` = how many, when the server counted them. */
  | { readonly kind: 'refused'; readonly reason: string; readonly dropped: number | null }
  | { readonly kind: 'too-large' }
  /** The database or its retention policy does not exist (any more). */
  | { readonly kind: 'missing' }
  | { readonly kind: 'later'; readonly reason: string; readonly after?: Millis };

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** InfluxDB says `{"error":"…"}`; anything else comes from a proxy, which says nothing about our lines. */
const influxError = (body: string): string | null => {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null) return null;
    const { error, message } = parsed as { error?: unknown; message?: unknown };
    // InfluxDB 2 and 3 answer `{"code","message"}` on the same path.
    return typeof error === 'string' ? error : typeof message === 'string' ? message : null;
  } catch {
    return null;
  }
};

const MISSING = /database not found|retention policy not found|could not find bucket/i;
const REASONS: readonly [pattern: RegExp, reason: string][] = [
  [/field type conflict/i, 'influx.type-conflict'],
  [/beyond retention policy/i, 'influx.beyond-retention'],
  [/unable to parse|invalid number|missing tag|missing field/i, 'influx.unparsable'],
];

/** Meaning of a 400: limits of the server are not the line's fault and pass when the operator raises them. */
const refusal = (error: string): WriteAnswer => {
  if (/max-(series|values)-per/i.test(error)) return { kind: 'later', reason: 'influx.series-limit' };
  const reason = REASONS.find(([pattern]) => pattern.test(error))?.[1] ?? 'influx.refused';
  // `dropped=0` accompanies unparsable lines: they were never points, so the server did not count them.
  const dropped = Number(/dropped=(\d+)/.exec(error)?.[1] ?? 0);
  return { kind: 'refused', reason, dropped: dropped > 0 ? dropped : null };
};

/** Every answer of a 1.x `/write` as a verdict (measured on 1.6.7, `docs/influxdb.md`). */
export const writeAnswer = ({ status, retryAfter, body }: HttpAnswer, now: EpochMillis): WriteAnswer => {
  if (status >= 200 && status < 300) return { kind: 'stored' };
  const after = retryAfterMillis(retryAfter, now);
  const later = (reason: string): WriteAnswer => ({ kind: 'later', reason, ...(after === undefined ? {} : { after }) });
  const error = influxError(body);
  if (status === 401 || status === 403) return later('influx.unauthorized');
  if (status === 413) return { kind: 'too-large' };
  // An unknown retention policy answers 500, permanently.
  if (error !== null && MISSING.test(error)) return { kind: 'missing' };
  if ((status === 400 || status === 422) && error !== null) return refusal(error);
  return later(`influx.http-${status}`);
};
