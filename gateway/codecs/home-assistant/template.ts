import { field, isObject } from '../support/json.js';

/** A value template we understand: where in the JSON the value is (null = the whole text), and to how many decimals. */
export interface ValueTemplate {
  readonly path: readonly string[] | null;
  readonly decimals: number | null;
}

const STEP = /^(?:\.([A-Za-z_]\w{0,63})|\[\s*(?:'([^'\\]{1,64})'|"([^"\\]{1,64})")\s*\])/;
const FILTER = /^(?:float(?:\(\s*0?\s*\))?|int(?:\(\s*0?\s*\))?|is_defined|round(?:\(\s*(\d)?\s*\))?)$/;
const MOST_TEXT = 300;

/**
 * The subset of Jinja that discovery messages use to pick a number: `{{ value }}` or `{{ value_json.a['b'] }}`, then
 * `| float`, `| int`, `| is_defined` or `| round(n)`. Null for everything else: a template is code from outside and is
 * never run.
 */
export const parseTemplate = (text: string): ValueTemplate | null => {
  if (text.length > MOST_TEXT) return null;
  const inner = /^\s*\{\{-?([^{}]*?)-?\}\}\s*$/.exec(text)?.[1];
  if (inner === undefined) return null;
  const [expression, ...filters] = inner.split('|').map((part) => part.trim()) as [string, ...string[]];
  let decimals: number | null = null;
  for (const filter of filters) {
    const match = FILTER.exec(filter);
    if (!match) return null;
    if (filter.startsWith('round')) decimals = Number(match[1] ?? 0);
    else if (filter.startsWith('int')) decimals = 0;
  }
  if (expression === 'value') return { path: null, decimals };
  if (!expression.startsWith('value_json')) return null;
  const path: string[] = [];
  for (let rest = expression.slice('value_json'.length); rest !== '';) {
    const step = STEP.exec(rest);
    if (!step) return null;
    path.push((step[1] ?? step[2] ?? step[3]) as string);
    rest = rest.slice(step[0].length);
  }
  return { path, decimals };
};

/** The value at a path; undefined when it is not there. */
export const pick = (json: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isObject(value) ? field(value, name) : undefined), json);
