import { z } from 'zod';
import { toIso } from '../../../domain/time.js';
import { audit } from '../../../platform/store/audit.js';
import { listDeadLetters, requestReplay } from '../../../platform/store/dead-letters.js';
import type { WebContext } from '../context.js';
import { once } from '../http/once.js';
import { pageOptions, pageQuery } from '../http/paging.js';
import { ok, route, type Route } from '../http/route.js';

const sinkName = z.string().min(1).max(64);
const letterSchema = z.object({
  id: z.number(),
  sink: z.string(),
  reading: z.string(),
  reason: z.string(),
  at: z.string(),
  requestedAt: z.string().nullable(),
});

/** What a sink refused for good: seen, and offered again once the cause is mended. */
export const deadLetterRoutes = ({ store, wakeup, now }: Pick<WebContext, 'store' | 'wakeup' | 'now'>): Route[] => [
  route({
    method: 'get',
    path: '/dead-letters',
    permission: 'quarantine.read',
    summary: 'Readings and alerts a receiving system refused, and why; oldest first',
    query: pageQuery.extend({ sink: sinkName.optional() }),
    answer: z.object({ items: z.array(letterSchema), next: z.string().nullable() }),
    async handle({ principal, query }) {
      const page = await listDeadLetters(store.db, {
        ...pageOptions(query),
        sink: query.sink,
        sites: principal.sites,
      });
      const items = page.items.map(({ id, sink, readingId, reason, at, requestedAt }) => ({
        id,
        sink,
        reading: readingId,
        reason,
        at: toIso(at),
        requestedAt: requestedAt === null ? null : toIso(requestedAt),
      }));
      return ok({ items, next: page.next });
    },
  }),
  route({
    method: 'post',
    path: '/dead-letters/replay',
    permission: 'devices.write',
    summary: 'Offers dead letters again: those named, or all; the rest of a message goes with each',
    body: z.strictObject({ ids: z.array(z.int().positive()).max(1_000).optional(), sink: sinkName.optional() }),
    answer: z.object({ requested: z.number() }),
    async handle(call) {
      const { principal, body } = call;
      const answer = await once(store, { ...call, now: now() }, async (tx) => {
        const requested = await requestReplay(tx, { ...body, sites: principal.sites, at: now() });
        await audit(tx, {
          at: now(),
          actor: `user:${principal.username}`,
          action: 'dead_letters.replay',
          object: `sink:${body.sink ?? '*'}`,
          outcome: 'done',
        });
        return ok({ requested });
      });
      wakeup.notify();
      return answer;
    },
  }),
];
