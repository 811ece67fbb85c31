import type { Actor, Alert, AlertEvent, AlertState, Evidence, Outcome, Owner, Priority, Text } from './alert.js';
import { nextState, SIGNAL, type RefusalCode, type SystemEventKind, type UserEventKind } from './lifecycle-table.js';
import { MINUTE, type EpochMillis, type Millis } from './time.js';

export interface Refusal {
  readonly code: RefusalCode;
  /** Who was first, for « Déjà pris par… ». */
  readonly owner?: Owner;
}
export type Transition = { readonly alert: Alert; readonly event: AlertEvent } | { readonly refused: Refusal };

export interface SystemContext {
  /** When the transition takes effect: reception of the reading, or the deadline of the timer. */
  readonly at: EpochMillis;
  readonly actor: Actor;
  /** When it happened to the resident (measurement time), for `endedAt`; default `at`. */
  readonly time?: EpochMillis;
  /** What the rule learnt; what is left out stays as it is. */
  readonly priority?: Priority;
  readonly message?: Text;
  readonly evidence?: readonly Evidence[];
  /** Of `escalated`: how far the chain has come and when it goes on. */
  readonly escalation?: { readonly level: number; readonly nextStepAt: EpochMillis | null };
}

export type UserAction =
  | { readonly kind: 'claim' }
  | { readonly kind: 'release' }
  | { readonly kind: 'snooze'; readonly minutes: number; readonly reason: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'close'; readonly outcome: Outcome | undefined; readonly note?: string | undefined };

export interface UserContext {
  readonly actor: { readonly username: string; readonly name: string };
  readonly now: EpochMillis;
  /** The client's key: one per tap. */
  readonly idempotencyKey: string;
}

/** Delays after which the clock acts; defaults to be confirmed by the physician (product anchors §b.2, §b.5). */
export interface Timers {
  readonly claim: Record<Priority, Millis>;
  /** How long a first outlier of a spot device waits for its second measurement. */
  readonly confirmation: Millis;
}
export const TIMERS: Timers = {
  claim: { high: 10 * MINUTE, medium: 60 * MINUTE, low: 60 * MINUTE },
  confirmation: 20 * MINUTE,
};

/** No snooze is longer: an infinite silence kills (product anchors §1.6). */
export const LONGEST_SNOOZE_MINUTES = 60;

/** A fall, an SOS, smoke: what calls for a person now cannot be put off, only claimed or closed. */
export const isSnoozable = (alert: Pick<Alert, 'category' | 'priority'>): boolean =>
  !(alert.category === 'safety' && alert.priority === 'high');

const stateOf = ({ condition, signal, workflow }: AlertState): AlertState => ({ condition, signal, workflow });

type Born = Omit<
  Alert,
  | keyof AlertState
  | 'owner'
  | 'snoozedUntil'
  | 'escalationLevel'
  | 'endedAt'
  | 'closedAt'
  | 'outcome'
  | 'note'
  | 'version'
>;

/** A new alert: `pending` and silent until a second measurement, or `active` and ringing. */
export const openAlert = (
  born: Born,
  kind: 'breach' | 'confirmed',
  { at, actor }: Pick<SystemContext, 'at' | 'actor'>,
): { alert: Alert; event: AlertEvent } => {
  const condition = kind === 'breach' ? 'pending' : 'active';
  const to: AlertState = { condition, signal: SIGNAL[condition].open, workflow: 'open' };
  const alert: Alert = {
    ...born,
    ...to,
    owner: null,
    snoozedUntil: null,
    escalationLevel: 0,
    endedAt: null,
    closedAt: null,
    outcome: null,
    note: null,
    version: 1,
  };
  const { id, site } = alert;
  return {
    alert,
    event: { alert: id, site, at, kind, actor, reason: null, from: null, to, idempotencyKey: `${id}/1` },
  };
};

/** What late readings show: over and closed from the start, without an outcome. It never rings and nobody has to act. */
export const retrospectiveAlert = (
  born: Born,
  { at, actor, time = at }: Pick<SystemContext, 'at' | 'actor' | 'time'>,
): { alert: Alert; event: AlertEvent } => {
  const to: AlertState = { condition: 'ended', signal: 'off', workflow: 'closed' };
  const { alert, event } = openAlert(born, 'confirmed', { at, actor });
  return {
    alert: { ...alert, ...to, endedAt: time, closedAt: at, retrospective: true },
    event: { ...event, kind: 'retrospective', to },
  };
};

/** What follows from a move of the axes, whatever caused it. */
const settle = (alert: Alert, to: AlertState, at: EpochMillis, time: EpochMillis): Alert => {
  const relaunched = to.workflow === 'open' && alert.workflow !== 'open';
  return {
    ...alert,
    ...to,
    owner: to.workflow === 'open' ? null : alert.owner,
    snoozedUntil: to.workflow === 'snoozed' ? alert.snoozedUntil : null,
    escalationLevel: relaunched ? 0 : alert.escalationLevel,
    ...(alert.nextStepAt === undefined || to.workflow === alert.workflow ? {} : { nextStepAt: null }),
    endedAt: to.condition === 'ended' ? (alert.endedAt ?? time) : null,
    closedAt: to.workflow === 'closed' ? (alert.closedAt ?? at) : null,
    version: alert.version + 1,
  };
};

