import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Alert } from '../../../domain/alert.js';
import { applyUserAction, type Refusal, type UserAction } from '../../../domain/lifecycle.js';
import { maySee, type Principal } from '../../../domain/permissions.js';
import { toIso } from '../../../domain/time.js';
import { alertById, alertEvents, listAlerts, saveAlerts } from '../../../platform/store/alerts.js';
import { notificationsOf, recordActed } from '../../../platform/store/notifications.js';
import type { Db } from '../../../platform/store/db.js';
import { ConflictError } from '../../../platform/store/errors.js';
import { alertDetailSchema, alertSchema, closeSchema, pageOf, snoozeSchema, type AlertView } from '../../protocol.js';
import { residentFor, sitesFor } from '../access.js';
import type { WebContext } from '../context.js';
import { once } from '../http/once.js';
import { pageOptions, pageQuery } from '../http/paging.js';
import { HttpProblem, notFound } from '../http/problem.js';
import { ok, route, type Answer, type Call, type Route } from '../http/route.js';
import { alertEventView, alertView, notificationView, namesHiddenFrom } from '../views.js';

/** Rules write to the same alerts; each retry reads the alert again, so the loser meets what the winner did. */
const ATTEMPTS = 5;

const alertFor = async (db: Db, principal: Principal, id: string | undefined): Promise<Alert> => {
  const alert = id === undefined ? null : await alertById(db, id);
  if (!alert || !maySee(principal, alert.site)) throw notFound('alert');
  return alert;
};

const TITLES: Record<Refusal['code'], readonly [status: number, title: string]> = {
  'alert.already_claimed': [409, 'Somebody was first'],
  'alert.closed': [409, 'This alert is closed'],
  'alert.not_claimed': [409, 'Nobody has this alert'],
  'alert.not_owner': [409, 'Somebody else has this alert'],
  'alert.not_active': [409, 'This alert is not active'],
  'alert.unchanged': [409, 'This changes nothing'],
  'alert.not_snoozable': [422, 'This alert cannot be put off'],
  'alert.reason_required': [422, 'A reason is needed'],
  'alert.snooze_out_of_bounds': [422, 'A snooze is at most 60 minutes'],
  'alert.outcome_required': [422, 'An outcome is needed'],
};

const refusal = ({ code, owner }: Refusal): HttpProblem => {
  const [status, title] = TITLES[code];
  const extra = owner ? { owner: { username: owner.username, name: owner.name, since: toIso(owner.since) } } : {};
  return new HttpProblem(status, code, title, extra);
};

/** Alerts: what rings, who has it, and what a carer does about it. */
export const alertRoutes = (context: WebContext): Route[] => {
  const { store, registry, now } = context;

  const view = async (alert: Alert, principal: Principal): Promise<AlertView> => {
    const resident = alert.resident === null ? null : (await registry.current()).resident(alert.resident);
    return alertView(alert, { resident, hideNames: namesHiddenFrom(principal) });
  };

  const actOnce = (call: Call<unknown, unknown>, action: UserAction): Promise<Answer> =>
    once(store, { ...call, now: now() }, async (tx) => {
      const alert = await alertFor(tx, call.principal, call.params.id);
      const result = applyUserAction(alert, action, {
        actor: call.principal,
        now: now(),
        idempotencyKey: `${action.kind}:${call.idempotencyKey ?? randomUUID()}`,
      });
      if ('refused' in result) throw refusal(result.refused);
      await saveAlerts(tx, [result.alert], [result.event]);
      await recordActed(tx, alert.id, call.principal.username, now());
      return ok(result.alert);
    });

  const act = async (call: Call<unknown, unknown>, action: UserAction): Promise<Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await actOnce(call, action);
        context.wakeup.notify();
        return { ...answer, body: await view(answer.body as Alert, call.principal) };
      } catch (error) {
        if (!(error instanceof ConflictError) || attempt === ATTEMPTS) throw error;
      }
    }
  };

  const action = (kind: 'claim' | 'release' | 'help', summary: string): Route =>
    route({
      method: 'post',
      path: `/alerts/:id/${kind}`,
      permission: 'alerts.act',
      summary,
      answer: alertSchema,
      handle: (call) => act(call, { kind }),
    });

  return [
    route({
      method: 'get',
      path: '/alerts',
      permission: 'alerts.read',
      summary: 'Alerts, newest first',
      query: pageQuery.extend({
        state: z.enum(['open', 'closed', 'retrospective']).default('open'),
        site: z.string().optional(),
        resident: z.string().optional(),
      }),
      answer: pageOf(alertSchema),
      async handle({ principal, query }) {
        const sites = sitesFor(principal, query.site);
        if (query.resident !== undefined) await residentFor(store.db, principal, query.resident);
        const { state, resident } = query;
        const page = await listAlerts(store.db, { sites, state, resident, ...pageOptions(query) });
        return ok({ items: await Promise.all(page.items.map((alert) => view(alert, principal))), next: page.next });
      },
    }),
    route({
      method: 'get',
      path: '/alerts/:id',
      permission: 'alerts.read',
      summary: 'One alert with its events and notification attempts',
      answer: alertDetailSchema,
      async handle({ principal, params }) {
        const alert = await alertFor(store.db, principal, params.id);
        const hideNames = namesHiddenFrom(principal);
        const events = (await alertEvents(store.db, alert.id)).map((event) => alertEventView(event, { hideNames }));
        const told = await notificationsOf(store.db, alert.id);
        const notifications = told.map((row) => notificationView(row, { hideNames }));
        return ok({ ...(await view(alert, principal)), events, notifications });
      },
    }),
    action('claim', '« Je m’en occupe »; 409 with the owner when somebody was first'),
    action('release', '« Rendre », or cancel a snooze: escalation starts again'),
    action('help', '« Besoin d’aide »: the next escalation step at once'),
    route({
      method: 'post',
      path: '/alerts/:id/snooze',
      permission: 'alerts.act',
      summary: '« Reporter », for 10, 30 or 60 minutes, with a reason',
      body: snoozeSchema,
      answer: alertSchema,
      handle: (call) => act(call, { kind: 'snooze', ...call.body }),
    }),
    route({
      method: 'post',
      path: '/alerts/:id/close',
      permission: 'alerts.act',
      summary: '« Traité », with an outcome',
      body: closeSchema,
      answer: alertSchema,
      handle: (call) => act(call, { kind: 'close', ...call.body }),
    }),
  ];
};
