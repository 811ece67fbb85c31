import { z } from 'zod';
import { formatValue } from '../../../domain/text.js';
import { DAY, HOUR, MINUTE, type EpochMillis } from '../../../domain/time.js';
import { evidenceOf, quiet, text } from '../finding.js';
import { localTime } from '../local-time.js';
import type { Example, Finding, Phase, Rule } from '../rule.js';
import { median, rounded } from '../statistics.js';

interface Memory {
  readonly day: number;
  /** Today's values, at most twelve: [time, °C]. */
  readonly today: readonly (readonly [EpochMillis, number])[];
  /** The last one that was above the « repeated » limit. */
  readonly warm?: EpochMillis;
  /** Medians of the days before, at most fourteen: [day, °C]. */
  readonly days: readonly (readonly [day: number, value: number])[];
  readonly told?: true;
}

/**
 * Defaults, to be approved: IDSA 2008, long-term care: a single oral value > 37.8 °C, or repeated ones > 37.2 °C, or
 * > 1.1 °C above the person's own baseline. Null = off. Sites that measure in the ear or rectally set their own.
 */
const params = z.object({
  single: z.number().min(36).max(42).nullable().default(37.8),
  repeated: z.number().min(36).max(42).nullable().default(37.2),
  aboveBaseline: z.number().min(0.3).max(4).nullable().default(1.1),
  /** Two values count as repeated when they are between these apart (ours). */
  apartMinutes: z.number().min(1).max(720).default(120),
  withinHours: z.number().min(1).max(72).default(24),
  /** Days that must be known before there is a baseline (ours). */
  baselineDays: z.number().int().min(3).max(14).default(5),
});
type Params = z.infer<typeof params>;

const MOST_TODAY = 12;
const MOST_DAYS = 14;
const GRAIN = 20 * MINUTE;

type Reason = 'single' | 'repeated' | 'baseline';
const findingOf = (
  phase: Phase,
  reason: Reason,
  value: number,
  baseline: number | null,
  evidence: Finding['evidence'],
): Finding => {
  const written = (language: 'fr' | 'en') => formatValue('body_temperature', value, language);
  const usual = (language: 'fr' | 'en') => formatValue('body_temperature', rounded(baseline ?? 0, 1), language);
  const message = {
    single: text(`Fièvre : ${written('fr')}`, `Fever: ${written('en')}`),
    repeated: text(`Température élevée répétée : ${written('fr')}`, `Raised temperature, repeated: ${written('en')}`),
    baseline: text(
      `Température au-dessus de l’habituel : ${written('fr')} (habituel ${usual('fr')})`,
      `Temperature above the usual: ${written('en')} (usual ${usual('en')})`,
    ),
  }[reason];
  const base = { direction: 'high', metric: 'body_temperature', category: 'clinical', isolated: true } as const;
  return { ...base, phase, priority: reason === 'single' ? 'medium' : 'low', message, evidence };
};

/** The usual temperature, or null while too few days are known to say. */
const baselineOf = (memory: Memory | undefined, { baselineDays }: Params): number | null =>
  memory && memory.days.length >= baselineDays ? median(memory.days.map(([, value]) => value)) : null;

/** Infection in an old body often shows without the 38 °C of the textbook. The threshold rule rings for those itself. */
export const rule: Rule<Params, Memory> = {
  name: 'fever-ltcf',
  version: 1,
  metrics: ['body_temperature'],
  defersTo: ['threshold'],
  params,
  evaluate({ reading, params: set, memory: was, timezone }) {
    const { value, time, quality } = reading;
    if (typeof value !== 'number' || quality !== 'good') return quiet(was);
    const { day } = localTime(time, timezone);
    if (was && day < was.day) return quiet(was);
    const isNewDay = was !== undefined && day > was.day;
    const days =
      isNewDay && was.today.length > 0
        ? [...was.days, [was.day, rounded(median(was.today.map(([, each]) => each)))] as const]
            .filter(([each]) => day - each <= MOST_DAYS)
            .slice(-MOST_DAYS)
        : (was?.days ?? []);
    const base: Memory = { day, today: isNewDay ? [] : (was?.today ?? []), days };
    const baseline = baselineOf(base, set);
    const since = was?.warm === undefined ? null : time - was.warm;
    const isRepeated =
      set.repeated !== null &&
      value > set.repeated &&
      since !== null &&
      since >= set.apartMinutes * MINUTE &&
      since <= set.withinHours * HOUR;
    const reason: Reason | null =
      set.single !== null && value > set.single
        ? 'single'
        : set.aboveBaseline !== null && baseline !== null && rounded(value - baseline) > set.aboveBaseline
          ? 'baseline'
          : isRepeated || (was?.told === true && set.repeated !== null && value > set.repeated)
            ? 'repeated'
            : null;
    const isWarm = set.repeated !== null && value > set.repeated;
    const warm = isWarm ? (since !== null && since <= set.withinHours * HOUR ? was?.warm : time) : undefined;
    // A day with fever is no usual day.
    const last = base.today.at(-1)?.[0] ?? -Infinity;
    const today =
      reason === null && !isWarm && time - last >= GRAIN
        ? [...base.today, [time, value] as const].slice(-MOST_TODAY)
        : base.today;
    if (reason === null && was && !was.told && today === was.today && warm === was.warm) return quiet(was);
    const memory: Memory = {
      ...base,
      today,
      ...(warm === undefined ? {} : { warm }),
      ...(reason ? { told: true } : {}),
    };
    if (reason) return { memory, findings: [findingOf('confirmed', reason, value, baseline, [evidenceOf(reading)])] };
    return { memory, findings: was?.told ? [findingOf('normal', 'single', value, baseline, [])] : [] };
  },
};

const temperature = (at: number, value: number) => ({ at, metric: 'body_temperature' as const, value });
const DAYS = DAY / 1_000;
const fever = { condition: 'active', workflow: 'open', endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'tells a single value above 37.8 °C',
    timeline: [temperature(0, 36.8), temperature(600, 38)],
    alerts: [{ ...fever, priority: 'medium', message: 'Fièvre : 38,0\u00a0°C', startsAt: 600 }],
  },
  {
    name: 'tells repeated values above 37.2 °C',
    timeline: [temperature(0, 37.4), temperature(14_400, 37.5)],
    alerts: [{ ...fever, priority: 'low', message: 'Température élevée répétée : 37,5\u00a0°C', startsAt: 14_400 }],
  },
  {
    name: 'is silent about one such value, and about two of the same minute',
    timeline: [temperature(0, 37.4), temperature(60, 37.4), temperature(14_400, 36.9)],
    alerts: [],
  },
  {
    name: 'tells a value far above the person’s own baseline',
    timeline: [...[0, 1, 2, 3, 4, 5].map((day) => temperature(day * DAYS, 35.8)), temperature(6 * DAYS, 37)],
    alerts: [
      {
        ...fever,
        priority: 'low',
        message: 'Température au-dessus de l’habituel : 37,0\u00a0°C (habituel 35,8\u00a0°C)',
        startsAt: 6 * DAYS,
      },
    ],
  },
  {
    name: 'knows no baseline after two days',
    timeline: [...[0, 1].map((day) => temperature(day * DAYS, 35.8)), temperature(2 * DAYS, 37)],
    alerts: [],
  },
];
