import type { Alert } from '../domain/alert.js';
import type { Reading } from '../domain/reading.js';
import type { EpochMillis } from '../domain/time.js';
import { openAlerts, ruleMemory, saveAlerts, saveRuleMemory, sitesWithMemory } from '../platform/store/alerts.js';
import type { Db } from '../platform/store/db.js';
import type { Registry } from '../platform/store/registry.js';
import { evaluate } from './alerts/engine.js';
import type { Rule } from './alerts/rule.js';
import type { RuleSettings } from './rule-settings.js';

/**
 * Step 10 of the road: loads what the engine must know, lets it think, writes what it says — all in the caller's
 * transaction. Rule memory is kept between batches; `committed` or `forget` must follow every transaction, so that
 * what we remember is what the store holds.
 */
export interface Evaluator {
  /** Returns how many alerts were created or changed. The registry knows the zones of the sites. */
  evaluate(tx: Db, readings: readonly Reading[], now: EpochMillis, registry?: Registry): Promise<number>;
  /** Lets time pass for every site that has an open alert, a rule that asked to be woken, or residents. */
  tick(tx: Db, now: EpochMillis, options?: TickOptions): Promise<number>;
  committed(): void;
  forget(): void;
}

export interface TickOptions {
  readonly registry?: Registry;
  /** Everything received until then has been evaluated: what still waits in the inbox is no silence. */
  readonly heardUntil?: EpochMillis;
}

type Memory = Map<string, unknown>;

const bySite = <Item extends { readonly site: string }>(items: readonly Item[]): Map<string, Item[]> => {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(item.site);
    if (group) group.push(item);
    else groups.set(item.site, [item]);
  }
  return groups;
};

/** `mine` says whether a site belongs to the caller's partition. */
export const createEvaluator = (
  rules: readonly Rule[],
  settings: RuleSettings,
  mine: (site: string) => boolean,
): Evaluator => {
  const memories = new Map<string, Memory>();
  let roster: { readonly registry: Registry; readonly residents: ReadonlyMap<string, readonly string[]> } | null = null;
  let remembered = false;
  let staged: { memory: Memory; changes: ReadonlyMap<string, unknown> }[] = [];

  const load = async (tx: Db, sites: readonly string[]): Promise<void> => {
    const missing = sites.filter((site) => !memories.has(site));
    if (missing.length === 0) return;
    const loaded = await ruleMemory(tx, missing);
    for (const site of missing) memories.set(site, new Map(loaded.get(site)));
  };

  const residentsOf = (registry: Registry): ReadonlyMap<string, readonly string[]> => {
    if (roster?.registry !== registry) {
      const groups = [...bySite(registry.residents())].map(([site, all]) => [site, all.map(({ id }) => id)] as const);
      roster = { registry, residents: new Map(groups) };
    }
    return roster.residents;
  };

  const think = async (
    tx: Db,
    sites: ReadonlyMap<string, readonly Reading[]>,
    open: readonly Alert[],
    { now, registry, heardUntil }: TickOptions & { readonly now: EpochMillis },
  ) => {
    await load(tx, [...sites.keys()]);
    const opened = bySite(open);
    const lookup = await settings.current(tx);
    let changed = 0;
    for (const [site, readings] of sites) {
      const memory = memories.get(site)!;
      const known = new Map((opened.get(site) ?? []).map((alert) => [alert.episode, alert]));
      const settingsOf = (rule: string, resident: string | null): unknown => lookup(rule, site, resident);
      const timezone = registry?.site(site)?.timezone;
      const result = evaluate(rules, {
        readings,
        open: known,
        memory,
        settings: settingsOf,
        now,
        site,
        ...(timezone === undefined ? {} : { timezone }),
        ...(heardUntil === undefined ? {} : { heardUntil }),
        residents: (registry && residentsOf(registry).get(site)) ?? [],
      });
      if (result.events.length > 0) await saveAlerts(tx, result.alerts, result.events);
      if (result.memory.size > 0) {
        await saveRuleMemory(tx, site, result.memory);
        staged.push({ memory, changes: result.memory });
      }
      changed += result.alerts.length;
    }
    return changed;
  };

  return {
    async evaluate(tx, readings, now, registry) {
      if (readings.length === 0) return 0;
      const sites = bySite(readings);
      const open = await openAlerts(tx, [...sites.keys()]);
      return think(tx, sites, open, registry ? { now, registry } : { now });
    },
    async tick(tx, now, options = {}) {
      if (!remembered) await load(tx, (await sitesWithMemory(tx)).filter(mine));
      remembered = true;
      const open = (await openAlerts(tx)).filter(({ site }) => mine(site));
      const registered =
        options.registry
          ?.sites()
          .map(({ id }) => id)
          .filter(mine) ?? [];
      const sites = [...new Set([...registered, ...memories.keys(), ...bySite(open).keys()])].sort();
      return think(tx, new Map(sites.map((site) => [site, []])), open, { ...options, now });
    },
    committed() {
      for (const { memory, changes } of staged)
        for (const [key, value] of changes) {
          if (value === undefined) memory.delete(key);
          else memory.set(key, value);
        }
      staged = [];
    },
    forget() {
      staged = [];
      memories.clear();
      remembered = false;
    },
  };
};
