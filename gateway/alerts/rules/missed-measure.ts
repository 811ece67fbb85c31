import { z } from 'zod';
import { METRIC_NAMES, metricDefinition, type Metric } from '../../../domain/metrics.js';
import { HOUR, MINUTE, type EpochMillis } from '../../../domain/time.js';
import { findingsOf, labelOf, quiet, text } from '../finding.js';
import { clockText, clockTime, instantOf, localTime, sinceMidnight } from '../local-time.js';
import type { Example, Finding, Rule } from '../rule.js';

const PLANNED = METRIC_NAMES.filter((metric) => {
  const { kind, about } = metricDefinition(metric);
  return kind === 'number' && about === 'person';
});

interface Memory {
  /** When each planned metric was last measured. */
  readonly last: Readonly<Partial<Record<Metric, EpochMillis>>>;
  readonly missed: readonly Metric[];
  /** Every hour planned until then has been looked at. */
  readonly checked: EpochMillis;
  readonly wakeAt: EpochMillis;
}

/** The plan is the resident's own; there is none by default. A measure up to two hours early counts (ours). */
const params = z.object({
  plan: z
    .array(
      z.object({
        metric: z.enum(PLANNED as [Metric, ...Metric[]]),
        times: z.array(clockTime).min(1).max(12),
        graceMinutes: z.number().min(5).max(720).default(60),
      }),
    )
    .max(20)
    .default([]),
  earlyMinutes: z.number().min(0).max(720).default(120),
});
type Params = z.infer<typeof params>;

/** A changed plan is noticed within this time. */
const LOOK_EVERY = HOUR;
/** Measures closer than this are one: a planned metric may also come as a stream. */
const GRAIN = 5 * MINUTE;

interface Due {
  readonly metric: Metric;
  /** The hour it was planned for. */
  readonly slot: EpochMillis;
  /** When it is missed. */
  readonly at: EpochMillis;
}
/** What is due around a time, yesterday's to tomorrow's. */
const dueAround = (time: EpochMillis, { plan }: Params, zone: string): Due[] => {
  const { day } = localTime(time, zone);
  return plan.flatMap(({ metric, times, graceMinutes }) =>
    [day - 1, day, day + 1].flatMap((each) =>
      times.map((clock) => {
        const slot = instantOf(each, sinceMidnight(clock), zone);
        return { metric, slot, at: slot + graceMinutes * MINUTE };
      }),
    ),
  );
};
const nextLook = (after: EpochMillis, set: Params, zone: string): EpochMillis =>
  dueAround(after, set, zone).reduce((next, { at }) => (at > after ? Math.min(next, at) : next), after + LOOK_EVERY);

const of = (metric: Metric) => findingsOf({ metric, category: 'measure_due' });

/** A planned measure that did not come. Only the measure itself ends it. */
export const rule: Rule<Params, Memory> = {
  name: 'missed-measure',
  version: 1,
  metrics: PLANNED,
  keeps: 'subject',
  params,
  start: ({ params: set, at, timezone }) =>
    set.plan.length === 0 ? undefined : { last: {}, missed: [], checked: at, wakeAt: nextLook(at, set, timezone) },
  evaluate({ reading: { metric, time, receivedAt }, params: set, memory, timezone }) {
    if (!set.plan.some((item) => item.metric === metric)) return quiet(memory);
    const known = memory ?? { last: {}, missed: [], checked: receivedAt, wakeAt: nextLook(receivedAt, set, timezone) };
    const wasMissed = known.missed.includes(metric);
    const last = known.last[metric];
    if (!wasMissed && last !== undefined && time - last < GRAIN) return quiet(memory);
    const missed = wasMissed ? known.missed.filter((each) => each !== metric) : known.missed;
    return {
      memory: { ...known, last: { ...known.last, [metric]: Math.max(time, last ?? time) }, missed },
      findings: wasMissed ? [of(metric).over] : [],
    };
  },
  wake({ params: set, memory, at, timezone }) {
    if (set.plan.length === 0) return quiet<Memory>(undefined);
    const missed = new Set(memory.missed);
    const findings: Finding[] = [];
    for (const due of dueAround(at, set, timezone)) {
      if (due.at <= memory.checked || due.at > at) continue;
      if ((memory.last[due.metric] ?? -Infinity) >= due.slot - set.earlyMinutes * MINUTE) continue;
      missed.add(due.metric);
      const [clock, label] = [clockText(due.slot, timezone), labelOf(due.metric)];
      const message = text(`${label.fr} attendu à ${clock} : non reçu`, `${label.en} due at ${clock}: not received`);
      findings.push(of(due.metric).confirmed('low', message, []));
    }
    return { memory: { ...memory, missed: [...missed], checked: at, wakeAt: nextLook(at, set, timezone) }, findings };
  },
};

const settings = { plan: [{ metric: 'body_weight', times: ['09:30'], graceMinutes: 60 }] };
const due = { priority: 'low', workflow: 'open', condition: 'active', endsAt: null } as const;
const MESSAGE = 'Poids attendu à 09:30 : non reçu';

export const examples: readonly Example[] = [
  {
    name: 'tells of a measure that never came, also from somebody who never measured',
    settings,
    timeline: [],
    until: 5_401,
    alerts: [{ ...due, message: MESSAGE, startsAt: 5_400 }],
  },
  {
    name: 'is silent when it came in time, or a little early',
    settings,
    timeline: [
      { at: 600, metric: 'body_weight', value: 68 },
      { at: 1_800 + 24 * 3_600, metric: 'body_weight', value: 68.1 },
    ],
    until: 5_401 + 24 * 3_600,
    alerts: [],
  },
  {
    name: 'is over when it comes after all',
    settings,
    timeline: [{ at: 6_000, metric: 'body_weight', value: 68 }],
    alerts: [{ ...due, condition: 'ended', workflow: 'closed', message: MESSAGE, startsAt: 5_400, endsAt: 6_000 }],
  },
  { name: 'is silent without a plan', timeline: [], until: 90_000, alerts: [] },
];