const recordOf = (
  before: Alert,
  after: Alert,
  record: Pick<AlertEvent, 'at' | 'kind' | 'actor' | 'reason' | 'idempotencyKey'>,
): AlertEvent => ({ alert: before.id, site: before.site, ...record, from: stateOf(before), to: stateOf(after) });

/** Applies what a rule, the clock or the care process says. Refused with `alert.unchanged` when nothing changes. */
export const transition = (alert: Alert, kind: SystemEventKind, context: SystemContext): Transition => {
  const { at, actor, time = at } = context;
  const to = nextState(kind, { ...stateOf(alert), priority: alert.priority, byOwner: false });
  if (typeof to === 'string') return { refused: { code: to } };
  const settled = settle(alert, to, at, time);
  const after: Alert = {
    ...settled,
    priority: context.priority ?? alert.priority,
    message: context.message ?? alert.message,
    evidence: context.evidence ?? alert.evidence,
    ...(kind === 'severity_rise' ? { escalationLevel: 0, nextStepAt: null } : {}),
    ...(context.escalation
      ? { escalationLevel: context.escalation.level, nextStepAt: context.escalation.nextStepAt }
      : {}),
    outcome: settled.closedAt !== null ? 'self_resolved' : settled.outcome,
  };
  const idempotencyKey = `${alert.id}/${after.version}`;
  return { alert: after, event: recordOf(alert, after, { at, kind, actor, reason: null, idempotencyKey }) };
};

/** The next thing the clock does to this alert, or null: a claim or a snooze runs out, a repeat was not made. */
export const nextTimer = (alert: Alert, timers: Timers = TIMERS): { kind: SystemEventKind; at: EpochMillis } | null => {
  const due: { kind: SystemEventKind; at: EpochMillis }[] = [];
  if (alert.workflow === 'closed') return null;
  if (alert.workflow === 'claimed' && alert.owner)
    due.push({ kind: 'claim_expired', at: alert.owner.since + timers.claim[alert.priority] });
  if (alert.workflow === 'snoozed' && alert.snoozedUntil !== null)
    due.push({ kind: 'snooze_expired', at: alert.snoozedUntil });
  if (alert.condition === 'pending')
    due.push({ kind: 'confirmation_expired', at: alert.startedAt + timers.confirmation });
  return due.reduce<{ kind: SystemEventKind; at: EpochMillis } | null>((a, b) => (a && a.at <= b.at ? a : b), null);
};

/** What the request itself lacks, before the table is asked. */
const faultOf = (alert: Alert, action: UserAction): RefusalCode | null => {
  switch (action.kind) {
    case 'snooze':
      if (!isSnoozable(alert)) return 'alert.not_snoozable';
      if (!(action.minutes > 0 && action.minutes <= LONGEST_SNOOZE_MINUTES)) return 'alert.snooze_out_of_bounds';
      return action.reason.trim() === '' ? 'alert.reason_required' : null;
    case 'close':
      return action.outcome === undefined || action.outcome === 'self_resolved' ? 'alert.outcome_required' : null;
    case 'claim':
    case 'release':
    case 'help':
      return null;
  }
};

const effectOf = (action: UserAction, owner: Owner): Partial<Alert> => {
  switch (action.kind) {
    case 'claim':
      return { owner };
    case 'snooze':
      return { owner, snoozedUntil: owner.since + action.minutes * MINUTE };
    case 'help':
      return { nextStepAt: owner.since };
    case 'close':
      return { outcome: action.outcome ?? null, note: action.note ?? null };
    case 'release':
      return {};
  }
};

/**
 * Applies a carer's action. Refusals have a stable code and, when somebody was first, the owner:
 * `alert.closed`, `alert.already_claimed`, `alert.not_claimed`, `alert.not_owner`, `alert.not_active`,
 * `alert.not_snoozable`, `alert.snooze_out_of_bounds`, `alert.reason_required`, `alert.outcome_required`.
 * A claim by the owner renews its timer. A snooze is cancelled by anybody's release.
 */
export const applyUserAction = (
  alert: Alert,
  action: UserAction,
  { actor, now, idempotencyKey }: UserContext,
): Transition => {
  const byOwner = alert.workflow === 'claimed' && alert.owner?.username === actor.username;
  const kind: UserEventKind = action.kind;
  const to = nextState(kind, { ...stateOf(alert), priority: alert.priority, byOwner });
  const fault = to === 'alert.closed' ? null : faultOf(alert, action);
  if (fault) return { refused: { code: fault } };
  if (typeof to === 'string') return { refused: { code: to, ...(alert.owner ? { owner: alert.owner } : {}) } };
  const owner: Owner = { username: actor.username, name: actor.name, since: now };
  const after: Alert = { ...settle(alert, to, now, now), ...effectOf(action, owner) };
  const event = recordOf(alert, after, {
    at: now,
    kind,
    actor: { kind: 'user', id: actor.username, name: actor.name },
    reason: action.kind === 'snooze' ? action.reason : action.kind === 'close' ? (action.outcome ?? null) : null,
    idempotencyKey: `${alert.id}/${actor.username}/${idempotencyKey}`,
  });
  return { alert: after, event };
};
