import { z } from 'zod';
import type { Category, Evidence, Priority, Text } from '../../domain/alert.js';
import type { Metric } from '../../domain/metrics.js';
import { MINUTE } from '../../domain/time.js';
import { crossingText } from '../../domain/text.js';
import { evidenceOf } from './finding.js';
import { nextLevelAt, stepLevels, wakeLevels, type LevelSpec, type LevelState, type LevelStep } from './levels.js';
import type { Finding, Rule, RuleOutput } from './rule.js';

/** Limits of one direction, `null` = no such level. */
export interface LevelParams {
  readonly low: number | null;
  readonly medium: number | null;
  readonly high: number | null;
  readonly margin: number;
  readonly holdMinutes: number;
  readonly clearMinutes: number;
}
interface LevelRuleOptions {
  readonly name: string;
  readonly metric: Metric;
  readonly category: Category;
  readonly direction: 'high' | 'low';
  readonly defaults: LevelParams;
  /** Values nearer than this to the worst one are no news. */
  readonly grain: number;
  /** What stands before « 33 > 32 °C ». */
  readonly title: Text;
}
interface Memory extends LevelState {
  readonly first: Evidence;
  readonly worst: Evidence;
  readonly wakeAt?: number;
}

const RISING: readonly Extract<Priority, 'low' | 'medium' | 'high'>[] = ['low', 'medium', 'high'];

const paramsOf = (defaults: LevelParams): z.ZodType<LevelParams> => {
  const limit = z.number().nullable();
  return z.object({
    low: limit.default(defaults.low),
    medium: limit.default(defaults.medium),
    high: limit.default(defaults.high),
    margin: z.number().min(0).default(defaults.margin),
    holdMinutes: z.number().min(0).max(1_440).default(defaults.holdMinutes),
    clearMinutes: z.number().min(0).max(1_440).default(defaults.clearMinutes),
  });
};

/**
 * A rule for a slow value of a place with up to three levels. A level is believed when it has lasted `holdMinutes`:
 * sensors that only report changes are taken at their last word.
 */
export const levelRule = (options: LevelRuleOptions): Rule<LevelParams, Memory> => {
  const { name, metric, category, direction, grain, title } = options;
  const sign = direction === 'high' ? 1 : -1;
  const steps = (params: LevelParams) =>
    RISING.flatMap((priority) => {
      const limit = params[priority];
      return limit === null ? [] : [{ priority, limit }];
    });
  const spec = ({ holdMinutes, clearMinutes }: LevelParams): LevelSpec => ({
    hold: holdMinutes * MINUTE,
    clear: clearMinutes * MINUTE,
  });

  const finding = (params: LevelParams, memory: Memory, phase: Finding['phase']): Finding => {
    const { priority, limit } = steps(params)[Math.max(0, memory.level - 1)]!;
    const crossing = crossingText(metric, Number(memory.worst.value), limit);
    return {
      direction,
      metric,
      phase,
      priority,
      category,
      message: { fr: `${title.fr} : ${crossing.fr}`, en: `${title.en}: ${crossing.en}` },
      evidence: memory.first.reading === memory.worst.reading ? [memory.first] : [memory.first, memory.worst],
    };
  };
  const output = (
    params: LevelParams,
    was: Memory | undefined,
    step: LevelStep,
    proof: Pick<Memory, 'first' | 'worst'>,
  ): RuleOutput<Memory> => {
    const about = step.next ?? was;
    if (!about) return { memory: undefined, findings: [] };
    const { wakeAt: _, ...state } = { ...(about as Memory), first: proof.first, worst: proof.worst };
    const findings = step.phase ? [finding(params, state, step.phase)] : [];
    if (!step.next) return { memory: undefined, findings };
    if (step.next === was && proof.worst === was.worst) return { memory: was, findings };
    const wakeAt = nextLevelAt(step.next, spec(params));
    return { memory: wakeAt === null ? state : { ...state, wakeAt }, findings };
  };

  return {
    name,
    version: 1,
    metrics: [metric],
    retrospective: true,
    params: paramsOf(options.defaults),
    evaluate({ reading, params, memory: was }) {
      if (typeof reading.value !== 'number') return { memory: was, findings: [] };
      const { value } = reading;
      const levels = steps(params);
      const level = levels.filter(({ limit }) => sign * (value - limit) > 0).length;
      const held = Math.max(level, levels.filter(({ limit }) => sign * (value - limit) > -params.margin).length);
      const seen = { time: reading.time, level, held };
      const step = stepLevels(was, seen, spec(params), levels.length);
      const evidence = evidenceOf(reading, levels[Math.max(0, level - 1)]?.limit ?? null);
      const first = was?.first ?? evidence;
      const worse = !was || sign * (value - Number(was.worst.value)) >= grain || level > (was.level || level);
      return output(params, was, step, { first, worst: worse && level > 0 ? evidence : (was?.worst ?? evidence) });
    },
    wake({ params, memory: was, at }) {
      const { wakeAt: _, ...state } = was;
      return output(params, state, wakeLevels(state, at, spec(params)), was);
    },
  };
};
