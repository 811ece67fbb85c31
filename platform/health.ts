import type { Millis } from '../domain/time.js';

/** `degraded`: the part lags or lacks something, alerts still ring. `down`: the system must not be called ready. */
export type PartState = 'ok' | 'degraded' | 'down';
export interface PartReport {
  readonly state: PartState;
  /** What is wrong and what to do; never a person, a value or a secret. */
  readonly detail?: string;
}
export interface HealthReport {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, PartReport>>;
}
/** Resolves with the state of the part, or rejects: then it is `down` (`degraded` when it is not essential). */
export type HealthCheck = (signal: AbortSignal) => Promise<PartReport | void> | PartReport | void;

export interface Health {
  /** Returns the function that removes the part. A non-essential part (a sink) never makes the system unready. */
  register(part: string, check: HealthCheck, options?: { essential?: boolean }): () => void;
  /** Asks every part at once; a part that does not answer in time is reported as failing. Never rejects. */
  report(): Promise<HealthReport>;
}

/** Orchestrators ask every few seconds and give up after about five. */
const ANSWER_WITHIN: Millis = 2_000;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';

/** The list of what must work, asked on demand: nothing is cached, so a report is never older than its request. */
export const createHealth = ({ answerWithin = ANSWER_WITHIN }: { answerWithin?: Millis } = {}): Health => {
  const parts = new Map<string, { check: HealthCheck; essential: boolean }>();

  const ask = async (check: HealthCheck, essential: boolean): Promise<PartReport> => {
    const failing: PartState = essential ? 'down' : 'degraded';
    const signal = AbortSignal.timeout(answerWithin);
    let giveUp = (): void => {};
    const late = new Promise<PartReport>((resolve) => {
      giveUp = () => resolve({ state: failing, detail: `no answer within ${answerWithin} ms` });
      signal.addEventListener('abort', giveUp, { once: true });
    });
    try {
      const asked = (async () => (await check(signal)) ?? ({ state: 'ok' } as const))();
      const report = await Promise.race([asked, late]);
      return !essential && report.state === 'down' ? { ...report, state: 'degraded' } : report;
    } catch (error) {
      // A message may quote a connection string; the stable code is enough here, `vigie doctor` says more.
      return { state: failing, detail: codeOf(error) };
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };

  return {
    register(part, check, { essential = true } = {}) {
      const entry = { check, essential };
      parts.set(part, entry);
      return () => {
        if (parts.get(part) === entry) parts.delete(part);
      };
    },
    async report() {
      const asked = [...parts].map(
        async ([part, { check, essential }]) => [part, await ask(check, essential)] as const,
      );
      const reports = Object.fromEntries(await Promise.all(asked));
      return { ready: Object.values(reports).every(({ state }) => state !== 'down'), parts: reports };
    },
  };
};
