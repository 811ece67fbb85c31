import { can, maySee, type Permission, type Principal } from '../../../domain/permissions.js';
import { toIso, type EpochMillis, type Millis } from '../../../domain/time.js';
import type { Metrics } from '../../../platform/metrics.js';
import { alertById, alertEventsAfter, newestAlertEvent, openAlerts } from '../../../platform/store/alerts.js';
import type { Db } from '../../../platform/store/db.js';
import { latestOf, newestReading } from '../../../platform/store/readings.js';
import type { Trouble, VitalsOf } from '../../protocol.js';
import { latestView } from '../latest.js';
import type { RegistryCache } from '../registry-cache.js';
import { alertView, namesHiddenFrom } from '../views.js';
import { changedDevices, changedResidents } from './changes.js';
import type { Feed } from './feed.js';

/** One connected screen: who looks at it, and what it is sent. */
export interface Viewer {
  readonly principal: Principal;
  readonly feed: Feed;
}

export interface Hub {
  /** Joins and asks for a snapshot; the function returned leaves. */
  join(viewer: Viewer): () => void;
  resync(viewer: Viewer): void;
  /** Reads what is new, sends it, and answers the snapshots asked for. Never run twice at a time. */
  turn(): Promise<{ more: boolean }>;
  tick(trouble: readonly Trouble[]): void;
}

const EVENTS_PER_TURN = 500;
/** Log rows looked through in one query; the query returns one row per resident and metric. */
const READINGS_PER_TURN = 20_000;
/** Vitals are coalesced: a person does not read faster, and a burst costs one packet per resident. */
const VITALS_EVERY: Millis = 250;
/** Beyond, a page asks for the residents it shows: one snapshot must not hold everybody's news. */
const MAX_SNAPSHOT_RESIDENTS = 2_000;

/**
 * Tails the alert events and the readings for all screens of this process. Snapshots are read in the same turn as the
 * news and after the cursors moved: whatever is committed later is after the cursor, so nothing falls between.
 */
