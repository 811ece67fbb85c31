import { z } from 'zod';
import { listResidents, listSites } from '../../../platform/store/registry.js';
import { meSchema, pageOf, residentSchema, siteSchema, type Me } from '../../protocol.js';
import { residentFor, sitesFor } from '../access.js';
import type { WebContext } from '../context.js';
import { pageOptions, pageQuery } from '../http/paging.js';
import { ok, route, type Route } from '../http/route.js';
import { residentView } from '../views.js';

const siteView = (site: Awaited<ReturnType<typeof listSites>>[number]) => ({
  id: site.id,
  name: site.name,
  kind: site.kind,
  timezone: site.timezone,
  units: site.units,
});

/** Who am I, where, and with whom. */
export const peopleRoutes = ({ store }: WebContext): Route[] => [
  route({
    method: 'get',
    path: '/me',
    permission: 'signed-in',
    summary: 'The signed-in user',
    answer: meSchema,
    handle: ({ principal: { username, name, role, sites } }) =>
      Promise.resolve(ok({ username, name, role, sites: [...sites] } satisfies Me)),
  }),
  route({
    method: 'get',
    path: '/sites',
    permission: 'signed-in',
    summary: 'The sites the user may see',
    answer: pageOf(siteSchema),
    handle: async ({ principal }) =>
      ok({ items: (await listSites(store.db, principal.sites)).map(siteView), next: null }),
  }),
  route({
    method: 'get',
    path: '/residents',
    permission: 'residents.read',
    summary: 'Residents of a site, or of all sites of the user',
    query: pageQuery.extend({ site: z.string().optional(), unit: z.string().optional() }),
    answer: pageOf(residentSchema),
    async handle({ principal, query }) {
      const sites = sitesFor(principal, query.site);
      const page = await listResidents(store.db, { sites, unit: query.unit, ...pageOptions(query) });
      return ok({ items: page.items.map(residentView), next: page.next });
    },
  }),
  route({
    method: 'get',
    path: '/residents/:id',
    permission: 'residents.read',
    summary: 'One resident',
    answer: residentSchema,
    handle: async ({ principal, params }) => ok(residentView(await residentFor(store.db, principal, params.id))),
  }),
];
