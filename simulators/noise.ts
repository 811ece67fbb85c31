import type { EpochMillis, Millis } from '../domain/time.js';
import { uniformAt } from './random.js';

/** One step of the process; shorter changes are interpolated. */
const STEP: Millis = 20_000;
const PHI = 0.88;
/** PHI ** TAPS = 0.6 %: what is left out of the sum cannot be seen. */
const TAPS = 40;
const SCALE = Math.sqrt(1 - PHI * PHI);
/** Bodies regulate: the process saturates here, in standard deviations. */
export const NOISE_BOUND = 2.2;

/** Standard normal, by the sum of uniforms (Irwin–Hall of 3: bounded by ±3, which suits physiology). */
const shock = (key: number, index: number): number =>
  2 * (uniformAt(key, index * 3) + uniformAt(key, index * 3 + 1) + uniformAt(key, index * 3 + 2) - 1.5);

const sample = (key: number, index: number): number => {
  let sum = 0;
  for (let tap = TAPS - 1; tap >= 0; tap--) sum = PHI * sum + shock(key, index - tap);
  return sum * SCALE;
};

/**
 * First-order autoregressive noise that can be read at any time without having run up to it: mean 0, deviation
 * about 1, never beyond ±`NOISE_BOUND`. `stretch` slows it down.
 */
export const noiseAt = (key: number, time: EpochMillis, stretch = 1): number => {
  const position = time / (STEP * stretch);
  const index = Math.floor(position);
  const weight = position - index;
  const raw = sample(key, index) * (1 - weight) + sample(key, index + 1) * weight;
  return NOISE_BOUND * Math.tanh(raw / NOISE_BOUND);
};
