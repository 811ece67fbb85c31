import { z } from 'zod';
import type { Alert, Priority } from './alert.js';
import { ROLES } from './permissions.js';
import { SECOND, type Millis } from './time.js';

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM');
const seconds = z
  .number()
  .int()
  .min(0)
  .max(4 * 3_600);

/** Who a step tells: everybody of these roles, these people, and whoever the on-call calendar names now. */
export const stepSchema = z
  .strictObject({
    roles: z.array(z.enum(ROLES)).default([]),
    users: z.array(z.string().min(1)).default([]),
    onCall: z.boolean().default(false),
    /** Channels this step prefers; who has none of them is told by all that person has. Left out = all. */
    channels: z.array(z.string().min(1)).min(1).optional(),
  })
  .refine(({ roles, users, onCall }) => onCall || roles.length + users.length > 0, 'expected roles, users or onCall');
export type EscalationStep = z.infer<typeof stepSchema>;

const chain = z.array(stepSchema).min(1).max(10);
/** Seconds to wait before step 1, 2, 3…; the last figure serves for every further step. `null` = nobody is told. */
const waits = z.array(seconds).min(1).max(10).nullable();

/**
 * The escalation of a site (settings key `escalation`, scope `default` or `site:{id}`). Delays are proposals of ours
 * (standards §5.3), to be confirmed by the physician in charge.
 */
export const escalationSchema = z.strictObject({
  steps: chain.default([
    { roles: ['nurse'], users: [], onCall: false, channels: ['web-push', 'email'] },
    { roles: ['admin'], users: [], onCall: false, channels: ['web-push', 'email'] },
    { roles: ['nurse', 'admin'], users: [], onCall: true },
  ]),
  /** Chains for parts of the day, in the zone of the site; the first that contains the time applies. */
  bands: z
    .array(z.strictObject({ from: clock, to: clock, steps: chain }))
    .max(6)
    .default([]),
  waits: z
    .strictObject({
      /** SOS, fall, smoke: at once, second person after 60 s, on-call after 180 s. */
      urgent: waits.default([0, 60, 120]),
      high: waits.default([0, 300]),
      medium: waits.default([0, 1_800]),
      low: waits.default(null),
    })
    .prefault({}),
  /** After the last step a critical alert that nobody has is told again this often: it never falls silent. */
  repeatSeconds: seconds.min(60).default(300),
});
export type Escalation = z.infer<typeof escalationSchema>;

export const DEFAULT_ESCALATION: Escalation = escalationSchema.parse({});

export type Urgency = 'urgent' | Priority;

/** What calls for a person now (SOS, fall, smoke) is more urgent than a critical measurement. */
export const urgencyOf = ({ category, priority }: Pick<Alert, 'category' | 'priority'>): Urgency =>
  category === 'safety' && priority === 'high' ? 'urgent' : priority;

/** The pause before step `step` (1 = the first), or null when this urgency tells nobody. */
export const waitBefore = (escalation: Escalation, urgency: Urgency, step: number): Millis | null => {
  const list = escalation.waits[urgency];
  return list === null ? null : list[Math.min(step, list.length) - 1]! * SECOND;
};