export const createHub = (options: {
  db: Db;
  registry: RegistryCache;
  metrics: Metrics;
  now: () => EpochMillis;
}): Hub => {
  const { db, metrics, now } = options;
  const viewers = new Set<Viewer>();
  const waiting = new Set<Viewer>();
  let vitalsAt: EpochMillis = -Infinity;
  let cursors: { event: number; reading: number } | null = null;

  const watching = (permission: Permission, site: string): Viewer[] =>
    [...viewers].filter(({ principal }) => can(principal, permission) && maySee(principal, site));

  const vitalsOf = async (residents: readonly { id: string }[]): Promise<Map<string, VitalsOf>> => {
    const registry = await options.registry.current();
    const latest = await latestOf(
      db,
      residents.map(({ id }) => `resident:${id}`),
    );
    const vitals = new Map<string, VitalsOf>();
    for (const { id } of residents) {
      const rows = latest.get(`resident:${id}`);
      if (!rows) continue;
      const spo2Scale = registry.resident(id)?.spo2Scale ?? 1;
      const view = latestView(rows, { spo2Scale, device: (device) => registry.device(device), now: now() });
      vitals.set(id, { resident: id, ...view });
    }
    return vitals;
  };

  const sendAlerts = async (after: number): Promise<{ cursor: number; more: boolean }> => {
    const events = await alertEventsAfter(db, { after, limit: EVENTS_PER_TURN });
    const registry = await options.registry.current();
    for (const id of new Set(events.map(({ alert }) => alert))) {
      const seen = events.filter(({ alert }) => alert === id);
      const screens = watching('alerts.read', seen[0]?.site ?? '');
      if (screens.length === 0) continue;
      const alert = await alertById(db, id);
      if (!alert) continue;
      const resident = alert.resident === null ? null : registry.resident(alert.resident);
      for (const { feed, principal } of screens)
        feed.alert(alertView(alert, { resident, hideNames: namesHiddenFrom(principal) }));
      const opened = seen.find(({ from }) => from === null);
      if (opened) metrics.alertSeconds.observe({ step: 'alert_to_screen' }, Math.max(0, now() - opened.at) / 1000);
    }
    return { cursor: events.at(-1)?.seq ?? after, more: events.length === EVENTS_PER_TURN };
  };

  const sendVitals = async (after: number): Promise<{ cursor: number; more: boolean }> => {
    const newest = Math.max(after, (await newestReading(db))?.seq ?? 0);
    if (newest === after || viewers.size === 0) return { cursor: newest, more: false };
    const upTo = Math.min(newest, after + READINGS_PER_TURN);
    const changed = (await changedResidents(db, { after, upTo })).filter(
      ({ site }) => watching('readings.read', site).length > 0,
    );
    const vitals = await vitalsOf(changed.map(({ resident }) => ({ id: resident })));
    for (const { resident, site, metrics: names } of changed) {
      const all = vitals.get(resident);
      if (!all) continue;
      const news = { ...all, readings: all.readings.filter(({ metric }) => names.has(metric)) };
      for (const { feed } of watching('readings.read', site)) feed.vital(news);
    }
    for (const { site, device, online } of await changedDevices(db, { after, upTo }))
      for (const { feed } of watching('devices.read', site)) feed.device(device, online);
    return { cursor: upTo, more: upTo < newest };
  };

  const sendSnapshots = async (): Promise<void> => {
    const asked = [...waiting].filter((viewer) => viewers.has(viewer));
    if (asked.length === 0) return;
    const sitesOf = (permission: Permission): string[] => [
      ...new Set(asked.flatMap(({ principal }) => (can(principal, permission) ? principal.sites : []))),
    ];
    const registry = await options.registry.current();
    const alerts = await openAlerts(db, sitesOf('alerts.read'));
    const sites = new Set(sitesOf('readings.read'));
    const residents = registry
      .residents()
      .filter(({ site }) => sites.has(site))
      .slice(0, MAX_SNAPSHOT_RESIDENTS);
    const vitals = await vitalsOf(residents);
    for (const viewer of asked) {
      const { principal, feed } = viewer;
      const hideNames = namesHiddenFrom(principal);
      const mayAlerts = can(principal, 'alerts.read');
      const mayVitals = can(principal, 'readings.read');
      feed.snapshot({
        alerts: alerts
          .filter(({ site }) => mayAlerts && maySee(principal, site))
          .map((alert) =>
            alertView(alert, { resident: alert.resident ? registry.resident(alert.resident) : null, hideNames }),
          ),
        vitals: residents
          .filter(({ site }) => mayVitals && maySee(principal, site))
          .map(({ id }) => vitals.get(id))
          .filter((entry) => entry !== undefined),
        now: toIso(now()),
      });
      waiting.delete(viewer);
    }
  };

  return {
    join(viewer) {
      viewers.add(viewer);
      waiting.add(viewer);
      metrics.liveSockets.set(viewers.size);
      return () => {
        viewers.delete(viewer);
        waiting.delete(viewer);
        metrics.liveSockets.set(viewers.size);
      };
    },
    resync: (viewer) => void (viewers.has(viewer) && waiting.add(viewer)),
    async turn() {
      cursors ??= { event: await newestAlertEvent(db), reading: (await newestReading(db))?.seq ?? 0 };
      const alerts = await sendAlerts(cursors.event);
      cursors.event = alerts.cursor;
      const due = Math.abs(now() - vitalsAt) >= VITALS_EVERY;
      const vitals = due ? await sendVitals(cursors.reading) : { cursor: cursors.reading, more: false };
      cursors.reading = vitals.cursor;
      if (due && !vitals.more) vitalsAt = now();
      if (due) for (const { feed } of viewers) feed.flush();
      await sendSnapshots();
      return { more: alerts.more || vitals.more };
    },
    tick(trouble) {
      for (const { feed } of viewers) feed.tick(toIso(now()), trouble);
    },
  };
};
