import { z } from 'zod';
import type { Category, Priority, Text } from '../../domain/alert.js';
import type { Metric } from '../../domain/metrics.js';
import { SECOND, type EpochMillis } from '../../domain/time.js';
import type { Finding, Rule, RuleOutput } from './rule.js';

interface EventRuleOptions {
  readonly name: string;
  readonly metric: Metric;
  readonly category: Category;
  readonly priority: Priority;
  readonly message: Text;
  /** What a reading that its own device doubts says; left out = the same as any other. */
  readonly doubtful?: { readonly priority: Priority; readonly message: Text };
  /** How long `false` must last before the event is over; left out = the first one is enough. */
  readonly clearSeconds?: number;
}
/** The event was seen; `wakeAt` is there while it seems over. */
interface Memory {
  readonly wakeAt?: EpochMillis;
}

const NOTHING: RuleOutput<Memory> = { memory: undefined, findings: [] };

/** A rule for a boolean event: `true` alerts at once, `false` says it is over. */
export const eventRule = (options: EventRuleOptions): Rule<unknown, Memory> => {
  const { name, metric, category, clearSeconds } = options;
  const finding = (phase: Finding['phase'], { priority, message }: { priority: Priority; message: Text }): Finding => ({
    direction: 'event',
    metric,
    phase,
    priority,
    category,
    message,
    evidence: [],
  });
  const over: RuleOutput<Memory> = { memory: undefined, findings: [finding('normal', options)] };
  const sure = finding('confirmed', options);
  const doubtful = options.doubtful ? finding('confirmed', options.doubtful) : sure;

  return {
    name,
    version: 1,
    metrics: [metric],
    retrospective: true,
    params: z.looseObject({}),
    evaluate({ reading, memory }) {
      if (reading.value === false) {
        if (clearSeconds === undefined) return over;
        if (!memory || memory.wakeAt !== undefined) return { memory, findings: [] };
        return { memory: { wakeAt: reading.receivedAt + clearSeconds * SECOND }, findings: [] };
      }
      if (reading.value !== true) return NOTHING;
      const evidence = [{ reading: reading.id, metric, value: true, limit: null, time: reading.time }];
      const findings = [{ ...(reading.quality === 'good' ? sure : doubtful), evidence }];
      if (clearSeconds === undefined) return { memory: undefined, findings };
      return { memory: memory && memory.wakeAt === undefined ? memory : {}, findings };
    },
    wake: () => over,
  };
};
