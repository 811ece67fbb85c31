import { MINUTE, SECOND, type EpochMillis, type Millis } from '../../domain/time.js';
import type { Alert } from '../../domain/alert.js';
import type { Site } from '../../domain/site.js';
import type { Log } from '../../platform/log.js';
import type { Metrics } from '../../platform/metrics.js';
import { receiptToken } from '../../platform/notify-keys.js';
import { backoff } from '../../platform/retry.js';
import { alertById } from '../../platform/store/alerts.js';
import type { Db, Store } from '../../platform/store/db.js';
import { claimNotifications, settleNotification, type NotificationRow } from '../../platform/store/notifications.js';
import { channelAccepted, channelById, removeChannel } from '../../platform/store/user-channels.js';
import { notificationText, type Channel, type Notification, type SendResult } from './notifier.js';

export interface DispatcherOptions {
  readonly store: Store;
  /** Open channels by name. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly secret: string;
  readonly siteOf: (site: string) => Promise<Site | null>;
  /** Throws when another gateway tells people now; called inside the transaction. */
  readonly assertLease: (tx: Db) => Promise<void>;
  readonly now: () => EpochMillis;
  readonly metrics: Pick<Metrics, 'notifications' | 'alertSeconds'>;
  readonly log: Log;
  /** Called after each try. */
  readonly onSettled?: () => void;
  /** Longest a send may take. */
  readonly timeLimit?: Millis;
}

export interface Dispatcher {
  /** Takes what is due and starts to send it; returns how many. Never waits for a channel. */
  start(): Promise<number>;
  /** Resolves when nothing is in our hands. */
  idle(): Promise<void>;
}

/** Whoever holds a notification longer than this is dead: above the time limit of a send, so nothing is sent twice at once. */
export const PRESUMED_DEAD: Millis = MINUTE;
const TIME_LIMIT: Millis = 15 * SECOND;
const BATCH = 50;
/** At most this many sends at once: a channel that hangs must not hold all of memory. */
const MOST_IN_HAND = 200;
export const MOST_TRIES = 6;
const PAUSE = { first: 2 * SECOND, most: MINUTE };

/** Somebody took the alert after this was planned: one person less to disturb. A call for help comes from an owner. */
const isOvertaken = (row: NotificationRow, alert: Alert | null): boolean => {
  if (!alert || alert.workflow === 'closed') return true;
  if (alert.workflow === 'open') return false;
  return alert.owner !== null && alert.owner.since > row.queuedAt;
};

/**
 * Executes what was planned: take (committed) → send → record, each telling by itself, so that one channel that hangs or
 * fails stops no other. Killed between two steps, the telling is taken again when its holder is presumed dead, with the
 * same id: at least once, and receivers de-duplicate.
 */
export const createDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { store, channels, secret, siteOf, assertLease, now, metrics, log, timeLimit = TIME_LIMIT } = options;
  const inHand = new Set<Promise<void>>();

  const addressFor = async (row: NotificationRow): Promise<{ address: unknown } | null> => {
    if (row.target === null) return { address: null };
    const known = await channelById(store.db, row.target);
    return known && { address: known.address };
  };

  const attempt = async (row: NotificationRow): Promise<SendResult | { result: 'cancelled'; detail: null }> => {
    const alert = await alertById(store.db, row.alert);
    if (!alert || isOvertaken(row, alert)) return { result: 'cancelled', detail: null };
    const channel = channels.get(row.channel);
    if (!channel) return { result: 'failed', detail: 'this channel is not configured any more' };
    const to = await addressFor(row);
    if (!to) return { result: 'gone', detail: 'the address was removed' };
    const notification: Notification = {
      id: row.id,
      alert: row.alert,
      site: row.site,
      level: row.level,
      priority: alert.priority,
      text: notificationText(alert, await siteOf(row.site)),
      path: `/alerts/${encodeURIComponent(row.alert)}`,
      receiptToken: receiptToken(secret, row.id),
      address: to.address,
    };
    return channel.send(notification, AbortSignal.timeout(timeLimit));
  };

  /** A notifier may ignore its signal; we do not wait for it. */
  const limited = (row: NotificationRow): ReturnType<typeof attempt> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<SendResult>((resolve) => {
      timer = setTimeout(() => resolve({ result: 'failed', detail: 'no answer in time' }), timeLimit + SECOND);
    });
    return Promise.race([attempt(row), late]).finally(() => clearTimeout(timer));
  };

  const record = async (row: NotificationRow, result: Awaited<ReturnType<typeof attempt>>): Promise<void> => {
    const at = now();
    const retry = result.result === 'failed' && row.tries < MOST_TRIES && channels.has(row.channel);
    await store.write(async (tx) => {
      await settleNotification(tx, row.id, {
        state: retry ? 'queued' : result.result,
        detail: result.detail,
        at,
        ...(retry ? { dueAt: at + Math.round(backoff(row.tries, PAUSE)) } : {}),
      });
      if (row.target === null) return;
      if (result.result === 'gone') await removeChannel(tx, row.target);
      if (result.result === 'accepted') await channelAccepted(tx, row.target, at);
    });
    metrics.notifications.inc({ channel: row.channel, result: retry ? 'retry' : result.result });
    if (result.result === 'accepted' && row.level === 1)
      metrics.alertSeconds.observe({ step: 'alert_to_notification' }, Math.max(0, at - row.queuedAt) / SECOND);
    if (result.result !== 'accepted' && result.result !== 'cancelled')
      log.warn(
        { channel: row.channel, detail: result.detail, tries: row.tries, retry },
        'a notification was not taken',
      );
  };

  const carry = async (row: NotificationRow): Promise<void> => {
    try {
      const result = await limited(row).catch((error: unknown): SendResult => ({
        result: 'failed',
        detail: error instanceof Error ? error.name : 'unknown',
      }));
      await record(row, result);
    } catch (error) {
      // Not recorded: the row is still ours on disk, and is taken again when we are presumed dead.
      log.error({ err: error, channel: row.channel }, 'the result of a notification could not be stored');
    }
  };

  return {
    async start() {
      const room = Math.min(BATCH, MOST_IN_HAND - inHand.size);
      if (room <= 0) return 0;
      const at = now();
      const rows = await store.write(async (tx) => {
        await assertLease(tx);
        return claimNotifications(tx, { now: at, until: at + PRESUMED_DEAD, limit: room });
      });
      for (const row of rows) {
        const work: Promise<void> = carry(row).finally(() => {
          inHand.delete(work);
          options.onSettled?.();
        });
        inHand.add(work);
      }
      return rows.length;
    },
    async idle() {
      while (inHand.size > 0) await Promise.all(inHand);
    },
  };
};
