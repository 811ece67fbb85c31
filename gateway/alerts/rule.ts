import type { z } from 'zod';
import type { Category, Condition, Direction, Evidence, Priority, Text, Workflow } from '../../domain/alert.js';
import type { Metric } from '../../domain/metrics.js';
import type { Reading } from '../../domain/reading.js';
import type { EpochMillis } from '../../domain/time.js';

/**
 * What a rule says after one reading, for one direction of one metric:
 * `breach` = out of limits but not yet confirmed; `confirmed` = alert; `recovering` = back in range, holding;
 * `normal` = back in range for long enough (or never left it); `lost` = can no longer tell, for want of data.
 */
export type Phase = 'breach' | 'confirmed' | 'recovering' | 'normal' | 'lost';

export interface Finding {
  readonly direction: Direction;
  readonly metric: Metric | null;
  readonly phase: Phase;
  readonly priority: Priority;
  readonly category: Category;
  readonly message: Text;
  readonly evidence: readonly Evidence[];
  /** Measured by hand: after a closing, the next breach is news at once instead of the same condition going on. */
  readonly isolated?: boolean;
}

export interface RuleInput<Params, Memory> {
  readonly reading: Reading;
  readonly params: Params;
  /** What this rule returned for the same subject and metric last time; undefined = nothing to remember. */
  readonly memory: Memory | undefined;
  /** When the reading was received: the same in a replay as it was the first time. */
  readonly now: EpochMillis;
  /** IANA zone of the site, for rules about hours of the day. */
  readonly timezone: string;
}
/** The clock has passed the `wakeAt` of this memory. */
export interface WakeInput<Params, Memory> {
  readonly params: Params;
  readonly memory: Memory;
  /** The deadline itself, however late it was noticed: the same in a replay. */
  readonly at: EpochMillis;
  readonly timezone: string;
}
export type StartInput<Params> = Omit<WakeInput<Params, never>, 'memory'>;

export interface RuleOutput<Memory> {
  /** Undefined = forget. Return the same object when nothing changed: only changes are written. */
  readonly memory: Memory | undefined;
  readonly findings: readonly Finding[];
  /** Metrics of the subject that went silent or came back: active clinical alerts on them become indeterminate. */
  readonly lost?: readonly Metric[];
  readonly back?: readonly Metric[];
}

/**
 * One reason to ring. Pure: time comes in with the input. A new rule is a new file in `rules/` with its parameters
 * (zod, defaults with their source), texts in both languages and example timelines, which are its tests.
 */
export interface Rule<Params = unknown, Memory = unknown> {
  readonly name: string;
  readonly version: number;
  /** The readings it wants. */
  readonly metrics: readonly Metric[];
  /** Parses settings (possibly partial) into full parameters with defaults. */
  readonly params: z.ZodType<Params>;
  /** One memory per subject and metric, or one per subject for rules that compare metrics. Default `metric`. */
  readonly keeps?: 'metric' | 'subject';
  /** Late readings are tried on a memory of their own; what would have rung is listed as a retrospective alert. */
  readonly retrospective?: boolean;
  /** Does not open an alert while one of these rules has one, at least as severe, for the same metric and direction. */
  readonly defersTo?: readonly string[];
  evaluate(input: RuleInput<Params, Memory>): RuleOutput<Memory>;
  /** Called when the clock passes `memory.wakeAt`, and never otherwise. A reading of the same instant goes first. */
  wake?(input: WakeInput<Params, Memory>): RuleOutput<Memory>;
  /** First memory of a resident who has settings for this rule and of whom it has seen nothing yet. */
  start?(input: StartInput<Params>): Memory | undefined;
}

/** One reading of an example timeline; `at` in seconds from its start, 2026-11-23 08:00 UTC (09:00 in Paris). */
export interface ExampleReading {
  readonly at: number;
  readonly metric: Metric;
  readonly value: number | boolean;
  readonly questionable?: boolean;
}

/** What is expected to exist at the end of the timeline, in order of start. */
export interface ExampleAlert {
  readonly priority: Priority;
  readonly condition: Condition;
  readonly workflow: Workflow;
  readonly message: string;
  /** Seconds from the start of the timeline. */
  readonly startsAt: number;
  readonly endsAt: number | null;
}

/** A timeline that shows what a rule does; every rule file exports `examples`, and one test runs them all. */
export interface Example {
  readonly name: string;
  /** Raw settings of the subject; left out = defaults. */
  readonly settings?: unknown;
  readonly timeline: readonly ExampleReading[];
  /** Lets the clock run until then, in seconds from the start; left out = until the last reading. */
  readonly until?: number;
  readonly alerts: readonly ExampleAlert[];
}
