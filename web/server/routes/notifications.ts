import { z } from 'zod';
import { escalationSchema } from '../../../domain/escalation.js';
import { maySee, type Principal } from '../../../domain/permissions.js';
import { toIso, type EpochMillis } from '../../../domain/time.js';
import { audit } from '../../../platform/store/audit.js';
import { addOnCall, onCallFrom, removeOnCall } from '../../../platform/store/on-call.js';
import { setSetting, settingsFor } from '../../../platform/store/settings.js';
import { channelsOf, removeAddress, removeChannel, saveChannel } from '../../../platform/store/user-channels.js';
import { userByName } from '../../../platform/store/users.js';
import { addressSchema, channelsSchema, onCallSchema, pushSubscriptionSchema } from '../../protocol.js';
import type { WebContext } from '../context.js';
import { HttpProblem, notFound } from '../http/problem.js';
import { ok, route, type Answer, type Route } from '../http/route.js';

const PUSH = 'web-push';
const created = (body: unknown): Answer => ({ status: 201, body });
const idAnswer = z.object({ id: z.number() });

const siteOf = (principal: Principal, id: string | undefined): string => {
  if (id === undefined || !maySee(principal, id)) throw notFound('site');
  return id;
};

/** A telephone number is shown by its end only: enough to recognise one's own. */
const labelOf = (channel: string, address: unknown): string =>
  channel === PUSH
    ? new URL((address as { endpoint: string }).endpoint).host
    : channel === 'sms-http'
      ? `…${String(address).slice(-4)}`
      : String(address);

const isoOrNull = (at: EpochMillis | null): string | null => (at === null ? null : toIso(at));

/** How a carer is reached, who is on call, and the chain of a site. */
export const notificationRoutes = ({ store, vapidPublicKey, now }: WebContext): Route[] => [
  route({
    method: 'get',
    path: '/me/channels',
    permission: 'signed-in',
    summary: 'How I am reached, and the key a browser subscribes with',
    answer: channelsSchema,
    async handle({ principal }) {
      const items = (await channelsOf(store.db, [principal.username])).map(({ id, channel, address, ...at }) => ({
        id,
        channel,
        label: labelOf(channel, address),
        createdAt: toIso(at.createdAt),
        acceptedAt: isoOrNull(at.acceptedAt),
      }));
      return ok({ items, vapidPublicKey });
    },
  }),
  route({
    method: 'post',
    path: '/me/channels',
    permission: 'alerts.act',
    summary: 'Add an e-mail address or a telephone number of mine',
    body: addressSchema,
    answer: idAnswer,
    created: true,
    async handle({ principal: { username }, body }) {
      return created({ id: await store.write((tx) => saveChannel(tx, { username, ...body, at: now() })) });
    },
  }),
  route({
    method: 'delete',
    path: '/me/channels/:id',
    permission: 'signed-in',
    summary: 'Reach me there no more',
    answer: z.null(),
    async handle({ principal, params }) {
      if (!(await removeChannel(store.db, Number(params.id) || 0, principal.username))) throw notFound('channel');
      return { status: 204, body: undefined };
    },
  }),
  route({
    method: 'post',
    path: '/me/subscriptions',
    permission: 'alerts.act',
    summary: 'Subscribe this browser to push messages; again at each start, so that it stays true',
    body: pushSubscriptionSchema,
    answer: idAnswer,
    created: true,
    async handle({ principal: { username }, body: { endpoint, keys } }) {
      const channel = { username, channel: PUSH, address: { endpoint, keys }, at: now() };
      return created({ id: await store.write((tx) => saveChannel(tx, channel)) });
    },
  }),
  route({
    method: 'delete',
    path: '/me/subscriptions',
    permission: 'signed-in',
    summary: 'Push no more to this browser',
    body: z.object({ endpoint: z.string() }),
    answer: z.null(),
    async handle({ principal, body }) {
      if (!(await removeAddress(store.db, principal.username, PUSH, body))) throw notFound('subscription');
      return { status: 204, body: undefined };
    },
  }),
  route({
    method: 'get',
    path: '/sites/:id/on-call',
    permission: 'alerts.act',
    summary: 'The on-call calendar of a site from now on',
    answer: z.object({ items: z.array(onCallSchema.extend({ id: z.number() })) }),
    async handle({ principal, params }) {
      const lines = await onCallFrom(store.db, siteOf(principal, params.id), now());
      const items = lines.map(({ id, username, starts, ends }) => ({
        id,
        username,
        starts: toIso(starts),
        ends: toIso(ends),
      }));
      return ok({ items });
    },
  }),
  route({
    method: 'post',
    path: '/sites/:id/on-call',
    permission: 'users.write',
    summary: 'Put somebody of the site on call',
    body: onCallSchema,
    answer: idAnswer,
    created: true,
    async handle({ principal, params, body }) {
      const site = siteOf(principal, params.id);
      const [starts, ends] = [Date.parse(body.starts), Date.parse(body.ends)];
      const user = await userByName(store.db, body.username);
      if (!user || user.disabled || !maySee(user, site)) throw notFound('user');
      if (ends <= starts) throw new HttpProblem(422, 'on_call.empty', 'A duty ends after it starts');
      const id = await store.write((tx) => addOnCall(tx, { site, username: user.username, starts, ends }));
      return created({ id });
    },
  }),
  route({
    method: 'delete',
    path: '/sites/:id/on-call/:line',
    permission: 'users.write',
    summary: 'Take a duty off the calendar',
    answer: z.null(),
    async handle({ principal, params }) {
      const site = siteOf(principal, params.id);
      if (!(await removeOnCall(store.db, site, Number(params.line) || 0))) throw notFound('duty');
      return { status: 204, body: undefined };
    },
  }),
  route({
    method: 'get',
    path: '/sites/:id/escalation',
    permission: 'alerts.act',
    summary: 'The chain of a site and its delays',
    answer: escalationSchema,
    async handle({ principal, params }) {
      const site = siteOf(principal, params.id);
      const settings = await settingsFor(store.db, 'escalation');
      return ok(escalationSchema.parse(settings.get(`site:${site}`) ?? settings.get('default') ?? {}));
    },
  }),
  route({
    method: 'put',
    path: '/sites/:id/escalation',
    permission: 'users.write',
    summary: 'Set the chain of a site and its delays',
    body: escalationSchema,
    answer: escalationSchema,
    async handle({ principal, params, body }) {
      const site = siteOf(principal, params.id);
      const author = principal.username;
      await store.write(async (tx) => {
        await setSetting(tx, { scope: `site:${site}`, key: 'escalation', value: body, author, at: now() });
        await audit(tx, {
          at: now(),
          actor: `user:${author}`,
          action: 'escalation.write',
          object: `site:${site}`,
          outcome: 'ok',
          detail: '',
        });
      });
      return ok(body);
    },
  }),
];
