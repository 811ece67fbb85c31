import type { Evidence, Priority } from '../../domain/alert.js';
import type { Reading } from '../../domain/reading.js';
import type { MetricThresholds, Persistence } from '../../domain/thresholds.js';
import { MINUTE, SECOND, type EpochMillis, type Millis } from '../../domain/time.js';
import type { Phase } from './rule.js';

export type SideName = 'low' | 'high';

/**
 * Readings beyond a limit; `good` counts those their device did not doubt. A reading back in range takes half a one
 * back, so that a value that is beyond every other second is believed as one that stays there, only later.
 */
interface Streak {
  /** Start of those without one in range between them; null = the last one was in range. */
  readonly since: EpochMillis | null;
  readonly readings: number;
  readonly good: number;
}

/** What is remembered of one side of one metric from the first breach until it is over. JSON. */
export interface Side {
  /** Time of the reading that last changed this: an older reading that arrives later changes nothing. */
  readonly at: EpochMillis;
  readonly phase: 'pending' | 'confirmed' | 'recovering';
  readonly priority: Extract<Priority, 'high' | 'medium'>;
  readonly streak: Streak;
  readonly critical: Streak | null;
  readonly first: Evidence;
  readonly worst: Evidence;
  readonly last: Evidence;
  /** The worst value is from a reading its device did not doubt. */
  readonly sure: boolean;
  /** Since when the values are back in range; null while they are not. */
  readonly back: EpochMillis | null;
  /** Came back and fell again: the next return is told when it has lasted, not at once. */
  readonly relapsed?: true;
}

export interface Step {
  readonly next: Side | undefined;
  /** What to report; null = nothing. */
  readonly phase: Phase | null;
}

const beyond = (side: SideName, value: number, limit: number | null): boolean =>
  limit !== null && (side === 'low' ? value < limit : value > limit);
/** Not far enough inside the limit to count as back. */
const within = (side: SideName, value: number, limit: number, margin: number): boolean =>
  side === 'low' ? value < limit + margin : value > limit - margin;

/** The limit that is met first from the normal side; null = this side has none. */
export const outerLimit = (limits: MetricThresholds, side: SideName): number | null =>
  side === 'low' ? (limits.low ?? limits.criticalLow) : (limits.high ?? limits.criticalHigh);
export const criticalLimit = (limits: MetricThresholds, side: SideName): number | null =>
  side === 'low' ? limits.criticalLow : limits.criticalHigh;

/** The limit a value is beyond, the critical one first; null = in range. */
export const limitCrossed = (limits: MetricThresholds, side: SideName, value: number): number | null => {
  const critical = criticalLimit(limits, side);
  if (beyond(side, value, critical)) return critical;
  const outer = outerLimit(limits, side);
  return beyond(side, value, outer) ? outer : null;
};

const extended = (streak: Streak | null, { time, quality }: Reading): Streak => ({
  since: streak?.since ?? time,
  readings: (streak?.readings ?? 0) + 1,
  good: (streak?.good ?? 0) + (quality === 'good' ? 1 : 0),
});

/** An interruption longer than this ends a streak that was not believed. */
const INTERRUPTED: Millis = 10 * MINUTE;
const cooled = (streak: Streak | null): Streak | null =>
  streak === null || streak.readings <= 0.5 ? null : { ...streak, since: null, readings: streak.readings - 0.5 };

/** Measurements by hand that come closer than this are a stream: a return must last as long to be believed. */
const BY_HAND_APART: Millis = MINUTE;
/** While a breach goes on without news, its memory is written this often: it dates the last breach. */
const STAMP_EVERY: Millis = 30 * SECOND;

/** A streak in which every reading is doubtful must be twice as long: doubt delays an alert, it never prevents one. */
const persists = (streak: Streak | null, need: Persistence, now: EpochMillis): boolean => {
  if (!streak) return false;
  const factor = streak.good > 0 ? 1 : 2;
  return (
    streak.readings >= need.readings * factor ||
    (need.seconds !== null && streak.since !== null && now - streak.since >= need.seconds * factor * SECOND)
  );
};

const worse = (side: SideName, value: number, than: number | boolean): boolean =>
  side === 'low' ? value < Number(than) : value > Number(than);

interface Breach {
  readonly reading: Reading;
  readonly value: number;
  readonly limit: number;
}

