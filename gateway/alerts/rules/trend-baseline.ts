import { z } from 'zod';
import { metricDefinition, type Metric } from '../../../domain/metrics.js';
import { formatNumber, formatValue, type Language } from '../../../domain/text.js';
import { DAY, HOUR } from '../../../domain/time.js';
import { evidenceOf, labelOf, quiet, text } from '../finding.js';
import { localTime } from '../local-time.js';
import type { Example, Finding, Phase, Rule } from '../rule.js';
import { median, robustDeviation, rounded } from '../statistics.js';

/** Bounded: one value an hour of the last 24 h, one median a day of the last 14. */
interface Memory {
  readonly day: number;
  readonly hours: readonly (readonly [hour: number, value: number])[];
  readonly days: readonly (readonly [day: number, value: number])[];
  readonly told?: 'low' | 'high';
}

/** The least change that means something, in the metric's unit; ours, to be approved. */
const LEAST = {
  heart_rate: 12,
  pulse_rate: 15,
  respiratory_rate: 4,
  spo2: 3,
  systolic_bp: 20,
  diastolic_bp: 12,
  body_temperature: 0.8,
  body_weight: 1.5,
  glucose: 60,
} as const satisfies Partial<Record<Metric, number>>;
type Watched = keyof typeof LEAST;
const WATCHED = Object.keys(LEAST) as Watched[];

/** Ours, to be approved: product anchors §b.14, median and MAD over 14 days. */
const params = z.object({
  /** Days that must be known before there is a baseline. */
  days: z.number().int().min(3).max(14).default(7),
  deviations: z.number().min(2).max(10).default(4),
  least: z.partialRecord(z.enum(WATCHED as [Watched, ...Watched[]]), z.number().positive()).default({}),
});
type Params = z.infer<typeof params>;

const KEPT_DAYS = 14;
const DAY_HOURS = 24;
/** The last 24 h speak when they hold so many values, over half a day; a weight speaks alone. */
const ENOUGH = 3;
const SPAN_HOURS = 12;

export type Baseline =
  | { readonly known: false; readonly days: number; readonly needed: number }
  | { readonly known: true; readonly median: number; readonly deviation: number };

/** What is usual for this person, or how many days are still missing: a baseline is never guessed. */
export const baselineOf = (memory: Memory | undefined, { days: needed }: Params): Baseline => {
  const values = memory?.days.map(([, value]) => value) ?? [];
  if (values.length < needed) return { known: false, days: values.length, needed };
  return { known: true, median: median(values), deviation: robustDeviation(values) };
};

/** « Pas encore d’habituel : 3 jours sur 7 », or « habituel 74 ± 3 /min ». */
export const baselineText = (metric: Metric, baseline: Baseline) => {
  if (!baseline.known)
    return text(
      `Pas encore d’habituel : ${baseline.days} jours sur ${baseline.needed}`,
      `No baseline yet: ${baseline.days} of ${baseline.needed} days`,
    );
  const { decimals } = metricDefinition(metric);
  const write = (language: Language): string =>
    `${formatNumber(baseline.median, decimals, language)} ± ${formatNumber(baseline.deviation, decimals, language)}`;
  return text(`habituel ${write('fr')}`, `usual ${write('en')}`);
};

const findingOf = (
  metric: Metric,
  side: 'low' | 'high',
  phase: Phase,
  said: string[],
  evidence: Finding['evidence'],
) => ({
  direction: side,
  metric,
  phase,
  priority: 'low' as const,
  category: 'clinical' as const,
  message: text(said[0] ?? '', said[1] ?? ''),
  evidence,
});

const speaks = (metric: Metric, hours: Memory['hours']): boolean => {
  if (metric === 'body_weight') return hours.length > 0;
  const [first, last] = [hours[0], hours.at(-1)];
  return hours.length >= ENOUGH && first !== undefined && last !== undefined && last[0] - first[0] >= SPAN_HOURS;
};

