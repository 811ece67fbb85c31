import { raw, Router, type RequestHandler, type Response } from 'express';
import type { Box } from '../../../domain/device.js';
import { SECOND, type EpochMillis, type Millis } from '../../../domain/time.js';
import { laneOf } from '../../../platform/lanes.js';
import type { Log } from '../../../platform/log.js';
import type { Metrics } from '../../../platform/metrics.js';
import type { Db } from '../../../platform/store/db.js';
import type { Inbox, IncomingMessage } from '../../../platform/store/inbox.js';
import { HttpProblem } from '../http/problem.js';
import { createBoxGate } from './box-gate.js';
import { WEBHOOKS, webhookTopic } from './webhook-topics.js';

export interface IngestOptions {
  readonly db: Db;
  readonly inbox: Pick<Inbox, 'append'>;
  readonly metrics: Pick<Metrics, 'messagesAccepted'>;
  readonly log: Log;
  readonly now: () => EpochMillis;
  /** Of one box. */
  readonly messagesPerSecond?: number;
}

const MAX_BODY = '1mb';
/** A network server gives up and sends again; a commit that comes after all makes the repeat a duplicate. */
const COMMIT_WITHIN: Millis = 10 * SECOND;
/** A network server that empties its queue of two thousand sensors; ten seconds of it may come at once. */
const MESSAGES_PER_SECOND = 100;
const BURST_SECONDS = 10;
const RETRY_AFTER = '5';

const unavailable = (): HttpProblem =>
  new HttpProblem(
    503,
    'ingest.unavailable',
    'The message was not stored: send it again',
    {},
    { 'retry-after': RETRY_AFTER },
  );

const tooFast = (): HttpProblem =>
  new HttpProblem(429, 'ingest.too_many', 'This box sends too fast', {}, { 'retry-after': '1' });

/** A bucket for each box; there are as many as boxes that have proved who they are. */
const tokenBuckets = (perSecond: number, now: () => EpochMillis): ((box: string) => boolean) => {
  const most = perSecond * BURST_SECONDS;
  const buckets = new Map<string, { tokens: number; at: EpochMillis }>();
  return (box) => {
    const at = now();
    const bucket = buckets.get(box) ?? { tokens: most, at };
    const tokens = Math.min(most, bucket.tokens + (Math.max(0, at - bucket.at) / SECOND) * perSecond);
    buckets.set(box, { tokens: tokens >= 1 ? tokens - 1 : tokens, at });
    return tokens >= 1;
  };
};

const boxOf = (response: Response): Box => (response.locals as { box: Box }).box;

const within = async (work: Promise<void>, limit: Millis): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable()), limit);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
};

/**
 * Webhooks of LoRaWAN network servers (contract §5): `POST /tts`, `POST /chirpstack`, in the name of a box. 200 means
 * on disk; the road then treats the message as if the box had published it by MQTT.
 */
export const ingestRoutes = (options: IngestOptions): Router => {
  const { inbox, metrics, log, now, messagesPerSecond = MESSAGES_PER_SECOND } = options;
  const gate = createBoxGate(options);
  const takes = tokenBuckets(messagesPerSecond, now);
  const router = Router();

  const authenticate: RequestHandler = async (request, response, next) => {
    const box = await gate(request.get('authorization'), request.ip ?? '').catch((error: unknown) => {
      if (error instanceof HttpProblem) throw error;
      log.error({ err: error }, 'webhook: boxes cannot be read');
      throw unavailable();
    });
    response.locals.box = box;
    next();
  };

  const perBox: RequestHandler = (_request, response, next) => {
    if (!takes(boxOf(response).id)) throw tooFast();
    next();
  };

  const store = async (message: IncomingMessage): Promise<void> => {
    try {
      await within(inbox.append([message]), COMMIT_WITHIN);
    } catch (error) {
      if (!(error instanceof HttpProblem)) log.error({ err: error }, 'webhook: the inbox did not store a message');
      throw unavailable();
    }
    metrics.messagesAccepted.inc();
  };

  for (const webhook of WEBHOOKS)
    router.post(
      `/${webhook}`,
      authenticate,
      perBox,
      raw({ type: () => true, limit: MAX_BODY }),
      async (request, response) => {
        const payload = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const topic = webhookTopic(webhook, payload, request.query.event);
        const { id, site } = boxOf(response);
        await store({
          site,
          identity: `box:${id}`,
          topic,
          payload,
          retained: false,
          dup: false,
          lane: laneOf(topic),
          receivedAt: now(),
        });
        response.json({ accepted: 1 });
      },
    );
  return router;
};
