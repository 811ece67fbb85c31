import { z } from 'zod';
import type { Metric } from '../../../domain/metrics.js';
import { HOUR, MINUTE, type EpochMillis, type Millis } from '../../../domain/time.js';
import { findingsOf, labelOf, quiet, text } from '../finding.js';
import { clockText } from '../local-time.js';
import type { Example, Finding, Rule } from '../rule.js';

interface Stream {
  readonly gap: Millis;
  readonly after: Millis;
  /** Only told where it is required: it comes and goes with the bed. */
  readonly comesAndGoes?: true;
}
/**
 * Readings closer than `gap` are a stream; a stream is lost after `after`. Glucose: sensors speak every 5 min.
 * Respiration: radars over a bed speak when it changes, and once an hour.
 */
const STREAMS: Readonly<Partial<Record<Metric, Stream>>> = {
  spo2: { gap: 5 * MINUTE, after: 10 * MINUTE },
  heart_rate: { gap: 5 * MINUTE, after: 10 * MINUTE },
  pulse_rate: { gap: 5 * MINUTE, after: 10 * MINUTE },
  respiratory_rate: { gap: 5 * MINUTE, after: 60 * MINUTE, comesAndGoes: true },
  body_temperature: { gap: 5 * MINUTE, after: 15 * MINUTE },
  glucose: { gap: 15 * MINUTE, after: 20 * MINUTE },
  systolic_bp: { gap: 5 * MINUTE, after: 15 * MINUTE },
  body_weight: { gap: 5 * MINUTE, after: 15 * MINUTE },
};
const WATCHED = Object.keys(STREAMS) as Metric[];

interface Heard {
  /** Last usable reading, at most `GRAIN` too old. */
  readonly at: EpochMillis;
  /** Start of the stream. */
  readonly since: EpochMillis;
  /** Readings of the stream, counted to three. */
  readonly readings: number;
  readonly lost?: true;
  readonly told?: true;
}
interface Memory {
  readonly heard: Readonly<Partial<Record<Metric, Heard>>>;
  readonly wakeAt?: EpochMillis;
}

/** Ours, to be approved. `required`: metric → minutes without a usable reading that are too many for this resident. */
const params = z.object({
  required: z.partialRecord(z.enum(WATCHED as [Metric, ...Metric[]]), z.number().min(5).max(20_160)).default({}),
  /** A stream that lasted so long is missed when it stops, also if nobody required it. */
  establishedMinutes: z.number().min(1).max(1_440).default(30),
});
type Params = z.infer<typeof params>;

/** Only changes are written: the last reading is dated this precisely. */
const GRAIN = MINUTE;
const STREAM = 3;
/** An alert that was closed while nothing came back is told anew. */
const AGAIN = 4 * HOUR;

const { confirmed, over } = findingsOf({ metric: null, category: 'clinical' });

const deadline = (metric: Metric, heard: Heard, { required }: Params): EpochMillis => {
  if (heard.lost) return heard.told ? heard.at + AGAIN : Infinity;
  const minutes = required[metric];
  const after = minutes === undefined ? (STREAMS[metric]?.after ?? HOUR) : minutes * MINUTE;
  return heard.at + GRAIN + after;
};
const withDeadline = (heard: Memory['heard'], set: Params): Memory | undefined => {
  const all = Object.entries(heard) as [Metric, Heard][];
  if (all.length === 0) return undefined;
  const wakeAt = Math.min(...all.map(([metric, each]) => deadline(metric, each, set)));
  return Number.isFinite(wakeAt) ? { heard, wakeAt } : { heard };
};

const finding = (heard: Memory['heard'], zone: string): Finding => {
  const told = (Object.entries(heard) as [Metric, Heard][]).filter(([, each]) => each.told);
  if (told.length === 0) return over;
  const since = clockText(Math.min(...told.map(([, each]) => each.since)), zone);
  const names = (language: 'fr' | 'en') => told.map(([metric]) => labelOf(metric)[language]).join(', ');
  const fr = `Surveillance interrompue : ${names('fr')} sans mesure depuis ${since}`;
  return confirmed('medium', text(fr, `Monitoring interrupted: no ${names('en')} since ${since}`), []);
};

