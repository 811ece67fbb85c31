import { z } from 'zod';
import type { Evidence } from '../../../domain/alert.js';
import { formatNumber } from '../../../domain/text.js';
import { HOUR, MINUTE, type EpochMillis } from '../../../domain/time.js';
import { evidenceOf, quiet, text } from '../finding.js';
import type { Example, Finding, Phase, Rule } from '../rule.js';
import { rounded } from '../statistics.js';

interface Memory {
  /** Believed weights of the last days, the oldest first. */
  readonly weights: readonly { readonly id: string; readonly time: EpochMillis; readonly kg: number }[];
  /** A weight that may be somebody else's: believed when it is measured again. */
  readonly strange?: number;
  readonly told?: true;
}

/**
 * Defaults, to be approved: > 2 kg in 3 days (ESC, heartfailurematters.org); > 1.5 kg in 24 h as high priority (usual
 * practice). Day to day ± 0.5 kg is noise. Null = off.
 */
const params = z.object({
  threeDaysKg: z.number().positive().nullable().default(2),
  oneDayKg: z.number().positive().nullable().default(1.5),
  /** A jump beyond this within a day is another person on the scale until it is measured again (standards §6). */
  strangeKg: z.number().positive().default(5),
});
type Params = z.infer<typeof params>;

/** Nobody weighs themselves at the same minute: a day is up to 30 h, three days up to 78 h. */
const ONE_DAY = 30 * HOUR;
const THREE_DAYS = 78 * HOUR;
const MOST_KEPT = 24;
/** Weights closer than this are one visit to the scale: only the last counts. */
const ONE_VISIT = 10 * MINUTE;
/** Two weights this close are of the same person. */
const SAME_KG = 1;

const findingOf = (evidence: readonly Evidence[], phase: Phase, gain: number, days: 1 | 3): Finding => {
  const kg = (language: 'fr' | 'en') => `${formatNumber(gain, 1, language)}\u00a0kg`;
  return {
    direction: 'high',
    metric: 'body_weight',
    phase,
    priority: days === 1 ? 'high' : 'medium',
    category: 'clinical',
    message: text(
      `Poids : +${kg('fr')} en ${days === 1 ? '24\u00a0h' : '3 jours'}`,
      `Weight: +${kg('en')} in ${days === 1 ? '24\u00a0h' : '3 days'}`,
    ),
    evidence,
    isolated: true,
  };
};

/** Water that a failing heart holds back. */
export const rule: Rule<Params, Memory> = {
  name: 'weight-gain',
  version: 1,
  metrics: ['body_weight'],
  params,
  evaluate({ reading, params: set, memory }) {
    const { id, time, value } = reading;
    if (typeof value !== 'number') return quiet(memory);
    const was = memory?.weights ?? [];
    const last = was.at(-1);
    if (last && time < last.time) return quiet(memory);
    const told = memory?.told ? { told: true as const } : {};
    const jump = last && time - last.time <= ONE_DAY ? value - last.kg : 0;
    const again = memory?.strange !== undefined && Math.abs(value - memory.strange) <= SAME_KG;
    if (Math.abs(jump) > set.strangeKg && !again) {
      const evidence = [evidenceOf(reading, last?.kg ?? null)];
      const findings = jump > 0 && !memory?.told ? [findingOf(evidence, 'breach', rounded(jump, 1), 1)] : [];
      return { memory: { weights: was, ...told, strange: value }, findings };
    }
    const weights = [
      ...was.filter((each) => time - each.time <= THREE_DAYS && time - each.time > ONE_VISIT),
      { id, time, kg: value },
    ].slice(-MOST_KEPT);
    const gained = (within: number, limit: number | null) => {
      if (limit === null) return null;
      const least = weights.filter((each) => time - each.time <= within).reduce((a, b) => (b.kg < a.kg ? b : a));
      return rounded(value - least.kg, 2) > limit ? least : null;
    };
    const [day, days] = [gained(ONE_DAY, set.oneDayKg), gained(THREE_DAYS, set.threeDaysKg)];
    const least = day ?? days;
    if (!least) {
      const findings = memory?.told || memory?.strange !== undefined ? [findingOf([], 'normal', 0, 3)] : [];
      return { memory: { weights }, findings };
    }
    const evidence = [
      evidenceOf({ id: least.id as never, metric: 'body_weight', value: least.kg, time: least.time }),
      evidenceOf(reading, rounded(least.kg + ((day ? set.oneDayKg : set.threeDaysKg) ?? 0), 1)),
    ];
    const finding = findingOf(evidence, 'confirmed', rounded(value - least.kg, 1), day ? 1 : 3);
    return { memory: { weights, told: true }, findings: [finding] };
  },
};

const DAYS = 24 * 3_600;
const weights = (values: readonly number[]) =>
  values.map((value, index) => ({ at: index * DAYS, metric: 'body_weight' as const, value }));
const gain = { condition: 'active', workflow: 'open', startsAt: 0, endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'tells more than two kilos in three days',
    timeline: weights([70, 70.8, 71.6, 72.2]),
    alerts: [{ ...gain, priority: 'medium', message: 'Poids : +2,2\u00a0kg en 3 jours' }],
  },
  {
    name: 'rings for more than a kilo and a half in a day',
    timeline: weights([70, 71.7]),
    alerts: [{ ...gain, priority: 'high', message: 'Poids : +1,7\u00a0kg en 24\u00a0h' }],
  },
  { name: 'is silent about the noise of a scale', timeline: weights([70, 70.5, 69.9, 70.4, 70]), alerts: [] },
  {
    name: 'asks to weigh again when it seems to be somebody else, and forgets it when it was',
    timeline: [...weights([70, 81]), { at: DAYS + 120, metric: 'body_weight', value: 70.2 }],
    alerts: [
      {
        priority: 'high',
        condition: 'ended',
        workflow: 'closed',
        message: 'Poids : +11,0\u00a0kg en 24\u00a0h',
        startsAt: DAYS,
        endsAt: DAYS + 120,
      },
    ],
  },
];
