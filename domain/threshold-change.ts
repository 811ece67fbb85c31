import { z } from 'zod';
import { LIMITS, THRESHOLD_METRICS, thresholdSettingsSchema } from './thresholds.js';

const iso = z.iso.datetime();

/** One change of a resident's own limits. */
export const thresholdVersionSchema = z.object({
  id: z.number(),
  state: z.enum(['active', 'awaiting_approval']),
  settings: thresholdSettingsSchema,
  author: z.string(),
  prescriber: z.string(),
  reason: z.string(),
  createdAt: iso,
  start: iso,
  end: iso.nullable(),
  reviewDate: iso,
  approvedBy: z.string().nullable(),
});
/** A critical limit that is off or beyond what one person may decide. */
export const unsafeLimitSchema = z.object({
  metric: z.enum(THRESHOLD_METRICS),
  limit: z.enum(LIMITS),
  value: z.number().nullable(),
  floor: z.number(),
});

/** `PUT /residents/{id}/thresholds`: the resident's own limits; what is left out is inherited, `{}` inherits all. */
export const thresholdsPutSchema = z.strictObject({
  metrics: thresholdSettingsSchema,
  prescriber: z.string().trim().min(1).max(200),
  reason: z.string().trim().min(1).max(500),
  /** Default: now. */
  start: iso.optional(),
  end: iso.nullable().default(null),
  reviewDate: iso,
});
/** `POST /residents/{id}/backtest`: « avec ces seuils : 3 alertes sur les 14 derniers jours (actuellement 21) ». */
export const backtestBodySchema = z.strictObject({ metrics: thresholdSettingsSchema });
export const backtestPreviewSchema = z.object({
  from: iso,
  to: iso,
  alerts: z.number(),
  current: z.number(),
  readings: z.number(),
  /** False when there was more history than is tried: only the newest part was. */
  complete: z.boolean(),
});
export type BacktestPreview = z.infer<typeof backtestPreviewSchema>;
