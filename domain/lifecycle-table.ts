import type { AlertState, Condition, Priority, Signal, Workflow } from './alert.js';

/** What a rule, the clock or the care process says about an alert. */
export const SYSTEM_EVENTS = [
  'breach',
  'confirmed',
  'worsened',
  'severity_rise',
  'opposite_direction',
  'back_in_range',
  'ended',
  'data_lost',
  'data_back',
  'confirmation_expired',
  'claim_expired',
  'snooze_expired',
  'escalated',
  'resident_paused',
  'resident_resumed',
] as const;
/** What a carer does: « je m'en occupe », « rendre », « reporter », « besoin d'aide », « traité ». */
export const USER_EVENTS = ['claim', 'release', 'snooze', 'help', 'close'] as const;

export type SystemEventKind = (typeof SYSTEM_EVENTS)[number];
export type UserEventKind = (typeof USER_EVENTS)[number];
export type LifecycleEventKind = SystemEventKind | UserEventKind;

/** Stable codes of what the table refuses; `alert.unchanged` is not a fault: the event has nothing to change. */
export const REFUSALS = [
  'alert.unchanged',
  'alert.closed',
  'alert.already_claimed',
  'alert.not_claimed',
  'alert.not_owner',
  'alert.not_active',
  'alert.not_snoozable',
  'alert.reason_required',
  'alert.snooze_out_of_bounds',
  'alert.outcome_required',
] as const;
export type RefusalCode = (typeof REFUSALS)[number];

/** An alert as the table sees it: its axes, its priority, and whether the one who acts owns it. */
export interface Situation extends AlertState {
  readonly priority: Priority;
  readonly byOwner: boolean;
}

interface Row {
  readonly on: LifecycleEventKind;
  /** Left out = any. */
  readonly condition?: readonly Condition[];
  readonly workflow?: readonly Workflow[];
  readonly critical?: boolean;
  readonly byOwner?: boolean;
  /** Axes left out stay as they are; the signal follows from the two others unless it is named. */
  readonly to: { readonly condition?: Condition; readonly workflow?: Workflow; readonly signal?: Signal } | RefusalCode;
}

/**
 * The signal that belongs to a condition and a workflow. `off` where another one stands here means the resident is
 * paused. A claim or a snooze acknowledges; a critical alert that ends unacknowledged stays latched.
 */
export const SIGNAL: Record<Condition, Record<Workflow, Signal>> = {
  pending: { open: 'off', claimed: 'off', snoozed: 'off', closed: 'off' },
  active: { open: 'on', claimed: 'ack', snoozed: 'ack', closed: 'off' },
  recovering: { open: 'on', claimed: 'ack', snoozed: 'ack', closed: 'off' },
  indeterminate: { open: 'on', claimed: 'ack', snoozed: 'ack', closed: 'off' },
  ended: { open: 'latched', claimed: 'ack', snoozed: 'ack', closed: 'off' },
};

/**
 * THE transition table of an alert that exists; the first row that matches says what happens, none = `alert.unchanged`.
 * An alert is born `pending` by a `breach` that waits for a second measurement, or `active` by a `confirmed` one.
 */
