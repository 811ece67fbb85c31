import type { Desk } from './desk.js';
import { preferences } from './preferences.js';
import type { Scope } from './queue.js';

/** The site chosen last time, else the first EHPAD, else everything. */
export const startingScope = (desk: Desk): Scope => {
  const { site } = preferences.get();
  if (site === '*') return { site: null, unit: null };
  if (site !== null && desk.sites.has(site)) return { site, unit: null };
  const ehpad = [...desk.sites.values()].find(({ kind }) => kind === 'ehpad');
  return { site: ehpad?.id ?? (desk.sites.size === 1 ? ([...desk.sites.keys()][0] ?? null) : null), unit: null };
};
