/** What should sound now. Pure; server time throughout. */
import type { EpochMillis } from '../../../domain/time.js';
import type { AlertView } from '../../protocol.js';
import { levelOf } from '../state/queue.js';
import { LOUDER, LOUDER_AFTER, PAUSE_MAX, type Pattern, REPEAT_A, REPEAT_B } from './patterns.js';

export interface SoundMemory {
  readonly criticals: ReadonlySet<string>;
  readonly mediums: ReadonlySet<string>;
  readonly lastA: EpochMillis | null;
  readonly lastB: EpochMillis | null;
  readonly pausedUntil: EpochMillis | null;
}
export interface SoundStep {
  readonly memory: SoundMemory;
  readonly play: { readonly pattern: Pattern; readonly gain: number } | null;
}

export const silence: SoundMemory = {
  criticals: new Set(),
  mediums: new Set(),
  lastA: null,
  lastB: null,
  pausedUntil: null,
};

/** Two minutes at most; never without an end. */
export const pauseSound = (memory: SoundMemory, now: EpochMillis): SoundMemory => ({
  ...memory,
  pausedUntil: now + PAUSE_MAX,
});

export const resumeSound = (memory: SoundMemory): SoundMemory => ({ ...memory, pausedUntil: null });

const rings = (alert: AlertView): boolean =>
  alert.workflow === 'open' && (alert.signal === 'on' || alert.signal === 'latched');

/** One look at the alerts: what to play, if anything, and what to remember. A new critical breaks a pause. */
export const nextSound = (memory: SoundMemory, alerts: Iterable<AlertView>, now: EpochMillis): SoundStep => {
  const ringing = [...alerts].filter(rings);
  const criticals = ringing.filter((alert) => levelOf(alert) === 'crit');
  const mediums = ringing.filter((alert) => ['med', 'stop'].includes(levelOf(alert)));
  const isNewCritical = criticals.some(({ id }) => !memory.criticals.has(id));
  const isNewMedium = mediums.some(({ id }) => !memory.mediums.has(id));
  const over = memory.pausedUntil !== null && (now >= memory.pausedUntil || isNewCritical);
  const seen: SoundMemory = {
    ...memory,
    criticals: new Set(criticals.map(({ id }) => id)),
    mediums: new Set(mediums.map(({ id }) => id)),
    pausedUntil: over ? null : memory.pausedUntil,
  };
  if (seen.pausedUntil !== null) return { memory: seen, play: null };
  if (criticals.length > 0) {
    const due = isNewCritical || memory.lastA === null || now - memory.lastA >= REPEAT_A;
    if (!due) return { memory: seen, play: null };
    const oldest = Math.min(...criticals.map(({ startedAt }) => Date.parse(startedAt)));
    const gain = now - oldest >= LOUDER_AFTER ? LOUDER : 1;
    return { memory: { ...seen, lastA: now }, play: { pattern: 'A', gain } };
  }
  const dueB = mediums.length > 0 && (isNewMedium || memory.lastB === null || now - memory.lastB >= REPEAT_B);
  if (!dueB) return { memory: { ...seen, lastA: null }, play: null };
  return { memory: { ...seen, lastA: null, lastB: now }, play: { pattern: 'B', gain: 1 } };
};
