/** Entry of the gateway's own thread (ADR 0003). Speaks `ThreadRequest` / `ThreadReply` with `cli/gateway-host.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Config } from '../platform/config.js';
import type { PartReport } from '../platform/health.js';
import { createLog } from '../platform/log.js';
import { createMetrics } from '../platform/metrics.js';
import { startGatewayRole } from './gateway-role.js';

export interface ThreadData {
  readonly config: Config;
  readonly holder: string;
}
export type ThreadRequest = { readonly id: number; readonly ask: 'health' | 'metrics' | 'stop' };
export type ThreadReply =
  | { readonly ready: true }
  | {
      readonly id: number;
      readonly health?: Record<string, PartReport>;
      readonly metrics?: object[];
      readonly stopped?: true;
    };

const port = parentPort!;
const { config, holder } = workerData as ThreadData;
const log = createLog('gateway', config.LOG_LEVEL);
const metrics = createMetrics();
const gateway = await startGatewayRole(config, log, metrics, holder);

const answer = async ({ id, ask }: ThreadRequest): Promise<ThreadReply> => {
  switch (ask) {
    case 'health':
      return { id, health: gateway.health() };
    case 'metrics':
      return { id, metrics: await metrics.registry.getMetricsAsJSON() };
    case 'stop':
      await gateway.close();
      return { id, stopped: true };
  }
};

port.on('message', (request: ThreadRequest) => {
  answer(request).then(
    (reply) => {
      port.postMessage(reply);
      if (request.ask === 'stop') port.close();
    },
    (error: unknown) => {
      log.error({ err: error }, 'the gateway could not answer');
      throw error;
    },
  );
});
port.postMessage({ ready: true } satisfies ThreadReply);
