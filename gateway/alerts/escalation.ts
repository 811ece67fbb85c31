import type { Alert } from '../../domain/alert.js';
import { urgencyOf, waitBefore, type Escalation, type EscalationStep } from '../../domain/escalation.js';
import type { Role } from '../../domain/permissions.js';
import { SECOND, type EpochMillis } from '../../domain/time.js';
import { isWithin } from './local-time.js';

/** Somebody the chain may name, with the channels by which they can be reached now. */
export interface Person {
  readonly username: string;
  readonly role: Role;
  readonly channels: readonly string[];
}

/** One line of the on-call calendar: [starts, ends). */
export interface Duty {
  readonly username: string;
  readonly starts: EpochMillis;
  readonly ends: EpochMillis;
}

/** How one telling went. */
export interface Attempt {
  /** Version of the alert at the step: the steps of one alert in order. */
  readonly step: number;
  readonly failed: boolean;
}

export interface EscalationInput {
  readonly alert: Alert;
  readonly escalation: Escalation;
  /** IANA zone of the site. */
  readonly zone: string;
  readonly people: readonly Person[];
  readonly duties: readonly Duty[];
  readonly attempts: readonly Attempt[];
  readonly now: EpochMillis;
}

export type SkipReason = 'has_the_alert' | 'no_channel';

export interface EscalationPlan {
  /** The level after this step; 0 = only planned. */
  readonly level: number;
  readonly nextStepAt: EpochMillis | null;
  readonly tell: readonly { readonly person: string; readonly channels: readonly string[] }[];
  /** Named by the chain and not told. */
  readonly skipped: readonly { readonly person: string; readonly why: SkipReason }[];
}

/** The chain in force at a time of day at the site. */
export const stepsAt = (escalation: Escalation, zone: string, now: EpochMillis): readonly EscalationStep[] =>
  escalation.bands.find((band) => isWithin(now, band, zone))?.steps ?? escalation.steps;

interface Told {
  tell: EscalationPlan['tell'][number][];
  skipped: EscalationPlan['skipped'][number][];
}

const tellStep = (step: EscalationStep, { alert, people, duties, now }: EscalationInput): Told => {
  const onDuty = new Set(duties.filter(({ starts, ends }) => starts <= now && now < ends).map((duty) => duty.username));
  const named = people.filter(
    ({ username, role }) =>
      step.roles.includes(role) || step.users.includes(username) || (step.onCall && onDuty.has(username)),
  );
  const told: Told = { tell: [], skipped: [] };
  for (const { username: person, channels } of named) {
    const preferred = channels.filter((channel) => step.channels?.includes(channel) ?? true);
    if (alert.owner?.username === person) told.skipped.push({ person, why: 'has_the_alert' });
    else if (channels.length === 0) told.skipped.push({ person, why: 'no_channel' });
    else told.tell.push({ person, channels: preferred.length > 0 ? preferred : channels });
  }
  return told;
};

const isRinging = ({ signal, workflow }: Alert): boolean =>
  workflow === 'open' && (signal === 'on' || signal === 'latched');

/** Everybody of the newest step was told in vain, so waiting for an answer is waiting for nobody. */
const lastStepFailed = (attempts: readonly Attempt[]): boolean => {
  const newest = attempts.reduce((most, { step }) => Math.max(most, step), 0);
  const last = attempts.filter(({ step }) => step === newest);
  return last.length > 0 && last.every(({ failed }) => failed);
};

/**
 * When somebody must be told of this alert next; null = nobody, as things stand. An alert that rings for the first time
 * is due now (the plan may then be to wait). A call for help is due at once even when somebody has the alert.
 */
export const dueAt = (alert: Alert): EpochMillis | null => {
  if (alert.workflow === 'closed' || alert.condition === 'pending') return null;
  const planned = alert.nextStepAt ?? null;
  if (alert.workflow === 'claimed') return planned;
  if (!isRinging(alert)) return null;
  return planned ?? (alert.escalationLevel === 0 ? 0 : null);
};

/**
 * Who must be told now by which channel, and when the next step is due; null when nothing is to be done yet. Steps in
 * which nobody can be reached are passed over and reported in `skipped`; when nobody of the chain can be reached the
 * level goes up at its pace all the same, so that screens show how far it is. Pure: same input, same plan.
 */
export const planEscalation = (input: EscalationInput): EscalationPlan | null => {
  const { alert, escalation, zone, attempts, now } = input;
  const due = dueAt(alert);
  if (due === null) return null;
  const steps = stepsAt(escalation, zone, now);
  const urgency = urgencyOf(alert);
  const done = alert.escalationLevel;
  const asked = alert.workflow === 'claimed';
  const inVain = done > 0 && done < steps.length && lastStepFailed(attempts);
  if (due > now && !inVain) return null;
  if (!asked && waitBefore(escalation, urgency, 1) === null && alert.nextStepAt == null) return null;

  const launching = done === 0 && alert.nextStepAt == null;
  const first = launching ? (waitBefore(escalation, urgency, 1) ?? 0) : 0;
  if (first > 0) return { level: 0, nextStepAt: now + first, tell: [], skipped: [] };

  const skipped: Told['skipped'] = [];
  const told = (index: number): Told | null => {
    const step = steps[Math.min(index, steps.length - 1)]!;
    const result = tellStep(step, input);
    skipped.push(...result.skipped.filter(({ person }) => !skipped.some((known) => known.person === person)));
    return result.tell.length > 0 ? result : null;
  };
  let level = done + 1;
  let result = told(level - 1);
  while (!result && level < steps.length) {
    level += 1;
    result = told(level - 1);
  }
  if (!result) level = done + 1;

  const next = level + 1;
  const wait = waitBefore(escalation, urgency, next);
  const again = alert.priority === 'high' ? escalation.repeatSeconds * SECOND : null;
  const pause = asked || wait === null ? null : next <= steps.length ? wait : again;
  return { level, nextStepAt: pause === null ? null : now + pause, tell: result?.tell ?? [], skipped };
};
