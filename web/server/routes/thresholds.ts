import { type z } from 'zod';
import type { Metric } from '../../../domain/metrics.js';
import { METRICS } from '../../../domain/metrics.js';
import type { ResidentId, SiteId, DeviceId, MessageKey } from '../../../domain/ids.js';
import { readingId, type Reading } from '../../../domain/reading.js';
import type { Resident } from '../../../domain/resident.js';
import { unsafeLimits } from '../../../domain/threshold-safety.js';
import {
  crossedThresholds,
  effectiveThresholds,
  THRESHOLD_METRICS,
  thresholdSettings,
  type SettingRows,
} from '../../../domain/thresholds.js';
import { DAY, HOUR, toIso, type EpochMillis } from '../../../domain/time.js';
import { audit } from '../../../platform/store/audit.js';
import type { Db } from '../../../platform/store/db.js';
import {
  addThresholdVersion,
  approveThresholdVersion,
  thresholdRows,
  thresholdVersions,
} from '../../../platform/store/threshold-versions.js';
import {
  backtestBodySchema,
  backtestPreviewSchema,
  thresholdsPutSchema,
  thresholdsSchema,
  type ThresholdsView,
} from '../../protocol.js';
import { residentFor } from '../access.js';
import type { WebContext } from '../context.js';
import { once } from '../http/once.js';
import { HttpProblem, notFound } from '../http/problem.js';
import { ok, route, type Call, type Route } from '../http/route.js';

const PREVIEW_DAYS = 14;
/** Of one metric; beyond it only the newest part is tried, and the answer says so. */
const MOST_PREVIEWED = 30_000;
const PAGE = 5_000;

const iso = (time: EpochMillis | null): string | null => (time === null ? null : toIso(time));

const viewOf = async (
  db: Db,
  resident: Resident,
  rows: SettingRows,
): Promise<ThresholdsView & { readonly metrics: ThresholdsView['metrics'] }> => {
  const effective = effectiveThresholds(rows, resident);
  const metrics = THRESHOLD_METRICS.map((metric) => [metric, { unit: METRICS[metric].unit, ...effective[metric] }]);
  const versions = await thresholdVersions(db, resident.id);
  return {
    metrics: Object.fromEntries(metrics) as ThresholdsView['metrics'],
    versions: versions.map(({ id, state, settings, author, prescriber, reason, approvedBy, ...times }) => ({
      id,
      state,
      settings,
      author,
      prescriber,
      reason,
      createdAt: toIso(times.createdAt),
      start: toIso(times.startsAt),
      end: iso(times.endsAt),
      reviewDate: toIso(times.reviewAt),
      approvedBy,
    })),
  };
};

/** The setting rows as they would be with these limits for this resident. */
const withLimits = (rows: SettingRows, resident: Resident, limits: unknown): SettingRows =>
  new Map([...rows, [`resident:${resident.id}`, limits]]);

const refuseCrossed = (rows: SettingRows, resident: Resident): void => {
  const crossed = crossedThresholds(effectiveThresholds(rows, resident));
  if (crossed.length > 0)
    throw new HttpProblem(422, 'thresholds.crossed', `Limits cross for ${crossed.join(', ')}`, { metrics: crossed });
};

