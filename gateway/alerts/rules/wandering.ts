import { z } from 'zod';
import type { Evidence } from '../../../domain/alert.js';
import { SECOND, MINUTE, type EpochMillis } from '../../../domain/time.js';
import { evidenceOf, findingsOf, quiet, text } from '../finding.js';
import { clockText, clockTime, isWithin, nextAt, sinceMidnight } from '../local-time.js';
import type { Example, Rule } from '../rule.js';

interface Memory {
  readonly open: Evidence;
  readonly told?: true;
  readonly wakeAt?: EpochMillis;
}

/** Ours, to be approved. `afterSeconds: 0` for the door of a house or an exit: it rings as it opens. */
const params = z.object({
  from: clockTime.default('22:00'),
  to: clockTime.default('06:00'),
  afterSeconds: z.number().min(0).max(3_600).default(120),
  againMinutes: z.number().min(10).max(240).default(30),
});
type Params = z.infer<typeof params>;

const { confirmed, over } = findingsOf({ metric: 'door_open', category: 'safety' });
const messageOf = ({ time }: Evidence, zone: string) => {
  const since = clockText(time, zone);
  return text(`Porte ouverte la nuit depuis ${since}`, `Door open at night since ${since}`);
};

/** A door that stands open at night: somebody may have left. Also one that was open when the night began. */
export const rule: Rule<Params, Memory> = {
  name: 'wandering',
  version: 1,
  metrics: ['door_open'],
  params,
  evaluate({ reading, params: set, memory, timezone }) {
    if (reading.value === false) return { memory: undefined, findings: memory?.told ? [over] : [] };
    if (memory) return quiet(memory);
    const open = evidenceOf(reading);
    const isNight = isWithin(reading.time, set, timezone);
    if (isNight && set.afterSeconds === 0)
      return {
        memory: { open, told: true, wakeAt: reading.receivedAt + set.againMinutes * MINUTE },
        findings: [confirmed('medium', messageOf(open, timezone), [open])],
      };
    const from = isNight ? reading.time : nextAt(reading.time, sinceMidnight(set.from), timezone);
    return quiet({ open, wakeAt: from + set.afterSeconds * SECOND });
  },
  wake({ params: set, memory: { open, told }, at, timezone }) {
    if (!isWithin(at, set, timezone)) {
      const wakeAt = nextAt(at, sinceMidnight(set.from), timezone) + set.afterSeconds * SECOND;
      return quiet({ open, ...(told ? { told } : {}), wakeAt });
    }
    return {
      memory: { open, told: true, wakeAt: at + set.againMinutes * MINUTE },
      findings: [confirmed('medium', messageOf(open, timezone), [open])],
    };
  },
};

/** The examples begin at 09:00 in Paris. */
const NIGHT = 13 * 3_600;
const door = (at: number, value: boolean) => ({ at, metric: 'door_open', value }) as const;
const open = { priority: 'medium', workflow: 'open', condition: 'active', endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'tells of a door that stays open at night',
    timeline: [door(NIGHT + 7_200, true)],
    until: NIGHT + 7_400,
    alerts: [{ ...open, message: 'Porte ouverte la nuit depuis 00:00', startsAt: NIGHT + 7_200 }],
  },
  {
    name: 'is silent about a carer who comes in and closes it',
    timeline: [door(NIGHT + 7_200, true), door(NIGHT + 7_260, false)],
    until: NIGHT + 9_000,
    alerts: [],
  },
  {
    name: 'tells of a door that was open when the night began',
    timeline: [door(NIGHT - 3_600, true)],
    until: NIGHT + 200,
    alerts: [{ ...open, message: 'Porte ouverte la nuit depuis 21:00', startsAt: NIGHT - 3_600 }],
  },
  {
    name: 'rings as the door opens where that was asked for, and is over when it is closed',
    settings: { afterSeconds: 0 },
    timeline: [door(NIGHT + 60, true), door(NIGHT + 90, false)],
    alerts: [
      {
        ...open,
        condition: 'ended',
        workflow: 'closed',
        message: 'Porte ouverte la nuit depuis 22:01',
        startsAt: NIGHT + 60,
        endsAt: NIGHT + 90,
      },
    ],
  },
  { name: 'is silent by day', timeline: [door(0, true), door(40_000, false)], until: 90_000, alerts: [] },
];
