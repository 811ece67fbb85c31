import type { EpochMillis, Millis } from '../../../domain/time.js';
import type { Log } from '../../../platform/log.js';
import type { Wakeup } from '../../../platform/wakeup.js';

/** The wake-up is only a hint: without one, news is this old at most. */
export const POLL_EVERY: Millis = 250;
/** A burst of commits is read together; below what an eye or an ear can tell. */
const SHORTEST_PAUSE: Millis = 10;
/** After a failure the store is asked again at this pace. */
const RETRY_EVERY: Millis = 1_000;

export interface Tail {
  /** When the store was last read; `null` until it was. */
  lastRead(): EpochMillis | null;
  /** Reads now instead of at the next poll. */
  nudge(): void;
  stop(): Promise<void>;
}

/**
 * Runs `turn` one at a time: at every wake-up, at least every `POLL_EVERY`, and again at once while it says there is
 * more. A failing turn is retried for ever; meanwhile `lastRead` grows old, and the screens can tell.
 */
export const startTail = (options: {
  turn: () => Promise<{ more: boolean }>;
  wakeup: Wakeup;
  log: Log;
  now: () => EpochMillis;
}): Tail => {
  let lastRead: EpochMillis | null = null;
  let stopped = false;
  let failing = false;
  let asked = false;
  let wake = (): void => {};
  const nudge = (): void => {
    asked = true;
    wake();
  };
  const pause = (longest: Millis): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, asked && !failing ? SHORTEST_PAUSE : longest);
      wake = () => {
        if (failing && !stopped) return; // a store in trouble is not asked at the pace of its writers
        clearTimeout(timer);
        setTimeout(resolve, SHORTEST_PAUSE);
        wake = () => {};
      };
    });

  const run = async (): Promise<void> => {
    while (!stopped) {
      asked = false;
      let wait = POLL_EVERY;
      try {
        const { more } = await options.turn();
        lastRead = options.now();
        if (failing) options.log.info('live: the store answers again');
        failing = false;
        if (more) wait = 0;
      } catch (error) {
        if (!failing) options.log.error({ err: error }, 'live: the store cannot be read, screens will show as frozen');
        failing = true;
        wait = RETRY_EVERY;
      }
      if (!stopped) await pause(wait);
    }
  };

  const unlisten = options.wakeup.listen(nudge);
  const done = run();
  return {
    lastRead: () => lastRead,
    nudge,
    async stop() {
      stopped = true;
      unlisten();
      wake();
      await done;
    },
  };
};
