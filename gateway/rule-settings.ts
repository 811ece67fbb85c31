import { SECOND } from '../domain/time.js';
import type { Db } from '../platform/store/db.js';
import { settingsFor } from '../platform/store/settings.js';

/** Raw settings of a rule for a resident of a site: département, then site, then resident, the nearest wins. */
export type SettingsLookup = (rule: string, site: string, resident: string | null) => unknown;

export interface RuleSettings {
  current(db: Db): Promise<SettingsLookup>;
}

/** A changed limit takes effect within this time. */
const FRESH_FOR = 2 * SECOND;

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Merges objects key by key, deeply; anything else is replaced. */
export const merge = (base: unknown, over: unknown): unknown => {
  if (over === undefined) return base;
  if (!isPlain(base) || !isPlain(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key], value);
  return merged;
};

/** Settings are read from the store at most every `FRESH_FOR`; the same settings give the same object. */
export const createRuleSettings = (rules: readonly string[], now: () => number = Date.now): RuleSettings => {
  let held: { lookup: SettingsLookup; at: number; version: string } | null = null;

  const build = (rows: ReadonlyMap<string, ReadonlyMap<string, unknown>>): SettingsLookup => {
    const merged = new Map<string, unknown>();
    return (rule, site, resident) => {
      const scopes = rows.get(rule);
      if (!scopes || scopes.size === 0) return undefined;
      const key = `${rule}\n${site}\n${resident ?? ''}`;
      if (!merged.has(key)) {
        const levels = ['default', `site:${site}`, ...(resident === null ? [] : [`resident:${resident}`])];
        merged.set(
          key,
          levels.reduce<unknown>((base, scope) => merge(base, scopes.get(scope)), undefined),
        );
      }
      return merged.get(key);
    };
  };

  return {
    async current(db) {
      if (held && now() - held.at < FRESH_FOR) return held.lookup;
      const rows = new Map<string, ReadonlyMap<string, unknown>>();
      for (const rule of rules) rows.set(rule, await settingsFor(db, rule));
      const version = JSON.stringify([...rows].map(([rule, scopes]) => [rule, [...scopes]]));
      held = held?.version === version ? { ...held, at: now() } : { lookup: build(rows), at: now(), version };
      return held.lookup;
    },
  };
};
