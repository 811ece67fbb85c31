import { z } from 'zod';
import type { Evidence } from '../../../domain/alert.js';
import { DAY, HOUR, MINUTE, type EpochMillis } from '../../../domain/time.js';
import { evidenceOf, findingsOf, quiet, text } from '../finding.js';
import { clockText, clockTime, instantOf, localTime, nextAt, sinceMidnight } from '../local-time.js';
import type { Example, Rule, RuleInput, RuleOutput } from '../rule.js';

interface Memory {
  /** When they lay down, or the last movement. */
  readonly last: Evidence;
  readonly told?: true;
  readonly wakeAt?: EpochMillis;
}

/** Ours, to be approved; null switches that half off. */
const params = z.object({
  /** Who is still in bed then, since `inBedHours` at least. */
  upBy: clockTime.nullable().default('11:00'),
  inBedHours: z.number().min(0).max(24).default(3),
  /** No movement for so long between `dayFrom` and `dayTo`. */
  stillHours: z.number().min(1).max(24).nullable().default(6),
  dayFrom: clockTime.default('08:00'),
  dayTo: clockTime.default('20:00'),
});
type Params = z.infer<typeof params>;
type Input = RuleInput<Params, Memory>;

/** Movements closer than this are one: only changes are written. */
const GRAIN = 10 * MINUTE;

const inBed = findingsOf({ metric: 'bed_occupancy', category: 'safety' });
const still = findingsOf({ metric: 'motion', category: 'safety' });

const onBed = ({ reading, params: { upBy, inBedHours }, memory, timezone }: Input): RuleOutput<Memory> => {
  if (reading.value === false) return { memory: undefined, findings: memory?.told ? [inBed.over] : [] };
  if (memory || upBy === null) return quiet(memory);
  const wakeAt = nextAt(reading.time + inBedHours * HOUR - 1, sinceMidnight(upBy), timezone);
  return quiet({ last: evidenceOf(reading), wakeAt });
};

/** When `hours` of day will have passed without movement. */
const stillAt = (time: EpochMillis, hours: number, { dayFrom, dayTo }: Params, zone: string): EpochMillis => {
  const { day } = localTime(time, zone);
  const [from, to] = [sinceMidnight(dayFrom), sinceMidnight(dayTo)];
  const due = Math.max(time, instantOf(day, from, zone)) + hours * HOUR + GRAIN;
  return due <= instantOf(day, to, zone) ? due : instantOf(day + 1, from, zone) + hours * HOUR + GRAIN;
};

const onMotion = ({ reading, params: set, memory, timezone }: Input): RuleOutput<Memory> => {
  if (reading.value !== true || set.stillHours === null) return quiet(memory);
  if (memory && !memory.told && reading.time - memory.last.time < GRAIN) return quiet(memory);
  const next = { last: evidenceOf(reading), wakeAt: stillAt(reading.time, set.stillHours, set, timezone) };
  return { memory: next, findings: memory?.told ? [{ ...still.over, metric: reading.metric }] : [] };
};

const sinceText = (time: EpochMillis, at: EpochMillis, zone: string) => {
  const days = Math.floor((at - time) / DAY);
  const since = clockText(time, zone);
  if (days === 0) return text(since, since);
  return text(`plus de ${days} jour${days > 1 ? 's' : ''}`, `more than ${days} day${days > 1 ? 's' : ''}`);
};

/** Nobody is up: still in bed late in the morning, or no movement in the room by day. */
export const rule: Rule<Params, Memory> = {
  name: 'inactivity',
  version: 1,
  metrics: ['bed_occupancy', 'motion', 'presence'],
  params,
  evaluate: (input) => (input.reading.metric === 'bed_occupancy' ? onBed(input) : onMotion(input)),
  wake({ memory: { last }, at, timezone }) {
    const memory: Memory = { last, told: true };
    if (last.metric === 'bed_occupancy') {
      const by = clockText(at, timezone);
      const message = text(`Encore au lit à ${by}`, `Still in bed at ${by}`);
      return { memory, findings: [inBed.confirmed('medium', message, [last])] };
    }
    const since = sinceText(last.time, at, timezone);
    const message = text(`Aucun mouvement depuis ${since.fr}`, `No movement since ${since.en}`);
    return { memory, findings: [{ ...still.confirmed('medium', message, [last]), metric: last.metric }] };
  },
};

/** The examples begin at 09:00 in Paris. */
const bed = (at: number, value: boolean) => ({ at, metric: 'bed_occupancy', value }) as const;
const motion = (at: number, value: boolean) => ({ at, metric: 'motion', value }) as const;
const active = { priority: 'medium', workflow: 'open', condition: 'active', endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'tells who is not up by eleven',
    timeline: [bed(12 * 3_600, true)],
    until: 26 * 3_600 + 1,
    alerts: [{ ...active, message: 'Encore au lit à 11:00', startsAt: 12 * 3_600 }],
  },
  {
    name: 'is silent about who got up, and about a nap',
    timeline: [bed(12 * 3_600, true), bed(23 * 3_600, false), bed(25 * 3_600, true), bed(27 * 3_600, false)],
    until: 40 * 3_600,
    alerts: [],
  },
  {
    name: 'tells when nothing moved for six hours of the day',
    timeline: [motion(0, true), motion(90, false)],
    until: 6 * 3_600 + 601,
    alerts: [{ ...active, message: 'Aucun mouvement depuis 09:00', startsAt: 0 }],
  },
  {
    name: 'is silent by night',
    timeline: [motion(11 * 3_600, true), motion(11 * 3_600 + 90, false)],
    until: 24 * 3_600,
    alerts: [],
  },
  {
    name: 'is over at the next movement',
    timeline: [motion(0, true), motion(7 * 3_600, true)],
    alerts: [
      {
        ...active,
        condition: 'ended',
        workflow: 'closed',
        message: 'Aucun mouvement depuis 09:00',
        startsAt: 0,
        endsAt: 7 * 3_600,
      },
    ],
  },
];
