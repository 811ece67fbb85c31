/** The three rhythms (design §7; shape of the bursts after IEC 60601-1-8, 5 + 5, 3 and 1 pulses). Pure. */
import { type Millis, MINUTE, SECOND } from '../../../domain/time.js';

export type Pattern = 'A' | 'B' | 'C';

export interface Pulse {
  /** From the start of the pattern. */
  readonly at: Millis;
  readonly length: Millis;
  /** Fundamental in hertz; the player adds four harmonics. */
  readonly pitch: number;
  /** 0 to 1, before the loudness of the alert. */
  readonly gain: number;
}

/** ta-ta-ta—ta-ta: three even pulses, a breath, two more. */
const GROUP_OF_FIVE: readonly Millis[] = [0, 200, 400, 800, 1_000];
const SECOND_GROUP: Millis = 1_700;

export const PATTERNS: Record<Pattern, readonly Pulse[]> = {
  A: [0, SECOND_GROUP].flatMap((start) =>
    GROUP_OF_FIVE.map((at) => ({ at: start + at, length: 120, pitch: 587, gain: 0.5 })),
  ),
  B: [0, 450, 900].map((at) => ({ at, length: 200, pitch: 440, gain: 0.4 })),
  C: [{ at: 0, length: 220, pitch: 392, gain: 0.2 }],
};

/** Partials of one pulse, fundamental first: rhythm must survive a poor loudspeaker and a poor ear. */
export const HARMONICS: readonly number[] = [1, 0.6, 0.4, 0.25, 0.15];

export const REPEAT_A: Millis = 8 * SECOND;
export const REPEAT_B: Millis = 5 * MINUTE;
/** An unclaimed critical becomes +6 dB louder after this. */
export const LOUDER_AFTER: Millis = 2 * MINUTE;
export const LOUDER: number = 2;
export const PAUSE_MAX: Millis = 2 * MINUTE;