/** The limits that ring, who decided each, and how they are changed and tried. */
export const thresholdRoutes = ({ store, history, preview, now }: WebContext): Route[] => {
  const write = (call: Call<unknown, z.infer<typeof thresholdsPutSchema>>) =>
    once(store, { ...call, now: now() }, async (tx) => {
      const { principal, body } = call;
      const resident = await residentFor(tx, principal, call.params.id);
      const at = now();
      const startsAt = body.start === undefined ? at : Date.parse(body.start);
      const endsAt = body.end === null ? null : Date.parse(body.end);
      const reviewAt = Date.parse(body.reviewDate);
      if ((endsAt !== null && endsAt <= Math.max(startsAt, at)) || reviewAt <= at)
        throw new HttpProblem(422, 'thresholds.dates', 'An end or review date is in the past or before the start');
      const rows = withLimits(await thresholdRows(tx, at), resident, body.metrics);
      refuseCrossed(rows, resident);
      const unsafe = unsafeLimits(effectiveThresholds(rows, resident), resident);
      const state = unsafe.length > 0 ? 'awaiting_approval' : 'active';
      const id = await addThresholdVersion(tx, {
        resident: resident.id,
        settings: body.metrics,
        state,
        author: principal.username,
        prescriber: body.prescriber,
        reason: body.reason,
        createdAt: at,
        startsAt,
        endsAt,
        reviewAt,
      });
      const object = `resident:${resident.id}`;
      await audit(tx, {
        at,
        actor: principal.username,
        action: 'thresholds.write',
        object,
        outcome: state,
        detail: `version ${id}`,
      });
      return ok({ ...(await viewOf(tx, resident, await thresholdRows(tx, at))), unsafe });
    });

  const approve = (call: Call<unknown, undefined>) =>
    once(store, { ...call, now: now() }, async (tx) => {
      const { principal } = call;
      const resident = await residentFor(tx, principal, call.params.id);
      const version = (await thresholdVersions(tx, resident.id)).find(({ id }) => String(id) === call.params.version);
      if (!version) throw notFound('version');
      if (version.author === principal.username)
        throw new HttpProblem(403, 'thresholds.second_person', 'Unsafe limits need a second person');
      const at = now();
      if (!(await approveThresholdVersion(tx, { id: version.id, by: principal.username, at })))
        throw new HttpProblem(409, 'thresholds.not_waiting', 'This change waits for nobody');
      const object = `resident:${resident.id}`;
      const entry = { at, actor: principal.username, action: 'thresholds.approve', object, outcome: 'active' };
      await audit(tx, { ...entry, detail: `version ${version.id}` });
      return ok(await viewOf(tx, resident, await thresholdRows(tx, at)));
    });

  /** The newest readings of a metric in a window, oldest first, and whether that is all of them. */
  const readingsOf = async (resident: Resident, metric: Metric, window: { from: EpochMillis; to: EpochMillis }) => {
    const { site } = resident;
    const query = { site, resident: resident.id, metric, ...window };
    const hours = await history.aggregate({ ...query, resolution: '1h' });
    let count = 0;
    const first = hours.findLastIndex((hour) => (count += hour.count) > MOST_PREVIEWED);
    const from = first < 0 ? window.from : (hours[first]?.time ?? window.from) + HOUR;
    const readings: Reading[] = [];
    let cursor: string | null = null;
    do {
      const page = { ...query, from, limit: PAGE, ...(cursor === null ? {} : { cursor }) };
      const { points, next }: Awaited<ReturnType<typeof history.raw>> = await history.raw(page);
      for (const { time, value, quality, device, late } of points)
        readings.push({
          id: readingId({ device: device as DeviceId, metric, time, value }),
          site: site as SiteId,
          resident: resident.id as ResidentId,
          room: null,
          device: device as DeviceId,
          metric,
          value,
          time,
          receivedAt: time,
          quality,
          late,
          message: String(time) as MessageKey,
        });
      cursor = next;
    } while (cursor !== null);
    return { readings, complete: first < 0 };
  };

  const tryOut = async (resident: Resident, limits: unknown) => {
    const to = now();
    const from = to - PREVIEW_DAYS * DAY;
    const rows = await thresholdRows(store.db, to);
    const proposed = withLimits(rows, resident, limits);
    refuseCrossed(proposed, resident);
    const [is, would] = [thresholdSettings(rows, resident), thresholdSettings(proposed, resident)];
    const sum = { alerts: 0, current: 0, readings: 0, complete: true };
    for (const metric of THRESHOLD_METRICS) {
      const { readings, complete } = await readingsOf(resident, metric, { from, to });
      sum.alerts += preview(readings, would);
      sum.current += preview(readings, is);
      sum.readings += readings.length;
      sum.complete &&= complete;
    }
    return { from: toIso(from), to: toIso(to), ...sum };
  };

  return [
    route({
      method: 'get',
      path: '/residents/:id/thresholds',
      permission: 'readings.read',
      summary: 'The limits that apply to a resident, where each comes from, and every change of the resident’s own',
      answer: thresholdsSchema,
      async handle({ principal, params }) {
        const resident = await residentFor(store.db, principal, params.id);
        return ok(await viewOf(store.db, resident, await thresholdRows(store.db, now())));
      },
    }),
    route({
      method: 'put',
      path: '/residents/:id/thresholds',
      permission: 'thresholds.write',
      summary: 'A new version of the resident’s own limits; unsafe ones wait for a second person',
      body: thresholdsPutSchema,
      answer: thresholdsSchema,
      handle: write,
    }),
    route({
      method: 'post',
      path: '/residents/:id/thresholds/:version/approve',
      permission: 'thresholds.write',
      summary: 'The second person agrees to unsafe limits: they apply from now on',
      answer: thresholdsSchema,
      handle: approve,
    }),
    route({
      method: 'post',
      path: '/residents/:id/backtest',
      permission: 'thresholds.write',
      summary: 'How many alerts these limits would have given in the last 14 days, beside those of today',
      body: backtestBodySchema,
      answer: backtestPreviewSchema,
      async handle({ principal, params, body }) {
        return ok(await tryOut(await residentFor(store.db, principal, params.id), body.metrics));
      },
    }),
  ];
};
