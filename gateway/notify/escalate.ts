import { DEFAULT_ESCALATION, escalationSchema, type Escalation } from '../../domain/escalation.js';
import { transition } from '../../domain/lifecycle.js';
import type { Alert } from '../../domain/alert.js';
import type { Site } from '../../domain/site.js';
import type { EpochMillis } from '../../domain/time.js';
import { alertById, openAlerts, saveAlerts } from '../../platform/store/alerts.js';
import type { Db, Store } from '../../platform/store/db.js';
import { ConflictError } from '../../platform/store/errors.js';
import { notificationsOf, queueNotifications, type NewNotification } from '../../platform/store/notifications.js';
import { onCallFrom } from '../../platform/store/on-call.js';
import { settingsFor } from '../../platform/store/settings.js';
import { channelsOf, type UserChannel } from '../../platform/store/user-channels.js';
import { listUsers } from '../../platform/store/users.js';
import { dueAt, planEscalation, type EscalationPlan, type Person } from '../alerts/escalation.js';

export interface EscalatorOptions {
  readonly store: Store;
  /** Names of the channels that are open, those of people and those of the organisation. */
  readonly personal: ReadonlySet<string>;
  readonly broadcast: readonly string[];
  readonly siteOf: (site: string) => Promise<Site | null>;
  readonly assertLease: (tx: Db) => Promise<void>;
  readonly now: () => EpochMillis;
}

/** What a round did. */
export interface EscalationRound {
  readonly escalated: number;
  /** When an alert is due next; null when none is planned. */
  readonly nextAt: EpochMillis | null;
  /** Sites where an alert asks for somebody and no channel reaches anybody of its chain. */
  readonly unreachable: readonly string[];
}

const ACTOR = { kind: 'system', id: 'escalation' } as const;
const FALLBACK_ZONE = 'Europe/Paris';

/** The escalation of a site: its own, else the default of the installation, else ours. A broken one is not obeyed. */
export const escalationOf = (settings: ReadonlyMap<string, unknown>, site: string): Escalation => {
  for (const scope of [`site:${site}`, 'default']) {
    const parsed = settings.has(scope) ? escalationSchema.safeParse(settings.get(scope)) : null;
    if (parsed?.success) return parsed.data;
  }
  return DEFAULT_ESCALATION;
};

/**
 * Asks the planner about every open alert that is due and commits what it says: the event, the level, the next step and
 * one queued notification for each person and channel, together. Killed before the commit, nothing happened; after it,
 * the dispatcher finds the queue.
 */
export const createEscalator = (options: EscalatorOptions) => {
  const { store, personal, broadcast, siteOf, assertLease, now } = options;

  const peopleOf = async (tx: Db, site: string): Promise<{ people: Person[]; channels: UserChannel[] }> => {
    const users = (await listUsers(tx)).filter(({ disabled, sites }) => !disabled && sites.includes(site));
    const known = await channelsOf(
      tx,
      users.map(({ username }) => username),
    );
    const channels = known.filter(({ channel }) => personal.has(channel));
    const people = users.map(({ username, role }) => ({
      username,
      role,
      channels: [...new Set(channels.filter((each) => each.username === username).map(({ channel }) => channel))],
    }));
    return { people, channels };
  };

  const tellings = (alert: Alert, plan: EscalationPlan, channels: readonly UserChannel[]): NewNotification[] => {
    const step = { alert: alert.id, site: alert.site, step: alert.version, level: plan.level };
    const toPeople = plan.tell.flatMap(({ person, channels: by }) =>
      channels
        .filter(({ username, channel }) => username === person && by.includes(channel))
        .map(({ id, channel }) => ({ ...step, person, channel, target: id })),
    );
    const toAll = plan.level > 0 ? broadcast.map((channel) => ({ ...step, person: '*', channel, target: null })) : [];
    return [...toPeople, ...toAll];
  };

  /** One alert, read again in the transaction: a claim a millisecond ago counts. */
  const escalate = (id: string, escalation: Escalation, zone: string): Promise<EscalationPlan | null> =>
    store.write(async (tx) => {
      await assertLease(tx);
      const alert = await alertById(tx, id);
      if (!alert) return null;
      const at = now();
      const { people, channels } = await peopleOf(tx, alert.site);
      const attempts = (await notificationsOf(tx, id)).map(({ step, state }) => ({
        step,
        failed: state === 'failed' || state === 'gone',
      }));
      const duties = await onCallFrom(tx, alert.site, at);
      const plan = planEscalation({ alert, escalation, zone, people, duties, attempts, now: at });
      if (!plan) return null;
      const { level, nextStepAt } = plan;
      const result = transition(alert, 'escalated', { at, actor: ACTOR, escalation: { level, nextStepAt } });
      if ('refused' in result) return null;
      await saveAlerts(tx, [result.alert], [result.event]);
      await queueNotifications(tx, tellings(result.alert, plan, channels), at);
      return plan;
    });

  const tryEscalate: typeof escalate = async (...args) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await escalate(...args);
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === 5) throw error;
      }
    }
  };

  /** Alerts of which everybody of the newest step was told in vain: these do not wait. */
  const inVain = async (): Promise<Set<string>> => {
    const rows = await store.db
      .selectFrom('notifications')
      .select('notifications.alert')
      .innerJoin('alerts', 'alerts.id', 'notifications.alert')
      .where('alerts.workflow', '=', 'open')
      .where('notifications.state', 'in', ['failed', 'gone'])
      .distinct()
      .execute();
    return new Set(rows.map(({ alert }) => alert));
  };

  const unreachable = new Map<string, string>();

  return {
    async round(): Promise<EscalationRound> {
      const alerts = await openAlerts(store.db);
      const open = new Set(alerts.map(({ id }) => id));
      for (const id of unreachable.keys()) if (!open.has(id)) unreachable.delete(id);
      const vain = alerts.length > 0 ? await inVain() : new Set<string>();
      const settings = alerts.length > 0 ? await settingsFor(store.db, 'escalation') : new Map<string, unknown>();
      let escalated = 0;
      let nextAt: EpochMillis | null = null;
      const plannedAt = (at: EpochMillis | null): void => {
        if (at !== null && (nextAt === null || at < nextAt)) nextAt = at;
      };
      for (const alert of alerts) {
        const due = dueAt(alert);
        if (due === null) continue;
        const escalation = escalationOf(settings, alert.site);
        const silent = alert.nextStepAt == null && escalation.waits[alert.priority] === null;
        if (silent && alert.category !== 'safety') continue;
        if (due > now() && !vain.has(alert.id)) {
          plannedAt(due);
          continue;
        }
        const plan = await tryEscalate(alert.id, escalation, (await siteOf(alert.site))?.timezone ?? FALLBACK_ZONE);
        if (!plan) {
          if (due > now()) plannedAt(due);
          continue;
        }
        escalated += 1;
        plannedAt(plan.nextStepAt);
        if (personal.size > 0 && plan.level > 0 && plan.tell.length === 0) unreachable.set(alert.id, alert.site);
        else unreachable.delete(alert.id);
      }
      return { escalated, nextAt, unreachable: [...new Set(unreachable.values())] };
    },
  };
};
export type Escalator = ReturnType<typeof createEscalator>;
