import { z } from 'zod';
import type { Category, Priority, Text } from '../../domain/alert.js';
import type { Metric } from '../../domain/metrics.js';
import type { Finding, Rule, RuleOutput } from './rule.js';

interface EventRuleOptions {
  readonly name: string;
  readonly metric: Metric;
  readonly category: Category;
  readonly priority: Priority;
  readonly message: Text;
  /** What a reading that its own device doubts says; left out = the same as any other. */
  readonly doubtful?: { readonly priority: Priority; readonly message: Text };
}

const NOTHING: RuleOutput<never> = { memory: undefined, findings: [] };

/** A rule for a boolean event: `true` alerts at once, `false` says it is over. It needs no memory. */
export const eventRule = (options: EventRuleOptions): Rule<unknown, never> => {
  const { name, metric, category } = options;
  const finding = (phase: Finding['phase'], { priority, message }: { priority: Priority; message: Text }): Finding => ({
    direction: 'event',
    metric,
    phase,
    priority,
    category,
    message,
    evidence: [],
  });
  const over: RuleOutput<never> = { memory: undefined, findings: [finding('normal', options)] };
  const sure = finding('confirmed', options);
  const doubtful = options.doubtful ? finding('confirmed', options.doubtful) : sure;

  return {
    name,
    version: 1,
    metrics: [metric],
    params: z.looseObject({}),
    evaluate({ reading }) {
      if (reading.value === false) return over;
      if (reading.value !== true) return NOTHING;
      const evidence = [{ reading: reading.id, metric, value: true, limit: null, time: reading.time }];
      return { memory: undefined, findings: [{ ...(reading.quality === 'good' ? sure : doubtful), evidence }] };
    },
  };
};
