import { z } from 'zod';
import type { Evidence } from '../../../domain/alert.js';
import { metricDefinition, type Metric } from '../../../domain/metrics.js';
import { formatValue } from '../../../domain/text.js';
import { MINUTE, SECOND, type EpochMillis } from '../../../domain/time.js';
import { evidenceOf, labelOf, quiet, text } from '../finding.js';
import type { Example, ExampleReading, Finding, Phase, Rule } from '../rule.js';
import { median, rounded } from '../statistics.js';

type Side = 'low' | 'high';
interface Breach {
  readonly side: Side;
  readonly since: EpochMillis;
  readonly readings: number;
  readonly reference: number;
  readonly first: Evidence;
  readonly worst: Evidence;
  readonly told?: true;
  /** Since when the value is back near the reference. */
  readonly back?: EpochMillis;
}
interface Memory {
  /** One value a minute, the oldest first: [minute since 1970, value]. */
  readonly samples: readonly (readonly [minute: number, value: number])[];
  readonly breach?: Breach;
}

const change = (low: number | null, high: number | null) =>
  z.object({
    fall: z.number().positive().nullable().default(low),
    rise: z.number().positive().nullable().default(high),
  });
const orDefault = <Schema extends z.ZodType>(schema: Schema) => schema.prefault({} as never);

/**
 * Ours, to be approved: two NEWS2 bands within a quarter of an hour. Null = that direction is not watched.
 * SpO2 that falls by ten points in less than a minute and comes back is an artefact (standards §6): it must last.
 */
const params = z.object({
  windowMinutes: z.number().min(5).max(60).default(15),
  lastsSeconds: z.number().min(5).max(600).default(60),
  spo2: orDefault(change(6, null)),
  heart_rate: orDefault(change(35, 40)),
  pulse_rate: orDefault(change(35, 40)),
  respiratory_rate: orDefault(change(null, 10)),
});
type Params = z.infer<typeof params>;
const WATCHED = ['spo2', 'heart_rate', 'pulse_rate', 'respiratory_rate'] as const;
type Watched = (typeof WATCHED)[number];

/** So many minutes must be known before a change can be told from a beginning. */
const ENOUGH = 5;
const HOLD = MINUTE;
/** A level kept for so long is the new one: whether it is too high or too low is for the limits to say. */
const SETTLED = 60 * MINUTE;

const findingOf = (metric: Metric, breach: Breach, phase: Phase): Finding => {
  const { side, reference, worst, first } = breach;
  const [value, label] = [Number(worst.value), labelOf(metric)];
  const of = (language: 'fr' | 'en') => [
    formatValue(metric, rounded(reference, metricDefinition(metric).decimals), language),
    formatValue(metric, value, language),
  ];
  const word = side === 'low' ? (['baisse rapide', 'fast fall'] as const) : (['hausse rapide', 'fast rise'] as const);
  return {
    direction: side,
    metric,
    phase,
    priority: 'medium',
    category: 'clinical',
    message: text(
      `${label.fr} : ${word[0]}, ${of('fr').join(' → ')}`,
      `${label.en}: ${word[1]}, ${of('en').join(' → ')}`,
    ),
    evidence: first.reading === worst.reading ? [first] : [first, worst],
  };
};

