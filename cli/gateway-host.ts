import type { Worker } from 'node:worker_threads';
import { SECOND, type Millis } from '../domain/time.js';
import type { Config } from '../platform/config.js';
import type { PartReport } from '../platform/health.js';
import type { Log } from '../platform/log.js';
import { backoff } from '../platform/retry.js';
import { spawnWorker } from '../platform/worker.js';
import type { ThreadData, ThreadReply, ThreadRequest } from './gateway-thread.js';

/** The gateway running in its own thread, as seen from the main one. */
export interface GatewayHost {
  health(): Promise<Record<string, PartReport>>;
  /** The thread's Prometheus metrics as JSON, to be merged with ours. */
  metrics(): Promise<object[]>;
  close(): Promise<void>;
}

const ANSWER_WITHIN: Millis = 2 * SECOND;
const STOP_WITHIN: Millis = 30 * SECOND;
const PAUSE = { first: 500, most: 30 * SECOND };
/** A thread that ran this long was not failing at start. */
const HEALTHY_AFTER: Millis = 60 * SECOND;

interface Pending {
  readonly resolve: (reply: Exclude<ThreadReply, { ready: true }>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the gateway thread and resolves when it processes. A thread that dies later is started again, with growing
 * pauses; nothing is lost meanwhile because the inbox keeps what is accepted. Rejects when the first start fails.
 */
export const hostGateway = async (data: { config: Config; holder: string }, log: Log): Promise<GatewayHost> => {
  let worker: Worker | null = null;
  let closing = false;
  let failures = 0;
  let lastId = 0;
  const pending = new Map<number, Pending>();

  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const startedAt = Date.now();
      const thread = spawnWorker(new URL('./gateway-thread', import.meta.url), {
        workerData: data satisfies ThreadData,
      });
      worker = thread;
      thread.on('message', (reply: ThreadReply) => {
        if ('ready' in reply) return resolve();
        pending.get(reply.id)?.resolve(reply);
        pending.delete(reply.id);
      });
      thread.on('error', (error) => {
        log.error({ err: error }, 'the gateway thread failed');
        reject(error);
      });
      thread.on('exit', () => {
        worker = null;
        for (const { reject: giveUp } of pending.values()) giveUp(new Error('the gateway thread is not running'));
        pending.clear();
        reject(new Error('the gateway thread ended before it was ready'));
        if (closing) return;
        failures = Date.now() - startedAt > HEALTHY_AFTER ? 1 : failures + 1;
        setTimeout(() => void (closing || start().catch(() => undefined)), backoff(failures, PAUSE));
      });
    });

  const ask = (question: ThreadRequest['ask'], within: Millis): Promise<Exclude<ThreadReply, { ready: true }>> =>
    new Promise((resolve, reject) => {
      if (!worker) return reject(new Error('the gateway thread is not running'));
      const id = ++lastId;
      const timer = setTimeout(() => {
        pending.delete(id);
        reject(new Error(`the gateway thread gave no answer within ${within} ms`));
      }, within);
      const settle =
        <Value>(then: (value: Value) => void) =>
        (value: Value): void => {
          clearTimeout(timer);
          then(value);
        };
      pending.set(id, { resolve: settle(resolve), reject: settle(reject) });
      worker.postMessage({ id, ask: question } satisfies ThreadRequest);
    });

  try {
    await start();
  } catch (error) {
    closing = true;
    throw error;
  }
  return {
    health: async () => (await ask('health', ANSWER_WITHIN)).health ?? {},
    metrics: async () => (await ask('metrics', ANSWER_WITHIN)).metrics ?? [],
    async close() {
      closing = true;
      const thread = worker as Worker | null;
      if (!thread) return;
      try {
        await ask('stop', STOP_WITHIN);
      } catch (error) {
        log.warn({ err: error }, 'the gateway thread is ended by force');
      }
      await thread.terminate();
    },
  };
};