const onBreach = (limits: MetricThresholds, side: SideName, was: Side | undefined, breach: Breach): Step => {
  const { reading, value, limit } = breach;
  const { time } = reading;
  const evidence: Evidence = { reading: reading.id, metric: reading.metric, value, limit, time };
  const good = reading.quality === 'good';
  const known = was !== undefined && was.phase !== 'pending';
  const criticalAt = criticalLimit(limits, side);
  let critical = was?.critical ?? null;
  if (!(known && was.priority === 'high')) {
    if (beyond(side, value, criticalAt)) critical = extended(critical, reading);
    else if (criticalAt !== null && !within(side, value, criticalAt, limits.margin)) critical = cooled(critical);
  }
  const streak = known ? was.streak : extended(was?.streak ?? null, reading);
  const isCritical = (known && was.priority === 'high') || persists(critical, limits.confirmCritical, time);
  const hasOrdinary = (side === 'low' ? limits.low : limits.high) !== null;
  const confirmed = known || isCritical || (hasOrdinary && persists(streak, limits.confirm, time));
  const takesWorst = !was || (good && !was.sure) || (good === was.sure && worse(side, value, was.worst.value));

  const phase = confirmed ? 'confirmed' : 'pending';
  const priority = isCritical ? 'high' : 'medium';
  const isNews = !known || was.phase !== phase || was.priority !== priority || was.critical !== critical || takesWorst;
  if (!isNews && was.back === null && time - was.at < STAMP_EVERY) return { next: was, phase: 'confirmed' };
  const next: Side = {
    at: time,
    phase,
    priority,
    streak,
    critical: isCritical ? null : critical,
    first: was?.first ?? evidence,
    worst: takesWorst ? evidence : was.worst,
    last: evidence,
    sure: takesWorst ? good : was.sure,
    back: null,
    ...(was?.relapsed || was?.phase === 'recovering' ? { relapsed: true } : {}),
  };
  return { next, phase: confirmed ? 'confirmed' : limits.spot ? 'breach' : null };
};

/** What was not believed yet: forgotten by a value in range, at once or little by little. */
const unbelieved = (limits: MetricThresholds, was: Side, reading: Reading): Step => {
  const isStream = reading.time - was.at < (limits.spot ? BY_HAND_APART : INTERRUPTED);
  if (limits.spot) return isStream ? { next: was, phase: null } : { next: undefined, phase: 'normal' };
  const streak = isStream ? cooled(was.streak) : null;
  if (streak === null) return { next: undefined, phase: null };
  return { next: { ...was, at: reading.time, streak, critical: cooled(was.critical) }, phase: null };
};

const onReturn = (
  limits: MetricThresholds,
  side: SideName,
  was: Side,
  { reading, value }: Omit<Breach, 'limit'>,
): Step => {
  const outer = outerLimit(limits, side);
  const inBand = outer !== null && within(side, value, outer, limits.margin);
  // A doubtful value proves no recovery and breaks no streak.
  if (reading.quality !== 'good') return { next: was, phase: null };
  if (was.phase === 'pending') return inBand ? { next: was, phase: null } : unbelieved(limits, was, reading);
  if (inBand) return { next: was.back === null ? was : { ...was, at: reading.time, back: null }, phase: null };
  const back = was.back ?? reading.time;
  const isStream = limits.spot && (was.back !== null || reading.time - was.at < BY_HAND_APART);
  const hold = isStream ? Math.max(BY_HAND_APART, limits.clearSeconds * SECOND) : limits.clearSeconds * SECOND;
  if (reading.time - back >= hold) return { next: undefined, phase: 'normal' };
  if (was.back !== null) return { next: was, phase: null };
  const critical = cooled(was.critical);
  if (was.relapsed) return { next: { ...was, at: reading.time, critical, back }, phase: null };
  return { next: { ...was, at: reading.time, critical, phase: 'recovering', back }, phase: 'recovering' };
};

/** One reading on one side: pending → confirmed → recovering → over, with its persistence, margin and hold. */
export const stepSide = (
  limits: MetricThresholds,
  side: SideName,
  was: Side | undefined,
  seen: { readonly reading: Reading; readonly value: number },
): Step => {
  if (was && seen.reading.time < was.at) return { next: was, phase: null };
  const limit = limitCrossed(limits, side, seen.value);
  if (limit !== null) return onBreach(limits, side, was, { ...seen, limit });
  return was ? onReturn(limits, side, was, seen) : { next: undefined, phase: null };
};
