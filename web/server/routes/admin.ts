import type { Principal } from '../../../domain/permissions.js';
import { toIso } from '../../../domain/time.js';
import { listAudit, type LoggedAuditEntry } from '../../../platform/store/audit.js';
import { listUsers, type User } from '../../../platform/store/users.js';
import { auditEntrySchema, pageOf, userSchema } from '../../protocol.js';
import type { WebContext } from '../context.js';
import { pageOptions, pageQuery } from '../http/paging.js';
import { ok, route, type Route } from '../http/route.js';

const shared = (user: User, { sites }: Principal): string[] => user.sites.filter((site) => sites.includes(site));

const entryView = ({ at, actor, action, object, outcome, detail }: LoggedAuditEntry) => ({
  at: toIso(at),
  actor,
  action,
  object,
  outcome,
  detail,
});

/** Accounts and traces, for who administers the sites in question. */
export const adminRoutes = ({ store, registry }: WebContext): Route[] => {
  /** Audit entries name an actor, not a site: shown when the actor belongs to a site of the reader. */
  const actorsOf = async (principal: Principal): Promise<(actor: string) => boolean> => {
    const users = await listUsers(store.db);
    const names = new Set(users.filter((user) => shared(user, principal).length > 0).map(({ username }) => username));
    const known = await registry.current();
    return (actor) => {
      const [kind, id = ''] = actor.split(/:(.*)/s);
      if (kind === 'user') return names.has(id);
      const site = kind === 'device' ? known.device(id)?.site : kind === 'box' ? known.box(id)?.site : undefined;
      return site === undefined ? kind === 'unknown' || kind === 'system' : principal.sites.includes(site);
    };
  };

  return [
    route({
      method: 'get',
      path: '/users',
      permission: 'users.write',
      summary: 'Accounts of the sites the user may see',
      answer: pageOf(userSchema),
      async handle({ principal }) {
        const items = (await listUsers(store.db))
          .map((user) => ({
            username: user.username,
            name: user.name,
            role: user.role,
            sites: shared(user, principal),
            disabled: user.disabled,
          }))
          .filter(({ sites }) => sites.length > 0);
        return ok({ items, next: null });
      },
    }),
    route({
      method: 'get',
      path: '/audit',
      permission: 'audit.read',
      summary: 'Who did what, newest first; a page may hold fewer entries than asked for and still have a next one',
      query: pageQuery,
      answer: pageOf(auditEntrySchema),
      async handle({ principal, query }) {
        const page = await listAudit(store.db, pageOptions(query));
        const visible = await actorsOf(principal);
        return ok({ items: page.items.filter(({ actor }) => visible(actor)).map(entryView), next: page.next });
      },
    }),
  ];
};
