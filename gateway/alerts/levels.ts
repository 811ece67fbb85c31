import type { EpochMillis, Millis } from '../../domain/time.js';
import type { Phase } from './rule.js';

/** How long a level must last before it is believed, and how long it must be left before it is over. */
export interface LevelSpec {
  readonly hold: Millis;
  readonly clear: Millis;
}

/** What is remembered of something with levels of severity (1 = mildest) from its first sign until it is over. JSON. */
export interface LevelState {
  readonly at: EpochMillis;
  /** The highest level that was believed; 0 = none yet. */
  readonly level: number;
  /** Since when each level lasts, the mildest first; null = it does not. */
  readonly since: readonly (EpochMillis | null)[];
  /** Since when the mildest level is left; null = it is not. */
  readonly back: EpochMillis | null;
  readonly relapsed?: true;
}

export interface LevelSeen {
  readonly time: EpochMillis;
  /** The level of the value now; 0 = normal. */
  readonly level: number;
  /** How many levels the value has not left by their margin. */
  readonly held: number;
}
export interface LevelStep {
  readonly next: LevelState | undefined;
  readonly phase: Phase | null;
}

const sameAs = (a: LevelState, b: LevelState): boolean =>
  a.level === b.level && a.back === b.back && a.since.every((value, index) => value === b.since[index]);

const believed = (since: readonly (EpochMillis | null)[], now: EpochMillis, hold: Millis): number =>
  since.findLastIndex((start) => start !== null && now - start >= hold) + 1;

/** When a level that lasts becomes believed, unless a reading says otherwise before; null = there is none to wait for. */
export const nextLevelAt = ({ since, level, back }: LevelState, { hold }: LevelSpec): EpochMillis | null => {
  if (back !== null) return null;
  const waiting = since.filter((start, index) => start !== null && index >= level) as EpochMillis[];
  return waiting.length === 0 ? null : Math.min(...waiting) + hold;
};

/** One value: an interruption shorter than `clear` does not end what is going on. */
export const stepLevels = (was: LevelState | undefined, seen: LevelSeen, spec: LevelSpec, count: number): LevelStep => {
  const { time, level, held } = seen;
  if (was && time < was.at) return { next: was, phase: null };
  if (held === 0) {
    if (!was) return { next: undefined, phase: null };
    const back = was.back ?? time;
    if (time - back >= spec.clear) return { next: undefined, phase: 'normal' };
    if (was.back !== null) return { next: was, phase: null };
    const tells = was.level > 0 && !was.relapsed;
    return { next: { ...was, at: time, back }, phase: tells ? 'recovering' : null };
  }
  if (!was && level === 0) return { next: undefined, phase: null };
  const since = Array.from({ length: count }, (_, index) => {
    const start = was?.since[index] ?? null;
    return level > index ? (start ?? time) : held > index || was?.back !== null ? start : null;
  });
  const reached = level === 0 ? 0 : believed(since.slice(0, level), time, spec.hold);
  const relapsed = was?.relapsed ?? (was && was.back !== null && was.level > 0 && level > 0 ? true : undefined);
  const next: LevelState = {
    at: time,
    level: Math.max(was?.level ?? 0, reached),
    since,
    back: null,
    ...(relapsed ? { relapsed } : {}),
  };
  const phase = next.level > 0 && level > 0 ? 'confirmed' : null;
  return was && sameAs(was, next) ? { next: was, phase } : { next, phase };
};

/** The clock reached `nextLevelAt`: what nobody contradicted is believed. */
export const wakeLevels = (was: LevelState, at: EpochMillis, spec: LevelSpec): LevelStep => {
  const level = Math.max(was.level, believed(was.since, at, spec.hold));
  return { next: { ...was, level }, phase: level > was.level ? 'confirmed' : null };
};
