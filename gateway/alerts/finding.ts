import type { Category, Evidence, Priority, Text } from '../../domain/alert.js';
import type { Metric } from '../../domain/metrics.js';
import { metricDefinition } from '../../domain/metrics.js';
import type { Reading } from '../../domain/reading.js';
import type { Finding, RuleOutput } from './rule.js';

/** A reading as evidence. */
export const evidenceOf = (
  { id, metric, value, time }: Pick<Reading, 'id' | 'metric' | 'value' | 'time'>,
  limit: number | null = null,
): Evidence => ({ reading: id, metric, value, limit, time });

export const text = (fr: string, en: string): Text => ({ fr, en });

/** The label of a metric with a small first letter inside a sentence: « poids », but « SpO₂ ». */
export const labelOf = (metric: Metric): Text => metricDefinition(metric).label;

/** What never changes between the findings of a rule; `findings.confirmed(…)` and `findings.over` say the rest. */
export const findingsOf = (fixed: {
  readonly metric: Metric | null;
  readonly category: Category;
  readonly direction?: Finding['direction'];
}) => {
  const { direction = 'event', metric, category } = fixed;
  const base = { direction, metric, category } as const;
  return {
    confirmed: (priority: Priority, message: Text, evidence: readonly Evidence[]): Finding => ({
      ...base,
      phase: 'confirmed',
      priority,
      message,
      evidence,
    }),
    over: {
      ...base,
      phase: 'normal',
      priority: 'low',
      message: { fr: '', en: '' },
      evidence: [],
    } satisfies Finding as Finding,
  };
};

export const quiet = <Memory>(memory: Memory | undefined): RuleOutput<Memory> => ({ memory, findings: [] });
