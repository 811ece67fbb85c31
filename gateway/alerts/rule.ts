import type { z } from 'zod';
import type { Category, Condition, Direction, Evidence, Priority, Text, Workflow } from '../../domain/alert.js';
import type { Metric } from '../../domain/metrics.js';
import type { Reading } from '../../domain/reading.js';
import type { EpochMillis } from '../../domain/time.js';

/**
 * What a rule says after one reading, for one direction of one metric:
 * `breach` = out of limits but not yet confirmed; `confirmed` = alert; `recovering` = back in range, holding;
 * `normal` = back in range for long enough (or never left it).
 */
export type Phase = 'breach' | 'confirmed' | 'recovering' | 'normal';

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
}
export interface RuleOutput<Memory> {
  /** Undefined = forget. Return the same object when nothing changed: only changes are written. */
  readonly memory: Memory | undefined;
  readonly findings: readonly Finding[];
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
  evaluate(input: RuleInput<Params, Memory>): RuleOutput<Memory>;
}

/** One reading of an example timeline; `at` in seconds from its start. */
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
  readonly alerts: readonly ExampleAlert[];
}
