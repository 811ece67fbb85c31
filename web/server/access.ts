import { maySee, type Principal } from '../../domain/permissions.js';
import type { Resident } from '../../domain/resident.js';
import type { Db } from '../../platform/store/db.js';
import { residentById } from '../../platform/store/registry.js';
import { notFound } from './http/problem.js';

/** The sites of a query: all of the principal's, or the one asked for. Somebody else's site does not exist: 404. */
export const sitesFor = (principal: Principal, site: string | undefined): readonly string[] => {
  if (site === undefined) return principal.sites;
  if (!maySee(principal, site)) throw notFound('site');
  return [site];
};

/** A resident the principal may see; another site's is as unknown as one that never was. */
export const residentFor = async (db: Db, principal: Principal, id: string | undefined): Promise<Resident> => {
  const resident = id === undefined ? null : await residentById(db, id);
  if (!resident || !maySee(principal, resident.site)) throw notFound('resident');
  return resident;
};
