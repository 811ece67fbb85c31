import { z } from 'zod';
import type { Evidence } from '../../../domain/alert.js';
import { HOUR, MINUTE, type EpochMillis } from '../../../domain/time.js';
import { evidenceOf, findingsOf, quiet, text } from '../finding.js';
import { clockText, clockTime, isWithin, localTime, nextAt, sinceMidnight } from '../local-time.js';
import type { Example, Rule } from '../rule.js';

/** In bed; or out since `out`, to be looked at again at `wakeAt`. */
interface Memory {
  readonly out: Evidence | null;
  readonly told?: true;
  readonly wakeAt?: EpochMillis;
}

/** Ours, to be approved: a trip to the bathroom lasts 5 to 15 min; while nobody is back it is told anew. */
const params = z.object({
  from: clockTime.default('22:00'),
  to: clockTime.default('06:00'),
  minutes: z.number().min(1).max(240).default(20),
  againMinutes: z.number().min(10).max(240).default(30),
});
type Params = z.infer<typeof params>;

/** Who got up this long before the night and is not back when it begins is looked for then. */
const EVENING = 2 * HOUR;

const { confirmed, over } = findingsOf({ metric: 'bed_occupancy', category: 'safety' });

const firstLook = (exit: EpochMillis, { from, to, minutes }: Params, zone: string): EpochMillis | null => {
  const due = exit + minutes * MINUTE;
  if (isWithin(due, { from, to }, zone)) return due;
  const night = nextAt(exit, sinceMidnight(from), zone);
  return night - exit <= EVENING ? night + minutes * MINUTE : null;
};

/** Somebody who got up at night and is not back in bed: on the floor, or lost. */
export const rule: Rule<Params, Memory> = {
  name: 'bed-exit-night',
  version: 1,
  metrics: ['bed_occupancy'],
  params,
  evaluate({ reading, params: set, memory, timezone }) {
    if (reading.value === true)
      return memory?.out === null
        ? quiet(memory)
        : { memory: { out: null }, findings: memory?.told === true ? [over] : [] };
    if (!memory || memory.out !== null) return quiet(memory);
    const wakeAt = firstLook(reading.time, set, timezone);
    return quiet(wakeAt === null ? undefined : { out: evidenceOf(reading), wakeAt });
  },
  wake({ params: set, memory, at, timezone }) {
    const { out } = memory;
    if (out === null) return quiet({ out });
    const { day } = localTime(at, timezone);
    const started = day - localTime(out.time, timezone).day <= 1;
    if (!started || !isWithin(at, set, timezone)) return quiet({ out, ...(memory.told ? { told: true } : {}) });
    const since = clockText(out.time, timezone);
    const message = text(`Hors du lit depuis ${since}`, `Out of bed since ${since}`);
    return {
      memory: { out, told: true, wakeAt: at + set.againMinutes * MINUTE },
      findings: [confirmed('medium', message, [out])],
    };
  },
};

/** The examples begin at 09:00 in Paris. */
const NIGHT = 13 * 3_600;
const bed = (at: number, value: boolean) => ({ at, metric: 'bed_occupancy', value }) as const;
const out = { priority: 'medium', workflow: 'open', condition: 'active', endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'tells who is not back after twenty minutes',
    timeline: [bed(NIGHT, true), bed(NIGHT + 3_600, false)],
    until: NIGHT + 3_600 + 1_201,
    alerts: [{ ...out, message: 'Hors du lit depuis 23:00', startsAt: NIGHT + 3_600 }],
  },
  {
    name: 'is silent about a trip to the bathroom',
    timeline: [bed(NIGHT, true), bed(NIGHT + 3_600, false), bed(NIGHT + 4_300, true)],
    until: NIGHT + 8_000,
    alerts: [],
  },
  {
    name: 'is over when they are back',
    timeline: [bed(NIGHT, true), bed(NIGHT + 3_600, false), bed(NIGHT + 6_000, true)],
    alerts: [
      {
        ...out,
        condition: 'ended',
        workflow: 'closed',
        message: 'Hors du lit depuis 23:00',
        startsAt: NIGHT + 3_600,
        endsAt: NIGHT + 6_000,
      },
    ],
  },
  {
    name: 'looks at the beginning of the night for who got up in the evening',
    timeline: [bed(NIGHT - 7_200, true), bed(NIGHT - 3_600, false)],
    until: NIGHT + 1_201,
    alerts: [{ ...out, message: 'Hors du lit depuis 21:00', startsAt: NIGHT - 3_600 }],
  },
  {
    name: 'is silent by day and about who gets up in the morning',
    timeline: [bed(0, true), bed(3_600, false), bed(NIGHT, true), bed(NIGHT + 8 * 3_600 - 300, false)],
    until: NIGHT + 12 * 3_600,
    alerts: [],
  },
];