/** A day that is not like this person's other days. Only ever « vigilance »: it explains, it does not alarm. */
export const rule: Rule<Params, Memory> = {
  name: 'trend-baseline',
  version: 1,
  metrics: WATCHED,
  defersTo: ['threshold', 'rapid-change', 'fever-ltcf', 'weight-gain', 'weight-loss'],
  params,
  evaluate({ reading, params: set, memory: was, timezone }) {
    const { metric, value, time, quality } = reading;
    if (typeof value !== 'number' || quality !== 'good') return quiet(was);
    const hour = Math.floor(time / HOUR);
    if (was && hour <= (was.hours.at(-1)?.[0] ?? -Infinity)) return quiet(was);
    const { day } = localTime(time, timezone);
    const closed = was && day > was.day && was.hours.length > 0;
    const days = closed
      ? [...was.days, [was.day, rounded(median(was.hours.map(([, each]) => each)))] as const]
          .filter(([each]) => day - each <= KEPT_DAYS)
          .slice(-KEPT_DAYS)
      : (was?.days ?? []);
    const hours = [...(was?.hours ?? []).filter(([at]) => hour - at < DAY_HOURS), [hour, value] as const];
    const memory: Memory = { day, hours, days };
    const baseline = baselineOf(memory, set);
    if (!baseline.known || !speaks(metric, hours)) return quiet(was?.told ? { ...memory, told: was.told } : memory);

    const now = median(hours.map(([, each]) => each));
    const off = now - baseline.median;
    const least = set.least[metric as Watched] ?? LEAST[metric as Watched];
    const limit = Math.max(least, set.deviations * baseline.deviation);
    const side = Math.abs(off) >= limit ? (off < 0 ? 'low' : 'high') : null;
    const findings: Finding[] = [];
    if (was?.told && was.told !== side) findings.push(findingOf(metric, was.told, 'normal', [], []));
    if (side === null) return { memory, findings };
    const { decimals } = metricDefinition(metric);
    const usual = baselineText(metric, baseline);
    const said = (['fr', 'en'] as const).map(
      (language) =>
        `${labelOf(metric)[language]} ${formatValue(metric, rounded(now, decimals), language)} (${usual[language]})`,
    );
    findings.push(findingOf(metric, side, 'confirmed', said, [evidenceOf(reading, rounded(baseline.median, 1))]));
    return { memory: { ...memory, told: side }, findings };
  },
};

const H = 3_600;
const D = DAY / 1_000;
/** Four values a day. */
const days = (metric: Metric, values: readonly number[], from = 0) =>
  values.flatMap((value, day) =>
    [0, 5, 10, 14].map((hour) => ({ at: (from + day) * D + hour * H, metric, value: value + (hour % 2) })),
  );
const usual = [72, 74, 73, 75, 72, 74, 73, 73];

export const examples: readonly Example[] = [
  {
    name: 'tells a heart that beats faster all day than on other days',
    timeline: [...days('heart_rate', usual), ...days('heart_rate', [92], 8)],
    alerts: [
      {
        priority: 'low',
        condition: 'active',
        workflow: 'open',
        message: 'Fréquence cardiaque 92\u00a0/min (habituel 73 ± 1)',
        startsAt: 8 * D + 10 * H,
        endsAt: null,
      },
    ],
  },
  {
    name: 'says nothing while there is no baseline',
    timeline: [...days('heart_rate', usual.slice(0, 4)), ...days('heart_rate', [92, 92], 4)],
    alerts: [],
  },
  { name: 'is silent about an ordinary day', timeline: days('heart_rate', [...usual, 76, 71, 74]), alerts: [] },
  {
    name: 'is over when the days are as they were',
    timeline: [...days('heart_rate', usual), ...days('heart_rate', [92, 73], 8)],
    alerts: [
      {
        priority: 'low',
        condition: 'ended',
        workflow: 'closed',
        message: 'Fréquence cardiaque 92\u00a0/min (habituel 73 ± 1)',
        startsAt: 8 * D + 10 * H,
        endsAt: 9 * D + 5 * H,
      },
    ],
  },
];
