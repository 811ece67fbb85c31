import { DAY, HOUR, MINUTE, type EpochMillis, type Millis } from '../../domain/time.js';
import type { Resolution } from './history.js';

export const WINDOW: Record<Resolution, Millis> = { '1m': MINUTE, '5m': 5 * MINUTE, '1h': HOUR, '1d': DAY };

/** Start of the window a time falls in; windows are aligned to UTC. */
export const windowStart = (time: EpochMillis, window: Millis): EpochMillis => Math.floor(time / window) * window;

/** The range widened to whole windows: an aggregate always covers all of its window. */
export const windowsOf = ({
  from,
  to,
  resolution,
}: {
  from: EpochMillis;
  to: EpochMillis;
  resolution: Resolution;
}): { from: EpochMillis; to: EpochMillis } => {
  const window = WINDOW[resolution];
  return { from: windowStart(from, window), to: Math.ceil(to / window) * window };
};
