import { DAY, type EpochMillis, HOUR, MINUTE } from '../../domain/time.js';
import { fromWallClock, localDay } from '../local-time.js';
import { noiseAt } from '../noise.js';
import { keyOf, randomFrom } from '../random.js';

export type Place = 'bed' | 'room' | 'away';

/** Where someone is and what they do. */
export interface Whereabouts {
  readonly place: Place;
  readonly asleep: boolean;
  /** 0 = still, 1 = walking about. */
  readonly activity: number;
}

/** Whose day it is. `path` names the random source; `indoors` keeps meals at home. */
export interface Routine {
  readonly path: string;
  readonly zone: string;
  readonly kind: 'ehpad' | 'home';
}

/** Wall-clock hours since midnight. */
interface Stay {
  readonly from: number;
  readonly to: number;
  readonly place: Place;
}
interface DayPlan {
  readonly wake: number;
  readonly bedtime: number;
  readonly stays: readonly Stay[];
}

const FALLING_ASLEEP = 0.3;

/** The plan of one local day: night in bed with trips to the bathroom, meals, a nap, outings. */
const planOf = (routine: Routine, day: number): DayPlan => {
  const habit = randomFrom(`${routine.path}/habit`);
  const random = randomFrom(`${routine.path}/day/${day}`);
  const wake = habit.between(6.4, 7.6) + random.between(-0.3, 0.3);
  const bedtime = habit.between(20.6, 22.2) + random.between(-0.3, 0.3);
  const stays: Stay[] = [];
  const stay = (from: number, hours: number, place: Place): void => void stays.push({ from, to: from + hours, place });

  for (let trips = random.int(1, 2); trips > 0; trips--)
    stay(random.between(0.5, wake - 1), random.between(0.08, 0.2), 'room');
  stay(wake, bedtime - wake, 'room');
  if (random.chance(routine.kind === 'ehpad' ? 0.6 : 0.4))
    stay(random.between(9.4, 9.9), random.between(1, 1.7), 'away');
  if (routine.kind === 'ehpad') stay(random.between(11.8, 12.1), random.between(0.8, 1.1), 'away');
  if (random.chance(0.7)) stay(random.between(13.2, 13.6), random.between(0.8, 1.3), 'bed');
  if (random.chance(routine.kind === 'ehpad' ? 0.7 : 0.4)) stay(random.between(15, 15.5), random.between(1, 2), 'away');
  if (routine.kind === 'ehpad') stay(random.between(18.2, 18.6), random.between(0.7, 1), 'away');
  return { wake, bedtime, stays };
};

const MOST_PLANS_KEPT = 2_000;
const plans = new Map<string, DayPlan>();
const plan = (routine: Routine, day: number): DayPlan => {
  const key = `${routine.path} ${routine.kind} ${day}`;
  const known = plans.get(key);
  if (known) return known;
  if (plans.size >= MOST_PLANS_KEPT) plans.clear();
  const made = planOf(routine, day);
  plans.set(key, made);
  return made;
};

const ACTIVITY: Record<Place, number> = { bed: 0.06, room: 0.25, away: 0.5 };
const keys = new Map<string, number>();
const keyFor = (path: string): number => {
  const known = keys.get(path);
  if (known !== undefined) return known;
  const made = keyOf(`${path}/activity`);
  keys.set(path, made);
  return made;
};

/** Where the person is at a time: a pure function of the routine. */
export const whereaboutsAt = (routine: Routine, time: EpochMillis): Whereabouts => {
  const { day, hour } = localDay(time, routine.zone);
  const { wake, bedtime, stays } = plan(routine, day);
  // Later stays of the plan lie over earlier ones, as an outing lies over the day in the room.
  const place = stays.findLast((stay) => hour >= stay.from && hour < stay.to)?.place ?? 'bed';
  const night = hour < wake || hour >= bedtime + FALLING_ASLEEP;
  const asleep = place === 'bed' && (night || (hour > 13.6 && hour < 15));
  const restless = 0.5 + noiseAt(keyFor(routine.path), time, 3) / 4;
  const activity = asleep ? 0.02 : Math.min(0.85, ACTIVITY[place] * (0.4 + 1.2 * restless));
  return { place, asleep, activity };
};

/** Wall-clock hours at which a carer takes the vital signs. */
const ROUNDS = [7.6, 11.4, 16.6, 20.2] as const;

/** A visit of the carer who takes the vital signs; `round` counts from 0 each morning. */
export interface Visit {
  readonly at: EpochMillis;
  readonly round: number;
}

/** Measuring visits to this person in [from, to), in order; they differ by some minutes each day. */
export const visitsBetween = (routine: Routine, from: EpochMillis, to: EpochMillis): Visit[] => {
  const visits: Visit[] = [];
  const last = localDay(to, routine.zone).day;
  for (let { day } = localDay(from, routine.zone); day <= last; day++) {
    const random = randomFrom(`${routine.path}/rounds/${day}`);
    for (const [round, hour] of ROUNDS.entries()) {
      const wall = Math.round(day * DAY + hour * HOUR + random.between(-20, 20) * MINUTE);
      const at = fromWallClock(wall, routine.zone);
      if (at >= from && at < to) visits.push({ at, round });
    }
  }
  return visits;
};
