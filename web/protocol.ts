/** The contract of both halves of the web: REST shapes and socket.io events. Times are ISO 8601 UTC. */
import { z } from 'zod';
import { CATEGORIES, CONDITIONS, OUTCOMES, PRIORITIES, SIGNALS, WORKFLOWS } from '../domain/alert.js';
import { DEVICE_STATES } from '../domain/device.js';
import { METRIC_NAMES, type Metric } from '../domain/metrics.js';
import { ROLES } from '../domain/permissions.js';
import { thresholdVersionSchema, unsafeLimitSchema } from '../domain/threshold-change.js';

const iso = z.iso.datetime();
const metric = z.enum(METRIC_NAMES as [Metric, ...Metric[]]);
const text = z.object({ fr: z.string(), en: z.string() });
const value = z.union([z.number(), z.boolean()]);

export const credentialsSchema = z.strictObject({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(256),
});

export const meSchema = z.object({
  username: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  sites: z.array(z.string()),
});
export type Me = z.infer<typeof meSchema>;

export const siteSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['ehpad', 'home']),
  timezone: z.string(),
  units: z.array(z.object({ id: z.string(), name: z.string(), rooms: z.array(z.string()) })),
});
export type SiteView = z.infer<typeof siteSchema>;

export const residentSchema = z.object({
  id: z.string(),
  site: z.string(),
  unit: z.string().nullable(),
  room: z.string().nullable(),
  family: z.string(),
  given: z.string(),
  birthDate: z.string().nullable(),
  sex: z.enum(['female', 'male', 'other', 'unknown']),
  spo2Scale: z.union([z.literal(1), z.literal(2)]),
});
export type ResidentView = z.infer<typeof residentSchema>;

export const latestReadingSchema = z.object({
  metric,
  value,
  unit: z.string(),
  time: iso,
  receivedAt: iso,
  quality: z.enum(['good', 'questionable']),
  stale: z.boolean(),
  /** After this instant the value is stale; lets a page strike it without asking again. */
  staleAt: iso,
});
export type LatestReading = z.infer<typeof latestReadingSchema>;

export const news2Schema = z.object({
  score: z.number().nullable(),
  risk: z.enum(['low', 'low-medium', 'medium', 'high']).nullable(),
  missing: z.array(z.string()),
  /** Points of each measure that is known (`spo2`, `pulse`…): the footprint beside the total. */
  parts: z.record(z.string(), z.number()).optional(),
});
export type News2View = z.infer<typeof news2Schema>;
export const latestSchema = z.object({ readings: z.array(latestReadingSchema), news2: news2Schema });
export type Latest = z.infer<typeof latestSchema>;

/** `GET /api/v1/latest?site=`: the desk's residents in one answer. */
export const siteLatestSchema = z.object({
  items: z.array(latestSchema.extend({ resident: z.string() })),
  now: iso,
});
export type SiteLatest = z.infer<typeof siteLatestSchema>;

export const READINGS_RESOLUTIONS = ['raw', '1m', '5m', '1h', '1d'] as const;
export const rawReadingsSchema = z.object({
  points: z.array(
    z.object({
      time: iso,
      value,
      unit: z.string(),
      quality: z.enum(['good', 'questionable']),
      device: z.string(),
      late: z.boolean(),
    }),
  ),
  next: z.string().nullable(),
});
/** One bucket of `GET /residents/{id}/readings?resolution=5m`. */
export const seriesPointSchema = z.object({
  time: iso,
  min: z.number(),
  mean: z.number(),
  max: z.number(),
  count: z.number(),
});
export type SeriesPoint = z.infer<typeof seriesPointSchema>;
export const aggregatedReadingsSchema = z.object({ points: z.array(seriesPointSchema) });
export type RawReadings = z.infer<typeof rawReadingsSchema>;
export type AggregatedReadings = z.infer<typeof aggregatedReadingsSchema>;

export const evidenceSchema = z.object({ reading: z.string(), metric, value, limit: z.number().nullable(), time: iso });

export const alertSchema = z.object({
  id: z.string(),
  site: z.string(),
  /** For a `display` identity family and given are initials (`D.`, `O.`), evidence and note are left out. */
  resident: z
    .object({
      id: z.string(),
      family: z.string(),
      given: z.string(),
      room: z.string().nullable(),
      unit: z.string().nullable(),
    })
    .nullable(),
  room: z.string().nullable(),
  device: z.string().nullable(),
  rule: z.string(),
  metric: metric.nullable(),
  direction: z.enum(['high', 'low', 'event']),
  priority: z.enum(PRIORITIES),
  category: z.enum(CATEGORIES),
  condition: z.enum(CONDITIONS),
  signal: z.enum(SIGNALS),
  workflow: z.enum(WORKFLOWS),
  owner: z.object({ username: z.string(), name: z.string(), since: iso }).nullable(),
  snoozedUntil: iso.nullable(),
  /** Steps of the chain already told, and when the next one is due (null: none is planned). */
  escalation: z.object({ level: z.number(), nextStepAt: iso.nullable() }),
  message: text,
  evidence: z.array(evidenceSchema),
  startedAt: iso,
  endedAt: iso.nullable(),
  closedAt: iso.nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  note: z.string().nullable(),
  /** Shown by readings that came too late to ring: listed with `state=retrospective`, never open. */
  retrospective: z.literal(true).optional(),
  version: z.number(),
});
export type AlertView = z.infer<typeof alertSchema>;

