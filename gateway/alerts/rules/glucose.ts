import { z } from 'zod';
import { formatNumber } from '../../../domain/text.js';
import { HOUR } from '../../../domain/time.js';
import { evidenceOf, quiet, text } from '../finding.js';
import type { Example, Finding, Phase, Rule } from '../rule.js';
import { rounded } from '../statistics.js';

/** Counts of one hour: below 70, 70–180, above 250 mg/dL, and all. */
type Hour = readonly [hour: number, below: number, within: number, above: number, all: number];
interface Memory {
  /** The last 24 h, an hour a row. */
  readonly hours: readonly Hour[];
  readonly told: readonly ('low' | 'high')[];
}

/**
 * Defaults, to be approved: ADA level 1 < 70 mg/dL; CGM targets of older or frail people: in range (70–180) > 50 % of
 * the time, < 1 % below 70, < 10 % above 250. Adults otherwise: ≥ 70 %, < 4 %, < 5 %. The single values (level 1 < 70,
 * level 2 < 54, > 250) are the limits of the threshold rule, where a resident's own are set.
 */
const params = z.object({
  inRangePercent: z.number().min(0).max(100).default(50),
  belowPercent: z.number().min(0).max(100).default(1),
  abovePercent: z.number().min(0).max(100).default(10),
  /** A sensor every five minutes gives 288 a day; fewer than 70 % of them say nothing of a day. */
  readings: z.number().int().min(24).max(1_440).default(200),
  /** Values < 70 measured by hand within 24 h that are a pattern. */
  repeatedLow: z.number().int().min(2).max(10).default(2),
});
type Params = z.infer<typeof params>;

const DAY_HOURS = 24;

const findingOf = (
  side: 'low' | 'high',
  phase: Phase,
  said: readonly string[],
  evidence: Finding['evidence'],
): Finding => ({
  direction: side,
  metric: 'glucose',
  phase,
  priority: 'low',
  category: 'clinical',
  message: text(said[0] ?? '', said[1] ?? ''),
  evidence,
});

const percent = (value: number, language: 'fr' | 'en'): string =>
  `${formatNumber(value, 0, language)}${language === 'fr' ? '\u202f%' : '%'}`;

/** What the last 24 h say of one side; null = nothing. */
const verdict = (side: 'low' | 'high', hours: readonly Hour[], set: Params): readonly string[] | null => {
  const [below, within, above, all] = [1, 2, 3, 4].map((column) =>
    hours.reduce((sum, hour) => sum + (hour[column] ?? 0), 0),
  ) as [number, number, number, number];
  const share = (count: number): number => rounded((count / all) * 100, 1);
  if (all >= set.readings) {
    const languages = ['fr', 'en'] as const;
    if (side === 'low')
      return share(below) <= set.belowPercent
        ? null
        : languages.map((language) => {
            const [is, target] = [percent(share(below), language), percent(set.belowPercent, language)];
            return language === 'fr'
              ? `Glycémie : ${is} du temps sous 70\u00a0mg/dL en 24\u00a0h (cible < ${target})`
              : `Glucose: ${is} of the time below 70\u00a0mg/dL in 24\u00a0h (target < ${target})`;
          });
    if (share(within) >= set.inRangePercent && share(above) <= set.abovePercent) return null;
    return languages.map((language) => {
      const [is, target] = [percent(share(within), language), percent(set.inRangePercent, language)];
      return language === 'fr'
        ? `Glycémie : ${is} du temps dans la cible en 24\u00a0h (objectif > ${target})`
        : `Glucose: ${is} of the time in range in 24\u00a0h (target > ${target})`;
    });
  }
  const byHand = all < DAY_HOURS;
  return side === 'low' && byHand && below >= set.repeatedLow
    ? [`Hypoglycémies répétées : ${below} en 24\u00a0h`, `Repeated hypoglycaemia: ${below} in 24\u00a0h`]
    : null;
};

/** Diabetes over a day rather than a value: time in range of a sensor, low values that come again. */
export const rule: Rule<Params, Memory> = {
  name: 'glucose',
  version: 1,
  metrics: ['glucose'],
  params,
  evaluate({ reading, params: set, memory: was }) {
    const { value, time } = reading;
    if (typeof value !== 'number') return quiet(was);
    const hour = Math.floor(time / HOUR);
    const last = was?.hours.at(-1);
    if (last && last[0] > hour) return quiet(was);
    const [, below, within, above, all] = last?.[0] === hour ? last : [hour, 0, 0, 0, 0];
    const row: Hour = [
      hour,
      below + (value < 70 ? 1 : 0),
      within + (value >= 70 && value <= 180 ? 1 : 0),
      above + (value > 250 ? 1 : 0),
      all + 1,
    ];
    const hours = [...(was?.hours ?? []).filter(([at]) => hour - at < DAY_HOURS && at !== hour), row];
    const findings: Finding[] = [];
    const told: ('low' | 'high')[] = [];
    for (const side of ['low', 'high'] as const) {
      const said = verdict(side, hours, set);
      const known = was?.told.includes(side) ?? false;
      if (said) {
        told.push(side);
        // The share of a day moves with every reading: what was told is not told again.
        if (!known) findings.push(findingOf(side, 'confirmed', said, [evidenceOf(reading)]));
      } else if (known) findings.push(findingOf(side, 'normal', [], []));
    }
    return { memory: { hours, told }, findings };
  },
};

const cgm = (count: number, value: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => ({ at: index * 300, metric: 'glucose' as const, value: value(index) }));
const told = { priority: 'low', condition: 'active', workflow: 'open', endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'tells a day with too little time in range',
    timeline: cgm(288, (index) => (index % 3 === 0 ? 150 : 210)),
    alerts: [
      {
        ...told,
        message: 'Glycémie : 34\u202f% du temps dans la cible en 24\u00a0h (objectif > 50\u202f%)',
        startsAt: 199 * 300,
      },
    ],
  },
  { name: 'is silent about a day in range', timeline: cgm(288, () => 140), alerts: [] },
  {
    name: 'tells time below 70',
    timeline: cgm(288, (index) => (index >= 100 && index < 106 ? 65 : 120)),
    alerts: [
      {
        ...told,
        message: 'Glycémie : 3\u202f% du temps sous 70\u00a0mg/dL en 24\u00a0h (cible < 1\u202f%)',
        startsAt: 199 * 300,
      },
    ],
  },
  {
    name: 'tells low values by hand that come again within a day',
    timeline: [
      { at: 0, metric: 'glucose', value: 66 },
      { at: 3_600, metric: 'glucose', value: 110 },
      { at: 30_000, metric: 'glucose', value: 64 },
    ],
    alerts: [{ ...told, message: 'Hypoglycémies répétées : 2 en 24\u00a0h', startsAt: 30_000 }],
  },
];
