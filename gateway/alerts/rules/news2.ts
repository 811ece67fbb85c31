import { z } from 'zod';
import type { Evidence, Priority } from '../../../domain/alert.js';
import type { Metric } from '../../../domain/metrics.js';
import { news2, type News2, type News2Parameter } from '../../../domain/news2.js';
import { HOUR, MINUTE, type EpochMillis } from '../../../domain/time.js';
import { quiet, text } from '../finding.js';
import { nextLevelAt, stepLevels, wakeLevels, type LevelState } from '../levels.js';
import type { Example, Finding, Phase, Rule } from '../rule.js';

type Measured = 'respiratoryRate' | 'spo2' | 'systolicBp' | 'pulse' | 'temperature';
const PARAMETER: Readonly<Partial<Record<Metric, Measured>>> = {
  respiratory_rate: 'respiratoryRate',
  spo2: 'spo2',
  systolic_bp: 'systolicBp',
  pulse_rate: 'pulse',
  heart_rate: 'pulse',
  body_temperature: 'temperature',
};
interface Memory {
  readonly values: Readonly<Partial<Record<Measured, Evidence>>>;
  readonly levels?: LevelState;
  /** The highest score of this episode. */
  readonly worst?: number;
  /** The score was withdrawn: an input became too old. */
  readonly lost?: true;
  readonly wakeAt?: EpochMillis;
}

/**
 * RCP 2017. Consciousness and oxygen are measured by nobody's device: without them here the score stays incomplete.
 * They are never assumed; a physician who writes them answers for them. All inputs must be younger than `freshHours`
 * (ours, to be approved: NEWS2 asks for four to six hours at a low score).
 */
const params = z.object({
  spo2Scale: z.union([z.literal(1), z.literal(2)]).default(1),
  supplementalOxygen: z.boolean().optional(),
  consciousness: z.enum(['A', 'C', 'V', 'P', 'U']).optional(),
  freshHours: z.number().min(0.5).max(24).default(6),
});
type Params = z.infer<typeof params>;

const SPEC = { hold: MINUTE, clear: MINUTE };
const PRIORITY: readonly Priority[] = ['low', 'medium', 'high'];
/** The same value is written again this often, for its age. */
const STAMP_EVERY = 5 * MINUTE;

const scoreAt = (values: Memory['values'], at: EpochMillis, set: Params): News2 => {
  const value = (name: Measured): number | undefined => {
    const known = values[name];
    return known && at - known.time <= set.freshHours * HOUR ? Number(known.value) : undefined;
  };
  return news2({
    respiratoryRate: value('respiratoryRate'),
    spo2: value('spo2'),
    spo2Scale: set.spo2Scale,
    supplementalOxygen: set.supplementalOxygen,
    systolicBp: value('systolicBp'),
    pulse: value('pulse'),
    consciousness: set.consciousness,
    temperature: value('temperature'),
  });
};

/** 1 = one parameter alone gives three points, 2 = medium risk (5–6), 3 = high risk (7 and more). */
const levelOf = (score: number, anyThree: boolean): number => (score >= 7 ? 3 : score >= 5 ? 2 : anyThree ? 1 : 0);

const NAMES: Readonly<Record<News2Parameter, readonly [fr: string, en: string]>> = {
  respiratoryRate: ['fréquence respiratoire', 'respiratory rate'],
  spo2: ['SpO₂', 'SpO₂'],
  supplementalOxygen: ['oxygène', 'oxygen'],
  systolicBp: ['tension', 'blood pressure'],
  pulse: ['pouls', 'pulse'],
  consciousness: ['conscience', 'consciousness'],
  temperature: ['température', 'temperature'],
};
/** « NEWS2 incomplet : il manque conscience, oxygène ». */
export const incompleteText = (missing: readonly News2Parameter[]) => {
  const names = (language: 0 | 1) => missing.map((name) => NAMES[name][language]).join(', ');
  return text(`NEWS2 incomplet : il manque ${names(0)}`, `NEWS2 incomplete: ${names(1)} missing`);
};

const scoreText = (score: number, level: number) => {
  const [fr, en] = (
    [
      ['un paramètre à 3', 'one parameter at 3'],
      ['risque moyen', 'medium risk'],
      ['risque élevé', 'high risk'],
    ] as const
  )[level - 1] ?? ['', ''];
  return text(`NEWS2 ${score} (${fr})`, `NEWS2 ${score} (${en})`);
};

/** The inputs that weigh most. */
const evidenceOf = ({ values }: Memory, { parts }: News2): Evidence[] =>
  (Object.entries(values) as [Measured, Evidence][])
    .sort(([a], [b]) => (parts[b] ?? 0) - (parts[a] ?? 0))
    .slice(0, 3)
    .map(([, evidence]) => evidence);

const findingOf = (
  phase: Phase,
  level: number,
  message: Finding['message'],
  evidence: readonly Evidence[],
): Finding => ({
  direction: 'high',
  metric: null,
  phase,
  priority: PRIORITY[Math.max(0, level - 1)] ?? 'low',
  category: 'clinical',
  message,
  evidence,
});

const withWake = (memory: Omit<Memory, 'wakeAt'>, set: Params): Memory => {
  const next = memory.levels ? nextLevelAt(memory.levels, SPEC) : null;
  // A score that rings is withdrawn when its oldest input is too old.
  const told = memory.levels && memory.levels.level > 0 && !memory.lost;
  const oldest = Math.min(...Object.values(memory.values).map(({ time }) => time));
  const stale = told ? oldest + set.freshHours * HOUR + 1 : Infinity;
  const wakeAt = Math.min(next ?? Infinity, stale);
  return Number.isFinite(wakeAt) ? { ...memory, wakeAt } : memory;
};

