import type { Millis } from '../domain/time.js';

/** Lets one loop sleep until there is news. A ring while nobody waits is kept for the next `wait`. */
export interface Doorbell {
  ring(): void;
  /** Resolves at the first ring since the last `wait`, or after `atMost`: news are hints, so every loop also polls. */
  wait(atMost: Millis): Promise<void>;
}

export const createDoorbell = (): Doorbell => {
  let rung = false;
  let answer: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      answer?.();
    },
    async wait(atMost) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, atMost);
          answer = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        answer = null;
      }
      rung = false;
    },
  };
};
