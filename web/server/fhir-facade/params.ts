import type { EpochMillis } from '../../../domain/time.js';
import { HttpProblem } from '../http/problem.js';

/** A search as it came: every value of every parameter. */
export type Params = ReadonlyMap<string, readonly string[]>;

export const invalid = (detail: string): HttpProblem => new HttpProblem(400, 'search.invalid', detail);

/** Parameters every search takes; what concerns only the form of the answer is accepted and has no effect. */
const COMMON = ['_count', '_cursor', '_format', '_pretty', '_id', 'identifier'];

/** Reads a query. A parameter that is not known is refused: ignored, it would widen what is found. */
export const readParams = (query: Record<string, unknown>, known: readonly string[]): Params => {
  const params = new Map<string, string[]>();
  for (const [name, given] of Object.entries(query)) {
    if (!known.includes(name) && !COMMON.includes(name))
      throw invalid(`the search parameter ${name.slice(0, 40)} is not supported`);
    params.set(
      name,
      (Array.isArray(given) ? given : [given]).map((value) => {
        if (typeof value !== 'string' || value.length > 1_000) throw invalid(`${name}: expected text`);
        return value;
      }),
    );
  }
  return params;
};

/** Values of a parameter given once, `a,b` meaning either; undefined when it is not there. */
export const anyOf = (params: Params, name: string): readonly string[] | undefined => {
  const values = params.get(name);
  if (!values) return undefined;
  if (values.length > 1) throw invalid(`${name}: expected once`);
  return values[0]!.split(',').map((value) => value.trim());
};

export interface Token {
  readonly system: string | undefined;
  readonly code: string;
}
export const tokensOf = (params: Params, name: string): readonly Token[] | undefined =>
  anyOf(params, name)?.map((text) => {
    const bar = text.indexOf('|');
    return bar < 0 ? { system: undefined, code: text } : { system: text.slice(0, bar), code: text.slice(bar + 1) };
  });

/** `|code` means without a system, `system|` any code of it. */
export const matches = (
  { system, code }: Token,
  coding: { system?: string | undefined; code?: string | undefined },
): boolean => (system === undefined || (coding.system ?? '') === system) && (code === '' || coding.code === code);

/** `Patient/r-1`, `https://…/Patient/r-1` or `r-1`. */
export const idsOf = (params: Params, name: string, type: string): readonly string[] | undefined =>
  anyOf(params, name)?.map((text) => {
    const parts = text.split('/');
    if (parts.length > 1 && parts.at(-2) !== type) return '';
    return parts.at(-1) ?? '';
  });

const MOST = 200;
export const countOf = (params: Params): number => {
  const [text = '50'] = params.get('_count') ?? [];
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1) throw invalid('_count: expected a whole number, 1 or more');
  return Math.min(Number(text), MOST);
};

const DATE =
  /^(eq|ge|gt|le|lt|sa|eb)?(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/** First instant of a FHIR date of any precision, and the first one after it. Without a zone it is UTC. */
const spanOf = (text: string, [, , year, month, day, minute, second, zone]: RegExpExecArray): [number, number] => {
  const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)];
  if (minute === undefined) {
    if (day !== undefined) return [Date.UTC(y, m, d), Date.UTC(y, m, d + 1)];
    return month !== undefined ? [Date.UTC(y, m), Date.UTC(y, m + 1)] : [Date.UTC(y, 0), Date.UTC(y + 1, 0)];
  }
  const bare = text.replace(/^[a-z]{2}/, '');
  const start = Date.parse(zone === undefined ? `${bare}Z` : bare);
  const exact = /\.\d+/.test(text);
  return [start, start + (exact ? 1 : second === undefined ? 60_000 : 1_000)];
};

/** All `date` parameters at once, as `[from, before)`. */
export const periodOf = (params: Params): { from?: EpochMillis; before?: EpochMillis } => {
  let from: number | undefined;
  let before: number | undefined;
  const atLeast = (time: number): void => void (from = Math.max(from ?? time, time));
  const below = (time: number): void => void (before = Math.min(before ?? time, time));
  for (const text of params.get('date') ?? []) {
    const match = DATE.exec(text);
    const [start, end] = match ? spanOf(text, match) : [NaN, NaN];
    if (!match || Number.isNaN(start))
      throw invalid('date: expected [eq|ge|gt|le|lt|sa|eb]YYYY[-MM[-DD[Thh:mm[:ss]][zone]]]');
    const prefix = match[1] ?? 'eq';
    if (prefix === 'eq' || prefix === 'ge') atLeast(start);
    if (prefix === 'eq' || prefix === 'le') below(end);
    if (prefix === 'gt' || prefix === 'sa') atLeast(end);
    if (prefix === 'lt' || prefix === 'eb') below(start);
  }
  return { ...(from === undefined ? {} : { from }), ...(before === undefined ? {} : { before }) };
};
