import { THRESHOLD_SETTINGS_KEY, thresholdSettings } from '../domain/thresholds.js';
import { SECOND } from '../domain/time.js';
import type { Db } from '../platform/store/db.js';
import { settingsFor } from '../platform/store/settings.js';
import { thresholdRows } from '../platform/store/threshold-versions.js';

/** Raw settings of a rule for a resident of a site: département, then site, then resident, the nearest wins. */
export type SettingsLookup = (rule: string, site: string, resident: string | null) => unknown;

export interface RuleSettings {
  current(db: Db): Promise<SettingsLookup>;
}

/** The other rule that follows the prescribed SpO2 scale. */
const SCORE = 'news2';

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

/** Residents whose SpO2 is judged on NEWS2 scale 2. */
const onScale2 = async (db: Db): Promise<ReadonlySet<string>> => {
  const rows = await db.selectFrom('residents').select('id').where('spo2_scale', '=', 2).orderBy('id').execute();
  return new Set(rows.map(({ id }) => id));
};

/** Settings are read from the store at most every `FRESH_FOR`; the same settings give the same object. */
export const createRuleSettings = (rules: readonly string[], now: () => number = Date.now): RuleSettings => {
  let held: { lookup: SettingsLookup; at: number; version: string } | null = null;

  const build = (
    rows: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
    prescribed: ReadonlySet<string>,
  ): SettingsLookup => {
    const merged = new Map<string, unknown>();
    const layered = (rule: string, site: string, resident: string | null): unknown => {
      const scopes = rows.get(rule) ?? new Map<string, unknown>();
      const id = resident ?? '';
      if (rule === THRESHOLD_SETTINGS_KEY)
        return thresholdSettings(scopes, { id, site, spo2Scale: prescribed.has(id) ? 2 : 1 });
      const prescription = rule === SCORE && prescribed.has(id) ? { spo2Scale: 2 } : undefined;
      const levels = ['default', `site:${site}`, ...(resident === null ? [] : [`resident:${resident}`])];
      return levels.reduce<unknown>((base, scope) => merge(base, scopes.get(scope)), prescription);
    };
    return (rule, site, resident) => {
      const changed = (rows.get(rule)?.size ?? 0) > 0;
      const followsScale = rule === THRESHOLD_SETTINGS_KEY || rule === SCORE;
      if (!changed && !(followsScale && resident !== null && prescribed.has(resident))) return undefined;
      const key = `${rule}\n${site}\n${resident ?? ''}`;
      if (!merged.has(key)) merged.set(key, layered(rule, site, resident));
      return merged.get(key);
    };
  };

  return {
    async current(db) {
      if (held && now() - held.at < FRESH_FOR) return held.lookup;
      const rows = new Map<string, ReadonlyMap<string, unknown>>();
      for (const rule of rules)
        rows.set(rule, await (rule === THRESHOLD_SETTINGS_KEY ? thresholdRows(db, now()) : settingsFor(db, rule)));
      const prescribed = await onScale2(db);
      const version = JSON.stringify([[...rows].map(([rule, scopes]) => [rule, [...scopes]]), [...prescribed]]);
      held =
        held?.version === version ? { ...held, at: now() } : { lookup: build(rows, prescribed), at: now(), version };
      return held.lookup;
    },
  };
};