export const alertEventSchema = z.object({
  at: iso,
  kind: z.string(),
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string().optional() }),
  reason: z.string().nullable(),
  to: z.object({ condition: z.enum(CONDITIONS), signal: z.enum(SIGNALS), workflow: z.enum(WORKFLOWS) }),
});
/** One attempt to tell one person by one channel; `*` = the organisation. */
export const notificationSchema = z.object({
  id: z.string(),
  level: z.number(),
  person: z.string(),
  channel: z.string(),
  state: z.enum(['queued', 'sending', 'accepted', 'delivered', 'opened', 'acted', 'failed', 'gone', 'cancelled']),
  tries: z.number(),
  detail: z.string().nullable(),
  queuedAt: iso,
  sentAt: iso.nullable(),
  acceptedAt: iso.nullable(),
  failedAt: iso.nullable(),
  deliveredAt: iso.nullable(),
  openedAt: iso.nullable(),
  actedAt: iso.nullable(),
});
export type NotificationView = z.infer<typeof notificationSchema>;

export const pushSubscriptionSchema = z.object({
  /** Only a push service on the Internet: https and a name, not an address inside the house. */
  endpoint: z
    .url({ protocol: /^https$/, hostname: z.regexes.domain })
    .max(2_000)
    .refine((url) => !/\.(local|internal|localhost)$/i.test(new URL(url).hostname), 'expected a public push service'),
  keys: z.object({
    p256dh: z.string().regex(/^[\w-]{86,88}=?$/, 'expected a P-256 key in base64url'),
    auth: z.string().regex(/^[\w-]{22}(==)?$/, 'expected 16 bytes in base64url'),
  }),
});
export const addressSchema = z.discriminatedUnion('channel', [
  z.strictObject({ channel: z.literal('email'), address: z.email().max(254) }),
  z.strictObject({
    channel: z.literal('sms-http'),
    address: z.string().regex(/^\+[1-9]\d{6,14}$/, 'expected a number like +33612345678'),
  }),
]);
export const channelsSchema = z.object({
  items: z.array(
    z.object({
      id: z.number(),
      channel: z.string(),
      label: z.string(),
      createdAt: iso,
      /** When a notification was last accepted for it. */
      acceptedAt: iso.nullable(),
    }),
  ),
  /** `applicationServerKey` of `pushManager.subscribe`. */
  vapidPublicKey: z.string(),
});
export const onCallSchema = z.strictObject({ username: z.string().min(1).max(64), starts: iso, ends: iso });

export const alertDetailSchema = alertSchema.extend({
  events: z.array(alertEventSchema),
  notifications: z.array(notificationSchema),
});
export type AlertEventView = z.infer<typeof alertEventSchema>;
export type AlertDetail = z.infer<typeof alertDetailSchema>;

export const closeSchema = z.strictObject({ outcome: z.enum(OUTCOMES), note: z.string().max(2000).optional() });
export const snoozeSchema = z.strictObject({
  minutes: z.union([z.literal(10), z.literal(30), z.literal(60)]),
  reason: z.string().min(1).max(500),
});

const holder = { resident: z.string().nullable(), room: z.string().nullable(), since: iso };
/** What supervision says of a device; `neutral` = nobody watches it (paused, in repair, never expected to speak). */
export const deviceStatusSchema = z.object({
  condition: z.enum(['ok', 'silent', 'never_seen', 'neutral']),
  /** By our clock. */
  lastSeen: iso.nullable(),
  /** Silent from then on; null = nothing is expected. */
  dueBy: iso.nullable(),
  battery: z.object({ level: z.number(), at: iso, emptyBy: iso.nullable() }).nullable(),
  /** Our clock less the device's, in milliseconds (median of its last messages); null = it tells no time. */
  clockSkewMs: z.number().nullable(),
  /** Share of its messages that went to quarantine. */
  rejectRate: z.number(),
  flapping: z.boolean(),
});
export type DeviceStatusView = z.infer<typeof deviceStatusSchema>;