/** A vital sign that leaves its own level of the last minutes, also inside the limits. */
export const rule: Rule<Params, Memory> = {
  name: 'rapid-change',
  version: 1,
  metrics: WATCHED,
  defersTo: ['threshold'],
  params,
  evaluate({ reading, params: set, memory }) {
    const { metric, value, time, quality } = reading;
    if (typeof value !== 'number' || quality !== 'good') return quiet(memory);
    const { fall, rise } = set[metric as Watched];
    const minute = Math.floor(time / MINUTE);
    const oldest = minute - set.windowMinutes;
    const was = memory?.samples ?? [];
    const newest = was.at(-1)?.[0] ?? -Infinity;
    if (minute < newest) return quiet(memory);
    const breach = memory?.breach;

    const known = was.filter(([at]) => at >= oldest && at < minute - 1).map(([, each]) => each);
    const reference = breach?.reference ?? (known.length >= ENOUGH ? median(known) : null);
    const off = reference === null ? 0 : value - reference;
    const side: Side | null = fall !== null && off <= -fall ? 'low' : rise !== null && off >= rise ? 'high' : null;

    if (breach?.told && time - breach.since > SETTLED)
      return { memory: { samples: [[minute, value]] }, findings: [findingOf(metric, breach, 'normal')] };
    if (reference !== null && side !== null && (!breach || breach.side === side)) {
      const evidence = evidenceOf(reading, rounded(reference, 1));
      const worse =
        !breach || (side === 'low' ? value < Number(breach.worst.value) : value > Number(breach.worst.value));
      const lasts = breach !== undefined && time - breach.since >= set.lastsSeconds * SECOND && breach.readings >= 2;
      if (breach?.told && !worse && breach.back === undefined)
        return { memory, findings: [findingOf(metric, breach, 'confirmed')] };
      const next: Breach = {
        side,
        since: breach?.since ?? time,
        readings: Math.min(3, (breach?.readings ?? 0) + 1),
        reference,
        first: breach?.first ?? evidence,
        worst: worse ? evidence : breach.worst,
        ...(breach?.told || lasts ? { told: true } : {}),
      };
      return {
        memory: { samples: was, breach: next },
        findings: next.told ? [findingOf(metric, next, 'confirmed')] : [],
      };
    }

    // Half way back to what it was counts as back; an alert waits for that to last.
    const limit = breach ? (breach.side === 'low' ? fall : rise) : null;
    const isBack = breach === undefined || limit === null || Math.abs(off) < limit / 2;
    if (breach?.told && !isBack) return quiet(memory);
    if (breach?.told && breach.back === undefined)
      return {
        memory: { samples: was, breach: { ...breach, back: time } },
        findings: [findingOf(metric, breach, 'recovering')],
      };
    if (breach?.told && time - (breach.back ?? time) < HOLD) return quiet(memory);
    const findings = breach?.told ? [findingOf(metric, breach, 'normal')] : [];
    if (minute === newest && !breach) return quiet(memory);
    const samples = minute === newest ? was : [...was.filter(([at]) => at >= oldest), [minute, value] as const];
    return { memory: { samples }, findings };
  },
};

const every = (seconds: number, metric: Metric, values: readonly number[]): ExampleReading[] =>
  values.map((value, index) => ({ at: index * seconds, metric, value }));
const flat = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

export const examples: readonly Example[] = [
  {
    name: 'tells a fast fall inside the limits',
    timeline: every(30, 'spo2', [...flat(20, 99), ...flat(5, 93)]),
    alerts: [
      {
        priority: 'medium',
        condition: 'active',
        workflow: 'open',
        message: 'SpO₂ : baisse rapide, 99\u202f% → 93\u202f%',
        startsAt: 600,
        endsAt: null,
      },
    ],
  },
  {
    name: 'is silent about an artefact that comes back within a minute',
    timeline: every(10, 'spo2', [...flat(60, 98), 85, 84, 86, ...flat(10, 98)]),
    alerts: [],
  },
  {
    name: 'is silent about a slow fall, and about a first value',
    timeline: [
      ...every(
        60,
        'heart_rate',
        Array.from({ length: 40 }, (_, index) => 110 - index),
      ),
    ],
    alerts: [],
  },
  {
    name: 'is over when the heart has been calm for a minute',
    timeline: every(30, 'heart_rate', [...flat(20, 64), ...flat(4, 107), ...flat(4, 70)]),
    alerts: [
      {
        priority: 'medium',
        condition: 'ended',
        workflow: 'closed',
        message: 'Fréquence cardiaque : hausse rapide, 64\u00a0/min → 107\u00a0/min',
        startsAt: 600,
        endsAt: 780,
      },
    ],
  },
];
