import { sql } from 'kysely';
import type { Actor, Alert, AlertEvent, AlertState } from '../../domain/alert.js';
import { decodeCursor, oneOf, orderedWrites, type Page, pageOf } from './bulk.js';
import type { Db } from './db.js';
import { ConflictError } from './errors.js';

export type LoggedAlertEvent = AlertEvent & { readonly seq: number };

const toAlert = (row: { data: string }): Alert => JSON.parse(row.data) as Alert;

/** Alerts that are not closed, oldest first, of these sites (default: all). */
export const openAlerts = async (db: Db, sites?: readonly string[]): Promise<Alert[]> => {
  const query = db
    .selectFrom('alerts')
    .select('data')
    .where('workflow', '<>', 'closed')
    .orderBy('started_at')
    .orderBy('id');
  return (await (sites ? query.where(oneOf(db, 'site', sites)) : query).execute()).map(toAlert);
};

/** One alert, closed or not. */
export const alertById = async (db: Db, id: string): Promise<Alert | null> => {
  const row = await db.selectFrom('alerts').select('data').where('id', '=', id).executeTakeFirst();
  return row ? toAlert(row) : null;
};

const conflict = ({ id, version }: Alert): ConflictError =>
  new ConflictError('alert.conflict', `alert ${id}: somebody wrote before version ${version}, or its episode is open`);

const columnsOf = (alert: Alert) => ({
  episode: alert.episode,
  site: alert.site,
  resident: alert.resident,
  workflow: alert.workflow,
  priority: alert.priority,
  category: alert.category,
  started_at: alert.startedAt,
  closed_at: alert.closedAt,
  data: JSON.stringify(alert),
  version: alert.version,
});

/** The version the writer must have read: the alert's own, less one for each event that led to it. */
const saveAlert = async (db: Db, alert: Alert, readVersion: number): Promise<void> => {
  if (readVersion <= 0) {
    const result = await db
      .insertInto('alerts')
      .values({ id: alert.id, ...columnsOf(alert) })
      .onConflict((conflictOn) => conflictOn.doNothing())
      .executeTakeFirst();
    if (result.numInsertedOrUpdatedRows !== 1n) throw conflict(alert);
    return;
  }
  const { numUpdatedRows } = await db
    .updateTable('alerts')
    .set(columnsOf(alert))
    .where('id', '=', alert.id)
    .where('version', '=', readVersion)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw conflict(alert);
};

/** Closing frees the episode for the next alert, so what closes goes first. */
const closedFirst = (a: Alert, b: Alert): number => Number(b.workflow === 'closed') - Number(a.workflow === 'closed');

/**
 * Writes alerts and the events that led to them; call it inside `write`. `version` is one more per event: an alert
 * whose stored version is not `version - its events` was changed by somebody else, and an alert opened for an episode
 * that is open already is the same condition twice: both throw `ConflictError` (`alert.conflict`) and the transaction
 * must be rolled back. Events whose idempotency key is known are skipped, and so is an alert all of whose events are.
 */
export const saveAlerts = async (db: Db, alerts: readonly Alert[], events: readonly AlertEvent[]): Promise<void> => {
  if (alerts.length === 0 && events.length === 0) return;
  await orderedWrites(db, 'alert_events');
  const keys = events.map(({ idempotencyKey }) => idempotencyKey);
  const stored = await db
    .selectFrom('alert_events')
    .select('idempotency_key')
    .where(oneOf(db, 'idempotency_key', keys))
    .execute();
  const known = new Set(stored.map(({ idempotency_key }) => idempotency_key));
  const fresh: AlertEvent[] = [];
  for (const event of events) {
    if (known.has(event.idempotencyKey)) continue;
    known.add(event.idempotencyKey);
    fresh.push(event);
  }
  for (const alert of [...alerts].sort(closedFirst)) {
    const all = events.filter((event) => event.alert === alert.id).length;
    const added = fresh.filter((event) => event.alert === alert.id).length;
    if (all > 0 && added === 0) continue;
    await saveAlert(db, alert, alert.version - added);
  }
  if (fresh.length === 0) return;
  await db
    .insertInto('alert_events')
    .values(
      fresh.map((event) => ({
        alert: event.alert,
        site: event.site,
        at: event.at,
        kind: event.kind,
        actor: JSON.stringify(event.actor),
        reason: event.reason,
        from_state: event.from === null ? null : JSON.stringify(event.from),
        to_state: JSON.stringify(event.to),
        idempotency_key: event.idempotencyKey,
      })),
    )
    .execute();
};

const eventsQuery = (db: Db) => db.selectFrom('alert_events').selectAll().orderBy('seq');
type EventRow = Awaited<ReturnType<ReturnType<typeof eventsQuery>['execute']>>[number];

const toEvent = (row: EventRow): LoggedAlertEvent => ({
  seq: row.seq,
  alert: row.alert,
  site: row.site,
  at: row.at,
  kind: row.kind,
  actor: JSON.parse(row.actor) as Actor,
  reason: row.reason,
  from: row.from_state === null ? null : (JSON.parse(row.from_state) as AlertState),
  to: JSON.parse(row.to_state) as AlertState,
  idempotencyKey: row.idempotency_key,
});

/** The life of one alert, in order. */
export const alertEvents = async (db: Db, id: string): Promise<LoggedAlertEvent[]> =>
  (await eventsQuery(db).where('alert', '=', id).execute()).map(toEvent);

/** The event log of all sites after a position, in `seq` order. */
export const alertEventsAfter = async (
  db: Db,
  { after, limit }: { after: number; limit: number },
): Promise<LoggedAlertEvent[]> => (await eventsQuery(db).where('seq', '>', after).limit(limit).execute()).map(toEvent);

/** Where the event log ends; 0 when it is empty. */
export const newestAlertEvent = async (db: Db): Promise<number> =>
  (await db.selectFrom('alert_events').select('seq').orderBy('seq', 'desc').limit(1).executeTakeFirst())?.seq ?? 0;

/** Alerts of these sites, newest first, in pages. */
export const listAlerts = async (
  db: Db,
  options: {
    sites: readonly string[];
    state: 'open' | 'closed' | 'retrospective';
    resident?: string | undefined;
    limit: number;
    cursor?: string | null | undefined;
  },
): Promise<Page<Alert>> => {
  let query = db
    .selectFrom('alerts')
    .select(['data', 'started_at', 'id'])
    .where(oneOf(db, 'site', options.sites))
    .where('workflow', options.state === 'open' ? '<>' : '=', 'closed')
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(options.limit + 1);
  // What late readings show is closed from the start; its episode says so.
  if (options.state === 'retrospective') query = query.where('episode', 'like', '%/late');
  if (options.resident !== undefined) query = query.where('resident', '=', options.resident);
  const [startedAt, id] = decodeCursor(options.cursor) ?? [];
  if (typeof startedAt === 'number' && typeof id === 'string')
    query = query.where(sql<boolean>`(started_at, id) < (${startedAt}, ${id})`);
  return pageOf(await query.execute(), options.limit, { item: toAlert, key: (row) => [row.started_at, row.id] });
};

export { ruleMemory, saveRuleMemory, sitesWithMemory } from './rule-memory.js';