export const TABLE: readonly Row[] = [
  // Closed means closed: a new breach is a new alert.
  ...SYSTEM_EVENTS.map((on): Row => ({ on, workflow: ['closed'], to: 'alert.closed' })),
  ...USER_EVENTS.map((on): Row => ({ on, workflow: ['closed'], to: 'alert.closed' })),

  // Confirmed: rings; a relapse before the end keeps its owner, a new breach after the end rings again.
  { on: 'confirmed', condition: ['pending', 'recovering', 'indeterminate'], to: { condition: 'active' } },
  { on: 'confirmed', condition: ['ended'], to: { condition: 'active', workflow: 'open' } },
  { on: 'confirmation_expired', condition: ['pending'], to: { condition: 'active' } },

  // Worse within the same priority is recorded and disturbs nobody; a higher priority breaks claim, snooze and pause.
  { on: 'worsened', condition: ['active'], to: {} },
  { on: 'severity_rise', to: { condition: 'active', workflow: 'open' } },
  { on: 'opposite_direction', workflow: ['snoozed'], to: { workflow: 'open' } },

  // Back in range. What never rang leaves no work; a critical alert waits for somebody's outcome.
  { on: 'back_in_range', condition: ['active', 'indeterminate'], to: { condition: 'recovering' } },
  { on: 'ended', condition: ['pending'], to: { condition: 'ended', workflow: 'closed' } },
  { on: 'ended', condition: ['active', 'recovering', 'indeterminate'], critical: true, to: { condition: 'ended' } },
  {
    on: 'ended',
    condition: ['active', 'recovering', 'indeterminate'],
    critical: false,
    to: { condition: 'ended', workflow: 'closed' },
  },

  // Lost data never looks like recovery.
  { on: 'data_lost', condition: ['active', 'recovering'], to: { condition: 'indeterminate' } },
  { on: 'data_back', condition: ['indeterminate'], to: { condition: 'active' } },

  // Nothing stays claimed or silent for ever.
  { on: 'claim_expired', workflow: ['claimed'], to: { workflow: 'open' } },
  { on: 'snooze_expired', workflow: ['snoozed'], to: { workflow: 'open' } },

  // Somebody else is told. Recorded; who has the alert keeps it.
  { on: 'escalated', workflow: ['open', 'claimed'], to: {} },

  { on: 'resident_paused', critical: false, to: { signal: 'off' } },
  { on: 'resident_resumed', to: {} },

  { on: 'claim', workflow: ['open', 'snoozed'], to: { workflow: 'claimed' } },
  { on: 'claim', workflow: ['claimed'], byOwner: true, to: { workflow: 'claimed' } },
  { on: 'claim', workflow: ['claimed'], to: 'alert.already_claimed' },
  { on: 'release', workflow: ['claimed'], byOwner: true, to: { workflow: 'open' } },
  { on: 'release', workflow: ['claimed'], to: 'alert.not_owner' },
  { on: 'release', workflow: ['snoozed'], to: { workflow: 'open' } },
  { on: 'release', to: 'alert.not_claimed' },
  { on: 'snooze', condition: ['pending', 'ended'], to: 'alert.not_active' },
  { on: 'snooze', workflow: ['claimed'], byOwner: false, to: 'alert.already_claimed' },
  { on: 'snooze', to: { workflow: 'snoozed' } },
  { on: 'help', to: {} },
  { on: 'close', to: { workflow: 'closed' } },
];

const matches = (row: Row, at: Situation): boolean =>
  (!row.condition || row.condition.includes(at.condition)) &&
  (!row.workflow || row.workflow.includes(at.workflow)) &&
  (row.critical === undefined || row.critical === (at.priority === 'high')) &&
  (row.byOwner === undefined || row.byOwner === at.byOwner);

/** The events that break a pause or end it; every other one leaves a paused alert silent. */
const ENDS_PAUSE: readonly LifecycleEventKind[] = ['severity_rise', 'resident_resumed'];

const sameState = (a: AlertState, b: AlertState): boolean =>
  a.condition === b.condition && a.signal === b.signal && a.workflow === b.workflow;

/** Events that are worth a record even when no axis moves. */
const RECORDED: readonly LifecycleEventKind[] = ['worsened', 'severity_rise', 'escalated', 'claim', 'snooze', 'help'];

/** The state after `event`, or why it is refused. Total: every situation and event has an answer. */
export const nextState = (event: LifecycleEventKind, at: Situation): AlertState | RefusalCode => {
  const to = TABLE.find((row) => row.on === event && matches(row, at))?.to ?? 'alert.unchanged';
  if (typeof to === 'string') return to;
  const condition = to.condition ?? at.condition;
  const workflow = to.workflow ?? at.workflow;
  const paused = at.signal === 'off' && SIGNAL[at.condition][at.workflow] !== 'off';
  const natural = SIGNAL[condition][workflow];
  const signal = to.signal ?? (paused && !ENDS_PAUSE.includes(event) ? 'off' : natural);
  const next = { condition, signal, workflow };
  return sameState(next, at) && !RECORDED.includes(event) ? 'alert.unchanged' : next;
};
