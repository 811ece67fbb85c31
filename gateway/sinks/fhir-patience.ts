import type { Verdict } from '../../fhir/outcome.js';

/** With the drain's pauses, about seven seconds: one bad entry may not hold everybody behind it for longer. */
export const MOST_TRIES = 6;

/**
 * Counts how often the server said it cannot do one entry while it did others. After `MOST_TRIES` the entry is
 * rejected (dead letter, replayable). A server that does nothing at all is down: then nothing is counted, however long.
 */
export const createPatience = (most = MOST_TRIES) => {
  const tries = new Map<string, number>();
  return {
    judge(key: string, verdict: Verdict, othersAccepted: boolean): Verdict {
      if (verdict.kind !== 'later') {
        tries.delete(key);
        return verdict;
      }
      if (!verdict.own || !othersAccepted) return verdict;
      const count = (tries.get(key) ?? 0) + 1;
      if (count < most) {
        tries.set(key, count);
        return verdict;
      }
      tries.delete(key);
      return { kind: 'rejected', reason: `${verdict.reason} (${count} tries)` };
    },
  };
};
export type Patience = ReturnType<typeof createPatience>;
