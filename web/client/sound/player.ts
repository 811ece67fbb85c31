import type { EpochMillis, Millis } from '../../../domain/time.js';
import type { LiveState } from '../state/live.js';
import { createStore, type ReadonlyStore } from '../state/store.js';
import { openSound, type SoundState } from './engine.js';
import { nextSound, pauseSound, resumeSound, silence, type SoundMemory } from './plan.js';

export interface SoundView {
  readonly state: SoundState;
  /** Server time; null when not paused. */
  readonly pausedUntil: EpochMillis | null;
  /** Server time of the last moment the state was measured armed. */
  readonly checkedAt: EpochMillis | null;
}
export interface SoundPlayer {
  readonly view: ReadonlyStore<SoundView>;
  arm(): void;
  pause(): void;
  resume(): void;
  /** Sound C: one soft pulse. */
  message(): void;
  close(): void;
}

const LOOK_EVERY: Millis = 500;

/** Looks at the alerts twice a second and plays what is due; frozen pages stay silent and say so. */
export const openPlayer = (live: ReadonlyStore<LiveState>): SoundPlayer => {
  const engine = openSound();
  let memory: SoundMemory = silence;
  const now = (): EpochMillis => Date.now() + live.get().offset;
  const view = createStore<SoundView, Partial<SoundView>>(
    { state: engine.state(), pausedUntil: null, checkedAt: null },
    (state, change) => ({ ...state, ...change }),
  );
  const measure = (): void => {
    const state = engine.state();
    const { pausedUntil } = memory;
    const old = view.get();
    const isNewlyArmed = state === 'armed' && old.checkedAt === null;
    if (state !== old.state || pausedUntil !== old.pausedUntil || isNewlyArmed)
      view.dispatch({ state, pausedUntil, checkedAt: state === 'armed' ? now() : null });
  };
  const look = (): void => {
    if (live.get().phase === 'live') {
      const step = nextSound(memory, live.get().alerts.values(), now());
      memory = step.memory;
      if (step.play) engine.play(step.play.pattern, step.play.gain);
    }
    measure();
  };
  const gesture = (): void => {
    if (engine.state() === 'blocked') void engine.arm();
  };
  const unsubscribe = engine.subscribe(measure);
  const timer = setInterval(look, LOOK_EVERY);
  // Up, not down: the banner that goes away moves the page, and the click must land where it was aimed.
  addEventListener('pointerup', gesture, true);
  addEventListener('keydown', gesture, true);
  void engine.arm();
  return {
    view,
    arm: () => void engine.arm(),
    pause() {
      memory = pauseSound(memory, now());
      measure();
    },
    resume() {
      memory = resumeSound(memory);
      measure();
    },
    message: () => engine.play('C', 1),
    close() {
      clearInterval(timer);
      unsubscribe();
      removeEventListener('pointerup', gesture, true);
      removeEventListener('keydown', gesture, true);
      engine.close();
    },
  };
};
