import type { EpochMillis, Millis } from '../domain/time.js';
import type { Vitals } from './physiology.js';

/** A vital sign drawn to a target (`to`) or moved by an amount (`by`) at full strength. */
type Pull = { readonly to: number } | { readonly by: number };

/** What an acute episode does to a body at its height. The first vital named is the one `depth` overrides. */
export const EPISODES = {
  desaturation: { spo2: { to: 85 }, heartRate: { by: 16 }, respiratoryRate: { by: 5 } },
  tachycardia: { heartRate: { to: 126 }, respiratoryRate: { by: 2 }, systolicBp: { by: -8 } },
  bradycardia: { heartRate: { to: 41 }, systolicBp: { by: -10 } },
  fever: { temperature: { to: 39 }, heartRate: { by: 14 }, respiratoryRate: { by: 3 }, spo2: { by: -1 } },
  hypoglycaemia: { glucose: { to: 52 }, heartRate: { by: 12 } },
  /** After a fall. */
  shock: { heartRate: { by: 8 }, respiratoryRate: { by: 2 } },
  hypotension: { systolicBp: { to: 82 }, diastolicBp: { to: 48 }, heartRate: { by: 14 } },
} as const satisfies Record<string, Partial<Record<keyof Vitals, Pull>>>;
export type EpisodeKind = keyof typeof EPISODES;

/** An acute change over the normal course: it rises during `ramp`, stays for `plateau`, fades during `recovery`. */
export interface Episode {
  readonly kind: 'episode';
  readonly resident: string;
  readonly episode: EpisodeKind;
  readonly from: EpochMillis;
  readonly ramp: Millis;
  readonly plateau: Millis;
  readonly recovery: Millis;
  /** Target of the leading vital sign instead of the usual one. */
  readonly depth?: number;
}

/** What happens to a resident beside their normal day, in simulated time. */
export type Incident =
  | Episode
  /** On the floor from `at` for `lying`. */
  | { readonly kind: 'fall'; readonly resident: string; readonly at: EpochMillis; readonly lying: Millis }
  | { readonly kind: 'sos'; readonly resident: string; readonly at: EpochMillis }
  /** The oximeter stays on the finger and streams. */
  | { readonly kind: 'watch'; readonly resident: string; readonly from: EpochMillis; readonly until: EpochMillis }
  /** A carer takes the vital signs outside the rounds. */
  | { readonly kind: 'measure'; readonly resident: string; readonly at: EpochMillis };

export type Script = readonly Incident[];

const smooth = (x: number): number => x * x * (3 - 2 * x);

/** Strength of an episode at a time, 0 to 1. */
export const strengthAt = (episode: Episode, time: EpochMillis): number => {
  const since = time - episode.from;
  const fading = since - episode.ramp - episode.plateau;
  if (since <= 0 || fading >= episode.recovery) return 0;
  if (since < episode.ramp) return smooth(since / episode.ramp);
  return fading <= 0 ? 1 : smooth(1 - fading / episode.recovery);
};

/** The vitals with every episode of the script laid over them; half of the normal variation stays on top. */
export const withEpisodes = (
  { normal, resting }: { normal: Vitals; resting: Vitals },
  episodes: readonly Episode[],
  time: EpochMillis,
): Vitals => {
  const vitals: Record<keyof Vitals, number> = { ...normal };
  for (const episode of episodes) {
    const strength = strengthAt(episode, time);
    if (strength === 0) continue;
    let leading = true;
    for (const [name, pull] of Object.entries(EPISODES[episode.episode]) as [keyof Vitals, Pull][]) {
      if ('by' in pull) vitals[name] += pull.by * strength;
      else {
        const target = leading && episode.depth !== undefined ? episode.depth : pull.to;
        vitals[name] += (target - (normal[name] + resting[name]) / 2) * strength;
      }
      leading = false;
    }
  }
  return vitals;
};