/** The early warning score of a complete set of fresh observations; an incomplete set has no score and does not ring. */
export const rule: Rule<Params, Memory> = {
  name: 'news2',
  version: 1,
  metrics: Object.keys(PARAMETER) as Metric[],
  keeps: 'subject',
  params,
  evaluate({ reading, params: set, memory: was }) {
    const { metric, value, time, quality, id } = reading;
    if (set.consciousness === undefined || set.supplementalOxygen === undefined) return quiet<Memory>(undefined);
    const name = PARAMETER[metric];
    if (typeof value !== 'number' || quality !== 'good' || !name) return quiet(was);
    const known = was?.values[name];
    if (known && (time < known.time || (known.value === value && time - known.time < STAMP_EVERY))) return quiet(was);
    const values = { ...was?.values, [name]: { reading: id, metric, value, limit: null, time } };
    const result = scoreAt(values, time, set);
    const base = { values, ...(was?.levels ? { levels: was.levels } : {}) };
    const worst = Math.max(was?.worst ?? 0, result.score ?? 0);
    if (result.score === null) {
      if (!was?.levels?.level || was.lost)
        return quiet(withWake({ ...base, worst, ...(was?.lost ? { lost: true } : {}) }, set));
      const finding = findingOf('lost', was.levels.level, incompleteText(result.missing), []);
      return { memory: withWake({ ...base, worst, lost: true }, set), findings: [finding] };
    }
    const anyThree = Object.values(result.parts).includes(3);
    const level = levelOf(result.score, anyThree);
    const held = Math.max(level, levelOf(result.score + 1, anyThree));
    const step = stepLevels(was?.levels, { time, level, held }, SPEC, PRIORITY.length);
    const about = step.next ?? was?.levels;
    const top = step.next === undefined ? 0 : worst;
    const memory = withWake(
      { values, ...(step.next ? { levels: step.next } : {}), ...(top ? { worst: top } : {}) },
      set,
    );
    if (!step.phase || !about) return { memory, findings: [] };
    const finding = findingOf(
      step.phase,
      about.level,
      scoreText(worst, Math.max(1, about.level)),
      evidenceOf(memory, result),
    );
    return { memory, findings: [finding] };
  },
  wake({ params: set, memory: { wakeAt: _, ...was }, at }) {
    if (!was.levels) return quiet(was);
    const result = scoreAt(was.values, at, set);
    if (result.score === null) {
      const message = incompleteText(result.missing);
      const { levels: __, ...rest } = was;
      if (was.levels.level === 0) return quiet(rest);
      return { memory: { ...was, lost: true }, findings: [findingOf('lost', was.levels.level, message, [])] };
    }
    const step = wakeLevels(was.levels, at, SPEC);
    const levels = step.next ?? was.levels;
    const memory = withWake({ ...was, levels }, set);
    if (!step.phase) return quiet(memory);
    const said = scoreText(was.worst ?? result.score, levels.level);
    return { memory, findings: [findingOf(step.phase, levels.level, said, evidenceOf(memory, result))] };
  },
};

const set = (at: number, [rr, spo2, sbp, hr, temp]: readonly [number, number, number, number, number]) =>
  (
    [
      ['respiratory_rate', rr],
      ['spo2', spo2],
      ['systolic_bp', sbp],
      ['heart_rate', hr],
      ['body_temperature', temp],
    ] as const
  ).map(([metric, value], index) => ({ at: at + index, metric, value }));
const awake = { supplementalOxygen: false, consciousness: 'A' };
const score = { condition: 'active', workflow: 'open', endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'rings at seven',
    settings: awake,
    timeline: set(0, [25, 93, 105, 112, 38.2]),
    until: 70,
    alerts: [{ ...score, priority: 'high', message: 'NEWS2 9 (risque élevé)', startsAt: 0 }],
  },
  {
    name: 'tells one parameter alone at three points',
    settings: awake,
    timeline: set(0, [16, 97, 88, 72, 36.8]),
    until: 70,
    alerts: [{ ...score, priority: 'low', message: 'NEWS2 3 (un paramètre à 3)', startsAt: 2 }],
  },
  {
    name: 'follows scale 2 where it is prescribed',
    settings: { ...awake, spo2Scale: 2 },
    timeline: set(0, [21, 89, 118, 95, 37]),
    until: 70,
    alerts: [],
  },
  {
    name: 'has no score without consciousness and oxygen: nothing is assumed',
    timeline: set(0, [30, 80, 80, 135, 40]),
    until: 70,
    alerts: [],
  },
  {
    name: 'has no score while an input is missing',
    settings: awake,
    timeline: set(0, [30, 80, 80, 135, 40]).slice(0, 4),
    until: 70,
    alerts: [],
  },
  {
    name: 'withdraws the score when an input is too old, and does not call that recovery',
    settings: awake,
    timeline: set(0, [25, 93, 105, 112, 38.2]),
    until: 6 * 3_600 + 10,
    alerts: [
      {
        ...score,
        priority: 'high',
        condition: 'indeterminate',
        message: 'NEWS2 incomplet : il manque fréquence respiratoire',
        startsAt: 0,
      },
    ],
  },
];
