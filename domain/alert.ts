import type { Metric } from './metrics.js';
import type { EpochMillis } from './time.js';

/** IEC 60601-1-8 priorities: high « critique », medium « à voir », low « vigilance ». */
export const PRIORITIES = ['high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const CATEGORIES = ['clinical', 'safety', 'technical', 'measure_due'] as const;
export type Category = (typeof CATEGORIES)[number];

export const CONDITIONS = ['pending', 'active', 'recovering', 'ended', 'indeterminate'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** FHIR R6 DeviceAlert presence of the signal. */
export const SIGNALS = ['on', 'ack', 'latched', 'off'] as const;
export type Signal = (typeof SIGNALS)[number];

/** À traiter, prise en charge, reportée, traitée. */
export const WORKFLOWS = ['open', 'claimed', 'snoozed', 'closed'] as const;
export type Workflow = (typeof WORKFLOWS)[number];

export const OUTCOMES = [
  'checked_normal',
  'care_given',
  'doctor_called',
  'emergency_called',
  'false_reading',
  'equipment',
  'self_resolved',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The three independent axes (architecture §7). */
export interface AlertState {
  readonly condition: Condition;
  readonly signal: Signal;
  readonly workflow: Workflow;
}

/** Which side of normal an alert is on; one episode per resident, rule, metric and direction. */
export type Direction = 'high' | 'low' | 'event';

/** A text written by the server in every language; clients show it and never re-derive it from values. */
export interface Text {
  readonly fr: string;
  readonly en: string;
}

/** The measurement an alert rests on: enough to show « SpO₂ 87 % < 90 % » and to find the reading. */
export interface Evidence {
  readonly reading: string;
  readonly metric: Metric;
  readonly value: number | boolean;
  /** The limit that was crossed, in the metric's unit; null for events. */
  readonly limit: number | null;
  readonly time: EpochMillis;
}

export interface Owner {
  readonly username: string;
  readonly name: string;
  readonly since: EpochMillis;
}

/** A persisted condition with its three axes, from its start to its closing. */
export interface Alert extends AlertState {
  readonly id: string;
  /** `site/subject/rule/metric/direction`: at most one alert that is not closed per episode. */
  readonly episode: string;
  readonly site: string;
  readonly resident: string | null;
  readonly room: string | null;
  readonly device: string | null;
  readonly rule: string;
  readonly metric: Metric | null;
  readonly direction: Direction;
  readonly priority: Priority;
  readonly category: Category;
  readonly message: Text;
  readonly evidence: readonly Evidence[];
  readonly owner: Owner | null;
  readonly snoozedUntil: EpochMillis | null;
  /** Steps of the chain that were told since it was last launched. */
  readonly escalationLevel: number;
  /** When the next step is due; null or left out = none is planned (yet, at level 0). */
  readonly nextStepAt?: EpochMillis | null;
  readonly startedAt: EpochMillis;
  readonly endedAt: EpochMillis | null;
  readonly closedAt: EpochMillis | null;
  readonly outcome: Outcome | null;
  readonly note: string | null;
  /** Shown by readings that came too late to ring: listed, never open. */
  readonly retrospective?: true;
  /** Grows by one with every event; writers must present the version they read. */
  readonly version: number;
}

export type Actor =
  | { readonly kind: 'rule'; readonly id: string }
  | { readonly kind: 'user'; readonly id: string; readonly name: string }
  | { readonly kind: 'system'; readonly id: string };

/** One append-only transition: who, when, why, from, to. */
export interface AlertEvent {
  readonly alert: string;
  readonly site: string;
  readonly at: EpochMillis;
  readonly kind: string;
  readonly actor: Actor;
  readonly reason: string | null;
  readonly from: AlertState | null;
  readonly to: AlertState;
  /** Unique: the same key recorded twice is one event. */
  readonly idempotencyKey: string;
}
