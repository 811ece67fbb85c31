import { HARMONICS, type Pattern, PATTERNS } from './patterns.js';

/** `blocked`: the browser waits for a gesture. `unsupported`: this browser has no sound at all. */
export type SoundState = 'armed' | 'blocked' | 'unsupported';

export interface SoundEngine {
  /** Measured from the audio device, not from what was asked. */
  state(): SoundState;
  subscribe(listener: () => void): () => void;
  /** Asks the browser to let sound through; only a gesture makes it agree. Never throws. */
  arm(): Promise<void>;
  /** Plays once, at `gain` times the usual loudness; silent unless armed. */
  play(pattern: Pattern, gain: number): void;
  close(): void;
}

const ATTACK_S = 0.01;

/** The sound of this page over WebAudio. */
export const openSound = (): SoundEngine => {
  const context = 'AudioContext' in globalThis ? new AudioContext() : null;
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  context?.addEventListener('statechange', tell);
  const wave = context?.createPeriodicWave(new Float32Array(HARMONICS.length + 1), new Float32Array([0, ...HARMONICS]));
  const state = (): SoundState => (!context ? 'unsupported' : context.state === 'running' ? 'armed' : 'blocked');
  return {
    state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async arm() {
      await context?.resume().catch(() => undefined);
      tell();
    },
    play(pattern, gain) {
      if (!context || !wave || state() !== 'armed') return;
      for (const pulse of PATTERNS[pattern]) {
        const oscillator = context.createOscillator();
        const envelope = context.createGain();
        const start = context.currentTime + pulse.at / 1000;
        const end = start + pulse.length / 1000;
        const level = Math.min(1, pulse.gain * gain);
        oscillator.setPeriodicWave(wave);
        oscillator.frequency.value = pulse.pitch;
        envelope.gain.setValueAtTime(0, start);
        envelope.gain.linearRampToValueAtTime(level, start + ATTACK_S);
        envelope.gain.setValueAtTime(level, end - ATTACK_S);
        envelope.gain.linearRampToValueAtTime(0, end);
        oscillator.connect(envelope).connect(context.destination);
        oscillator.start(start);
        oscillator.stop(end);
      }
    },
    close() {
      listeners.clear();
      void context?.close().catch(() => undefined);
    },
  };
};
