import { z } from 'zod';
import { formatNumber } from '../../../domain/text.js';
import { DAY, type EpochMillis } from '../../../domain/time.js';
import { evidenceOf, quiet, text } from '../finding.js';
import type { Example, Finding, Phase, Rule } from '../rule.js';
import { median, rounded } from '../statistics.js';

/** The weights of one week, at most five of them, and their median: one odd weighing does not count. */
interface Week {
  readonly week: number;
  readonly kg: readonly number[];
  readonly id: string;
  readonly time: EpochMillis;
}
interface Memory {
  readonly weeks: readonly Week[];
  readonly told?: true;
}

/** Defaults, to be approved: HAS, malnutrition from 70 years on: ≥ 5 % in one month or ≥ 10 % in six. Null = off. */
const params = z.object({
  monthPercent: z.number().positive().nullable().default(5),
  halfYearPercent: z.number().positive().nullable().default(10),
});
type Params = z.infer<typeof params>;

const MONTH = 31 * DAY;
const HALF_YEAR = 183 * DAY;
const MOST_A_WEEK = 5;
/** A loss is believed when the week has so many weights, or the week before shows it too. */
const ENOUGH = 2;

const findingOf = (phase: Phase, percent: number, months: 1 | 6, evidence: Finding['evidence']): Finding => ({
  direction: 'low',
  metric: 'body_weight',
  phase,
  priority: months === 1 ? 'low' : 'medium',
  category: 'clinical',
  message: text(
    `Poids : −${formatNumber(percent, 1, 'fr')}\u202f% en ${months === 1 ? '1 mois' : '6 mois'}`,
    `Weight: −${formatNumber(percent, 1, 'en')}% in ${months === 1 ? '1 month' : '6 months'}`,
  ),
  evidence,
  isolated: true,
});

/** Somebody who eats too little. */
export const rule: Rule<Params, Memory> = {
  name: 'weight-loss',
  version: 1,
  metrics: ['body_weight'],
  params,
  evaluate({ reading, params: set, memory }) {
    const { id, time, value } = reading;
    if (typeof value !== 'number') return quiet(memory);
    const number = Math.floor(time / (7 * DAY));
    const was = memory?.weeks ?? [];
    const last = was.at(-1);
    if (last && last.week > number) return quiet(memory);
    const current = last?.week === number ? last : null;
    const before = (current ? was.slice(0, -1) : was).filter((week) => time - week.time <= HALF_YEAR);
    const kg = [...(current?.kg ?? []), value].slice(-MOST_A_WEEK);
    const weeks = [...before, { week: number, kg, id, time }];
    const now = median(kg);
    const loss = (within: number) => {
      const known = before.filter((week) => time - week.time <= within);
      if (known.length === 0) return { percent: 0, most: null };
      const most = known.reduce((a, b) => (median(b.kg) > median(a.kg) ? b : a));
      return { percent: rounded((1 - now / median(most.kg)) * 100, 1), most };
    };
    const [month, half] = [loss(MONTH), loss(HALF_YEAR)];
    const long = set.halfYearPercent !== null && half.percent >= set.halfYearPercent;
    const short = set.monthPercent !== null && month.percent >= set.monthPercent;
    const { percent, most } = long ? half : month;
    if (!long && !short) {
      const findings = memory?.told ? [findingOf('normal', 0, 1, [])] : [];
      return { memory: { weeks }, findings };
    }
    const told = memory?.told ?? (kg.length >= ENOUGH ? true : undefined);
    if (!told || !most) return quiet({ weeks });
    const evidence = [
      evidenceOf({ id: most.id as never, metric: 'body_weight', value: median(most.kg), time: most.time }),
      evidenceOf(reading),
    ];
    return { memory: { weeks, told }, findings: [findingOf('confirmed', percent, long ? 6 : 1, evidence)] };
  },
};

const DAYS = 24 * 3_600;
const weekly = (values: readonly number[], from = 0) =>
  values.map((value, index) => ({ at: (from + index * 7) * DAYS, metric: 'body_weight' as const, value }));

export const examples: readonly Example[] = [
  {
    name: 'tells five per cent in a month, once two weights of the week show it',
    timeline: [...weekly([60, 59, 58, 57]), { at: 22 * DAYS, metric: 'body_weight', value: 56.8 }],
    alerts: [
      {
        priority: 'low',
        condition: 'active',
        workflow: 'open',
        message: 'Poids : −5,2\u202f% en 1 mois',
        startsAt: 0,
        endsAt: null,
      },
    ],
  },
  { name: 'is silent about one odd weight', timeline: weekly([60, 60.2, 59.8, 55]), alerts: [] },
  { name: 'is silent about a stable weight', timeline: weekly([60, 60.4, 59.7, 60.1, 59.9, 60.2]), alerts: [] },
  {
    name: 'rises to « à voir » at ten per cent in six months',
    timeline: [
      ...weekly([60, 59.2, 58.6, 58, 57.4, 56.8, 56.2, 55.6, 55, 54.4, 53.8]),
      { at: 71 * DAYS, metric: 'body_weight', value: 53.8 },
    ],
    alerts: [
      {
        priority: 'medium',
        condition: 'active',
        workflow: 'open',
        message: 'Poids : −10,3\u202f% en 6 mois',
        startsAt: 0,
        endsAt: null,
      },
    ],
  },
];
