import type { Metric } from '../../domain/metrics.js';
import type { Rule } from './rule.js';

const indexes = new WeakMap<readonly Rule[], ReadonlyMap<Metric, readonly Rule[]>>();

/** Those that defer to others come after them: what the others say of a reading is known by then. */
const inOrder = (rules: readonly Rule[]): readonly Rule[] => [
  ...rules.filter(({ defersTo }) => !defersTo),
  ...rules.filter(({ defersTo }) => defersTo),
];

/** The rules that want a metric, in their given order but that deferring ones come last. Remembered for the array, so pass the same one each time. */
export const rulesFor = (rules: readonly Rule[]): ReadonlyMap<Metric, readonly Rule[]> => {
  const known = indexes.get(rules);
  if (known) return known;
  const index = new Map<Metric, Rule[]>();
  for (const rule of inOrder(rules))
    for (const metric of rule.metrics) {
      const wanting = index.get(metric);
      if (wanting) wanting.push(rule);
      else index.set(metric, [rule]);
    }
  indexes.set(rules, index);
  return index;
};

const names = new WeakMap<readonly Rule[], ReadonlyMap<string, Rule>>();
export const ruleNamed = (rules: readonly Rule[], name: string): Rule | undefined => {
  const known = names.get(rules) ?? new Map(rules.map((rule) => [rule.name, rule]));
  names.set(rules, known);
  return known.get(name);
};

const starting = new WeakMap<readonly Rule[], readonly Rule[]>();
/** The rules that wait for what never came. */
export const starters = (rules: readonly Rule[]): readonly Rule[] => {
  const known = starting.get(rules) ?? rules.filter(({ start }) => start !== undefined);
  starting.set(rules, known);
  return known;
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
