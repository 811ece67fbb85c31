import { z } from 'zod';
import { METRIC_NAMES, METRICS, type Metric } from '../../../domain/metrics.js';
import { DAY, HOUR, MINUTE, toIso, type Millis } from '../../../domain/time.js';
import type { Resolution } from '../../../platform/history/history.js';
import { latestOf } from '../../../platform/store/readings.js';
import {
  aggregatedReadingsSchema,
  latestSchema,
  rawReadingsSchema,
  READINGS_RESOLUTIONS,
  siteLatestSchema,
} from '../../protocol.js';
import { residentFor, sitesFor } from '../access.js';
import type { WebContext } from '../context.js';
import { HttpProblem } from '../http/problem.js';
import { ok, route, type Route } from '../http/route.js';
import { latestView } from '../latest.js';

/** A page of raw points: a day at one a minute, with room. */
const MAX_POINTS = 2_000;
/** Windows of one aggregated answer: a week of minutes, thirty years of days. */
const MAX_WINDOWS = 11_000;
/** Residents of one bulk answer. */
const MAX_BULK = 2_000;

const WINDOW: Record<Resolution, Millis> = { '1m': MINUTE, '5m': 5 * MINUTE, '1h': HOUR, '1d': DAY };

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const readingsQuery = z.object({
  metric: z.enum(METRIC_NAMES as [Metric, ...Metric[]]),
  from: instant.optional(),
  to: instant.optional(),
  resolution: z.enum(READINGS_RESOLUTIONS).default('raw'),
  limit: z.coerce.number().int().min(1).max(MAX_POINTS).default(500),
  cursor: z.string().min(1).max(500).optional(),
});

const invalid = (code: string, detail: string): HttpProblem =>
  new HttpProblem(400, code, 'The query is not valid', { detail });

/** What residents measure: now, and over time. */
export const readingRoutes = ({ store, history, registry, now }: WebContext): Route[] => [
  route({
    method: 'get',
    path: '/latest',
    permission: 'readings.read',
    summary: 'Current values and NEWS2 of every resident of a site, or of all sites of the user',
    query: z.object({ site: z.string().optional() }),
    answer: siteLatestSchema,
    async handle({ principal, query }) {
      const sites = new Set(sitesFor(principal, query.site));
      const known = await registry.current();
      const residents = known.residents().filter(({ site }) => sites.has(site));
      if (residents.length > MAX_BULK)
        throw invalid('query.too_wide', `expected at most ${MAX_BULK} residents: name a site`);
      const latest = await latestOf(
        store.db,
        residents.map(({ id }) => `resident:${id}`),
      );
      const at = now();
      const items = residents.map(({ id, spo2Scale }) => ({
        resident: id,
        ...latestView(latest.get(`resident:${id}`) ?? [], {
          spo2Scale,
          device: (device) => known.device(device),
          now: at,
        }),
      }));
      return ok({ items, now: toIso(at) });
    },
  }),
  route({
    method: 'get',
    path: '/residents/:id/latest',
    permission: 'readings.read',
    summary: 'Current values of a resident, and NEWS2 over those that are fresh',
    answer: latestSchema,
    async handle({ principal, params }) {
      const { id, spo2Scale } = await residentFor(store.db, principal, params.id);
      const rows = (await latestOf(store.db, [`resident:${id}`])).get(`resident:${id}`) ?? [];
      const known = await registry.current();
      return ok(latestView(rows, { spo2Scale, device: (device) => known.device(device), now: now() }));
    },
  }),
  route({
    method: 'get',
    path: '/residents/:id/readings',
    permission: 'readings.read',
    summary: 'The history of one measure; the last 24 hours unless told otherwise',
    query: readingsQuery,
    answer: z.union([rawReadingsSchema, aggregatedReadingsSchema]),
    async handle({ principal, params, query }) {
      const { id, site } = await residentFor(store.db, principal, params.id);
      const to = query.to ?? now();
      const from = query.from ?? to - DAY;
      if (from >= to) throw invalid('query.invalid', 'from: expected an instant before to');
      const series = { site, resident: id, metric: query.metric, from, to };
      if (query.resolution === 'raw') {
        const { limit, cursor } = query;
        const page = await history.raw({ ...series, limit, ...(cursor === undefined ? {} : { cursor }) });
        const { unit } = METRICS[query.metric];
        return ok({
          points: page.points.map((point) => ({ ...point, time: toIso(point.time), unit })),
          next: page.next,
        });
      }
      if ((to - from) / WINDOW[query.resolution] > MAX_WINDOWS)
        throw invalid('query.too_wide', `expected at most ${MAX_WINDOWS} windows: take a coarser resolution`);
      const points = await history.aggregate({ ...series, resolution: query.resolution });
      return ok({ points: points.map((point) => ({ ...point, time: toIso(point.time) })) });
    },
  }),
];
