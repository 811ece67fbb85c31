import type { Metric } from '../../domain/metrics.js';
import type { Rule } from './rule.js';

const indexes = new WeakMap<readonly Rule[], ReadonlyMap<Metric, readonly Rule[]>>();

/** The rules that want a metric, in their given order. Remembered for the array, so pass the same one each time. */
export const rulesFor = (rules: readonly Rule[]): ReadonlyMap<Metric, readonly Rule[]> => {
  const known = indexes.get(rules);
  if (known) return known;
  const index = new Map<Metric, Rule[]>();
  for (const rule of rules)
    for (const metric of rule.metrics) {
      const wanting = index.get(metric);
      if (wanting) wanting.push(rule);
      else index.set(metric, [rule]);
    }
  indexes.set(rules, index);
  return index;
};

/** Parsed parameters by rule and by the raw settings object they come from; `defaults` when there is none. */
const parsed = new WeakMap<Rule, { readonly defaults: unknown; readonly bySettings: WeakMap<object, unknown> }>();

const parsedBy = (rule: Rule) => {
  const known = parsed.get(rule);
  if (known) return known;
  const entry = { defaults: rule.params.parse({}), bySettings: new WeakMap<object, unknown>() };
  parsed.set(rule, entry);
  return entry;
};

/**
 * Full parameters of a rule, parsed once per settings object. Settings are checked when they are saved; should some not
 * parse all the same, the rule runs on its defaults: a wrong setting must not silence an alarm.
 */
export const paramsOf = (rule: Rule, settings: unknown): unknown => {
  const { defaults, bySettings } = parsedBy(rule);
  if (typeof settings !== 'object' || settings === null) return defaults;
  if (!bySettings.has(settings)) {
    const result = rule.params.safeParse(settings);
    bySettings.set(settings, result.success ? result.data : defaults);
  }
  return bySettings.get(settings);
};
