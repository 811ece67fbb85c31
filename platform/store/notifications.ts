import { createHash } from 'node:crypto';
import type { EpochMillis } from '../../domain/time.js';
import { dialectOf, type Db } from './db.js';

/**
 * `queued` waits, `sending` is in somebody's hands, `accepted` was taken by the next system, `delivered`, `opened` and
 * `acted` are what a receipt proved; `failed` was given up, `gone` has no such address any more, `cancelled` was
 * overtaken by a claim or a closing before it left.
 */
export const NOTIFICATION_STATES = [
  'queued',
  'sending',
  'accepted',
  'delivered',
  'opened',
  'acted',
  'failed',
  'gone',
  'cancelled',
] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];
export const RECEIPTS = ['delivered', 'opened', 'acted'] as const;
export type Receipt = (typeof RECEIPTS)[number];

/** One telling: one step of one alert, one person, one channel, one address. */
export interface NotificationRow {
  readonly id: string;
  readonly alert: string;
  readonly site: string;
  readonly step: number;
  readonly level: number;
  readonly person: string;
  readonly channel: string;
  readonly target: number | null;
  readonly state: NotificationState;
  readonly tries: number;
  readonly dueAt: EpochMillis | null;
  readonly detail: string | null;
  readonly queuedAt: EpochMillis;
  readonly sentAt: EpochMillis | null;
  readonly acceptedAt: EpochMillis | null;
  readonly failedAt: EpochMillis | null;
  readonly deliveredAt: EpochMillis | null;
  readonly openedAt: EpochMillis | null;
  readonly actedAt: EpochMillis | null;
}

export type NewNotification = Pick<
  NotificationRow,
  'alert' | 'site' | 'step' | 'level' | 'person' | 'channel' | 'target'
>;

/** The same telling has the same id, whoever computes it and how often. */
export const notificationId = ({ alert, step, person, channel, target }: NewNotification): string =>
  createHash('sha256')
    .update(JSON.stringify([alert, step, person, channel, target]))
    .digest('hex')
    .slice(0, 32);

const query = (db: Db) => db.selectFrom('notifications').selectAll();
type Row = Awaited<ReturnType<ReturnType<typeof query>['execute']>>[number];

const toRow = (row: Row): NotificationRow => ({
  id: row.id,
  alert: row.alert,
  site: row.site,
  step: row.step,
  level: row.level,
  person: row.person,
  channel: row.channel,
  target: row.target,
  state: row.state as NotificationState,
  tries: row.tries,
  dueAt: row.due_at,
  detail: row.detail,
  queuedAt: row.queued_at,
  sentAt: row.sent_at,
  acceptedAt: row.accepted_at,
  failedAt: row.failed_at,
  deliveredAt: row.delivered_at,
  openedAt: row.opened_at,
  actedAt: row.acted_at,
});

/** Queues tellings, in the transaction of the step they belong to; those that are known already are left as they are. */
export const queueNotifications = async (
  tx: Db,
  notifications: readonly NewNotification[],
  now: EpochMillis,
): Promise<void> => {
  if (notifications.length === 0) return;
  await tx
    .insertInto('notifications')
    .values(
      notifications.map((notification) => ({
        ...notification,
        id: notificationId(notification),
        state: 'queued',
        tries: 0,
        due_at: now,
        queued_at: now,
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
};

/**
 * Takes what is due, oldest first, and presumes each dead at `until`: whoever took it and was killed is replaced then.
 * Call it inside `write`.
 */
export const claimNotifications = async (
  tx: Db,
  { now, until, limit }: { now: EpochMillis; until: EpochMillis; limit: number },
): Promise<NotificationRow[]> => {
  const due = query(tx).where('due_at', '<=', now).orderBy('due_at').orderBy('id').limit(limit);
  const rows = await (dialectOf(tx) === 'postgres' ? due.forUpdate() : due).execute();
  for (const { id, tries } of rows)
    await tx
      .updateTable('notifications')
      .set({ state: 'sending', tries: tries + 1, due_at: until, sent_at: now })
      .where('id', '=', id)
      .execute();
  return rows.map((row) => ({ ...toRow(row), state: 'sending', tries: row.tries + 1, dueAt: until, sentAt: now }));
};

/** What came of a try; a receipt that was faster than us is not taken back. */
export const settleNotification = async (
  tx: Db,
  id: string,
  result: {
    state: 'queued' | 'accepted' | 'failed' | 'gone' | 'cancelled';
    detail: string | null;
    at: EpochMillis;
    /** Of `queued`: when it is tried again. */
    dueAt?: EpochMillis;
  },
): Promise<void> => {
  const { state, detail, at, dueAt = null } = result;
  await tx
    .updateTable('notifications')
    .set({
      due_at: dueAt,
      detail,
      ...(state === 'accepted' ? { accepted_at: at } : {}),
      ...(state === 'failed' || state === 'gone' ? { failed_at: at } : {}),
    })
    .where('id', '=', id)
    .execute();
  await tx.updateTable('notifications').set({ state }).where('id', '=', id).where('state', '=', 'sending').execute();
};

const COLUMN = { delivered: 'delivered_at', opened: 'opened_at', acted: 'acted_at' } as const;

/** Records a receipt, once; the state only moves forward. False when there is no such notification. */
export const recordReceipt = async (tx: Db, id: string, receipt: Receipt, at: EpochMillis): Promise<boolean> => {
  const row = await query(tx).where('id', '=', id).executeTakeFirst();
  if (!row) return false;
  const reached = (RECEIPTS as readonly string[]).indexOf(row.state);
  const column = COLUMN[receipt];
  await tx
    .updateTable('notifications')
    .set({
      [column]: row[column] ?? at,
      accepted_at: row.accepted_at ?? at,
      due_at: null,
      ...(RECEIPTS.indexOf(receipt) > reached ? { state: receipt } : {}),
    })
    .where('id', '=', id)
    .execute();
  return true;
};

/** The person did something about the alert: proof that what they were sent arrived. Once. */
export const recordActed = async (tx: Db, alert: string, person: string, at: EpochMillis): Promise<void> => {
  await tx
    .updateTable('notifications')
    .set({ state: 'acted', acted_at: at, due_at: null })
    .where('alert', '=', alert)
    .where('person', '=', person)
    .where('state', 'in', ['accepted', 'delivered', 'opened'])
    .execute();
};

/** Every telling of an alert, in order. */
export const notificationsOf = async (db: Db, alert: string): Promise<NotificationRow[]> =>
  (
    await query(db)
      .where('alert', '=', alert)
      .orderBy('step')
      .orderBy('person')
      .orderBy('channel')
      .orderBy('id')
      .execute()
  ).map(toRow);

/** When the next telling is due; null when none waits. */
export const nextNotificationAt = async (db: Db): Promise<EpochMillis | null> =>
  (
    await db
      .selectFrom('notifications')
      .select('due_at')
      .where('due_at', 'is not', null)
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst()
  )?.due_at ?? null;