export const deviceSchema = z.object({
  id: z.string(),
  site: z.string(),
  model: z.string(),
  identifiers: z.array(z.string()),
  cadenceSeconds: z.number().nullable(),
  state: z.enum(DEVICE_STATES),
  stateSince: iso.nullable(),
  /** Without its keys. */
  config: z.record(z.string(), z.unknown()),
  /** Which keys are set; never their values. */
  keys: z.array(z.string()),
  /** Who or what has it now; null when nobody does: what it sends waits in quarantine. */
  assignedTo: z.object({ ...holder, until: iso.nullable().optional() }).nullable(),
  status: deviceStatusSchema.nullable(),
});
export type DeviceView = z.infer<typeof deviceSchema>;
/** After a change of who has it: how many waiting messages went back on the road. */
export const deviceReplayedSchema = deviceSchema.extend({ replayed: z.number() });
/** `GET /devices/{id}`: what was true, and when we knew it. */
export const deviceDetailSchema = deviceSchema.extend({
  assignments: z.array(z.object({ ...holder, until: iso.nullable(), recordedAt: iso, supersededAt: iso.nullable() })),
});

/** Messages of one cause that wait: one unknown device, or one topic, and one reason. */
export const quarantinedSchema = z.object({
  /** Of the newest message. */
  id: z.number(),
  site: z.string().nullable(),
  /** Who relayed it: `box:box-1`. */
  identity: z.string(),
  deviceIdentifier: z.string().nullable(),
  topic: z.string(),
  reason: z.string(),
  /** What it seems to measure. */
  metrics: z.array(z.string()),
  count: z.number(),
  /** Counted beyond the bound of unknown devices, and not kept. */
  dropped: z.number(),
  firstAt: iso,
  receivedAt: iso,
});
export type QuarantinedView = z.infer<typeof quarantinedSchema>;
/** One message with its payload (health data): for who may read the quarantine, and every look is audited. */
export const quarantinedDetailSchema = z.object({
  id: z.number(),
  site: z.string().nullable(),
  identity: z.string(),
  deviceIdentifier: z.string().nullable(),
  topic: z.string(),
  reason: z.string(),
  detail: z.string(),
  receivedAt: iso,
  retained: z.boolean(),
  bytes: z.number(),
  sample: z.object({ text: z.string().nullable(), base64: z.string(), truncated: z.boolean() }),
  /** The format its topic belongs to. */
  format: z.string().nullable(),
});

export const userSchema = meSchema.extend({ disabled: z.boolean() });
export const auditEntrySchema = z.object({
  at: iso,
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  outcome: z.string(),
  detail: z.string(),
});

const effectiveLimit = z.object({ value: z.number().nullable(), origin: z.enum(['default', 'site', 'resident']) });
/** `GET /residents/{id}/thresholds`: the limits that apply, in canonical units, and where each comes from. */
export const thresholdsSchema = z.object({
  metrics: z.record(
    z.string(),
    z.object({
      unit: z.string(),
      criticalLow: effectiveLimit,
      low: effectiveLimit,
      high: effectiveLimit,
      criticalHigh: effectiveLimit,
    }),
  ),
  /** Changes of the resident's own limits, the newest first. */
  versions: z.array(thresholdVersionSchema).optional(),
  /** Of a change that was just written: critical limits that are off or beyond what one person may decide. */
  unsafe: z.array(unsafeLimitSchema).optional(),
});
export {
  backtestBodySchema,
  backtestPreviewSchema,
  thresholdsPutSchema,
  type BacktestPreview,
} from '../domain/threshold-change.js';
export type ThresholdsView = z.infer<typeof thresholdsSchema>;

/** RFC 9457; `code` is stable. 409 on a claim carries `owner`. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export type Page<Item> = { readonly items: readonly Item[]; readonly next: string | null };

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable() });

/**
 * socket.io namespace `/live`. `seq` counts what was sent to this socket, from the snapshot on: alert, vital and
 * device each add one; a tick repeats the last. A gap, or 10 s without a tick, means `resync`.
 */
export { FROZEN_AFTER_MS, LIVE_NAMESPACE, TICK_EVERY_MS } from '../domain/liveness.js';

export interface VitalsOf {
  readonly resident: string;
  readonly readings: readonly LatestReading[];
  /** Absent: the page asks `GET /residents/{id}/latest` when the row is in view. */
  readonly news2?: News2View;
}
/** A part of the system that fails, in words for carers; `down` = measurements or alerts are affected. */
export interface Trouble {
  readonly part: string;
  readonly state: 'degraded' | 'down';
  readonly text: { readonly fr: string; readonly en: string };
}
export interface ServerEvents {
  snapshot: (event: { seq: number; alerts: AlertView[]; vitals: VitalsOf[]; now: string }) => void;
  alert: (event: { seq: number; alert: AlertView }) => void;
  vital: (event: { seq: number; resident: string; readings: readonly LatestReading[]; news2?: News2View }) => void;
  device: (event: { seq: number; device: string; online: boolean }) => void;
  tick: (event: { seq: number; now: string; trouble: readonly Trouble[] }) => void;
}
export interface ClientEvents {
  resync: () => void;
}