/**
 * Nothing usable comes any more. Whatever was streaming is said to be lost, so that an active alert on it becomes
 * indeterminate and never looks like recovery; for what was watched or required, somebody is told.
 */
export const rule: Rule<Params, Memory> = {
  name: 'surveillance-interrupted',
  version: 1,
  metrics: WATCHED,
  keeps: 'subject',
  params,
  start({ params: set, at }) {
    const required = Object.keys(set.required) as Metric[];
    if (required.length === 0) return undefined;
    const never: Heard = { at: at - GRAIN, since: at, readings: 0 };
    return withDeadline(Object.fromEntries(required.map((metric) => [metric, never])), set);
  },
  evaluate({ reading: { metric, receivedAt: at, quality }, params: set, memory, timezone }) {
    if (quality !== 'good') return quiet(memory);
    const was = memory?.heard[metric];
    if (was?.lost) {
      const heard = { ...memory?.heard, [metric]: { at, since: at, readings: 1 } };
      return {
        memory: withDeadline(heard, set),
        findings: was.told ? [finding(heard, timezone)] : [],
        back: [metric],
      };
    }
    if (was && at - was.at < GRAIN && was.readings >= STREAM) return quiet(memory);
    const goesOn = was !== undefined && at - was.at <= GRAIN + (STREAMS[metric]?.gap ?? 0);
    const next: Heard = goesOn
      ? { at, since: was.since, readings: Math.min(STREAM, was.readings + 1) }
      : { at, since: at, readings: 1 };
    return quiet(withDeadline({ ...memory?.heard, [metric]: next }, set));
  },
  wake({ params: set, memory, at, timezone }) {
    const heard: Partial<Record<Metric, Heard>> = {};
    const lost: Metric[] = [];
    let told = false;
    for (const [metric, each] of Object.entries(memory.heard) as [Metric, Heard][]) {
      const isRequired = set.required[metric] !== undefined;
      if (deadline(metric, each, set) > at) heard[metric] = each;
      else if (each.lost) {
        heard[metric] = { ...each, at };
        told = true;
      } else if (each.readings >= STREAM || isRequired) {
        const isMissed = each.at - each.since >= set.establishedMinutes * MINUTE && !STREAMS[metric]?.comesAndGoes;
        const tells = isRequired || isMissed;
        const since = each.readings === 0 ? each.since : each.at;
        heard[metric] = { at, since, readings: 0, lost: true, ...(tells ? { told: true } : {}) };
        lost.push(metric);
        told ||= tells;
      }
    }
    return { memory: withDeadline(heard, set), findings: told ? [finding(heard, timezone)] : [], lost };
  },
};

const stream = (metric: Metric, until: number) =>
  Array.from({ length: until / 60 }, (_, index) => ({ at: index * 60, metric, value: 96 }));
const silent = { priority: 'medium', workflow: 'open', condition: 'active', endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'tells when a stream of half an hour stops',
    timeline: stream('spo2', 2_400),
    until: 3_100,
    alerts: [{ ...silent, message: 'Surveillance interrompue : SpO₂ sans mesure depuis 09:39', startsAt: 3_000 }],
  },
  { name: 'is silent about a measure made by hand', timeline: stream('spo2', 180), until: 90_000, alerts: [] },
  {
    name: 'tells of a required measure that never came',
    settings: { required: { spo2: 720 } },
    timeline: [],
    until: 43_300,
    alerts: [{ ...silent, message: 'Surveillance interrompue : SpO₂ sans mesure depuis 09:00', startsAt: 43_200 }],
  },
  {
    name: 'is over when data is back',
    timeline: [...stream('spo2', 2_400), { at: 3_600, metric: 'spo2', value: 97 }],
    alerts: [
      {
        ...silent,
        condition: 'ended',
        workflow: 'closed',
        message: 'Surveillance interrompue : SpO₂ sans mesure depuis 09:39',
        startsAt: 3_000,
        endsAt: 3_600,
      },
    ],
  },
];
