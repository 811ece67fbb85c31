import { z } from 'zod';
import type { Alert, Category, Condition, Priority } from '../../domain/alert.js';
import { VigieError } from '../../domain/errors.js';
import type { DeviceId, MessageKey, ResidentId, SiteId } from '../../domain/ids.js';
import { timezoneSchema } from '../../domain/site.js';
import { isMetric, metricDefinition, type Metric } from '../../domain/metrics.js';
import { readingId, type Reading } from '../../domain/reading.js';
import { thresholdSettings, THRESHOLD_SETTINGS_KEY } from '../../domain/thresholds.js';
import { LATE_AFTER, toIso, type EpochMillis } from '../../domain/time.js';
import { evaluate } from './engine.js';
import type { Rule } from './rule.js';

const SITE = 'backtest' as SiteId;

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const lineSchema = z.union([
  z.strictObject({ tick: time }),
  z
    .looseObject({
      resident: z.string().min(1).optional(),
      device: z.string().min(1).optional(),
      room: z.string().min(1).optional(),
      metric: z.string().refine(isMetric, 'unknown metric'),
      value: z.union([z.number(), z.boolean()]),
      unit: z.string().optional(),
      time,
      receivedAt: time.optional(),
      quality: z.enum(['good', 'questionable']).default('good'),
    })
    .refine(
      ({ resident, device }) => resident !== undefined || device !== undefined,
      'expected a resident or a device',
    ),
]);
type Line = z.infer<typeof lineSchema>;
type Tick = { readonly tick: EpochMillis };
const isTick = (line: Line): line is Extract<Line, Tick> => 'tick' in line;

/**
 * Settings of a back-test: for each rule, scope (`default` or `resident:{id}`) → partial settings; and what is known of
 * the residents.
 */
export const backtestSettingsSchema = z.strictObject({
  rules: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  residents: z.record(z.string(), z.strictObject({ spo2Scale: z.union([z.literal(1), z.literal(2)]) })).default({}),
  timezone: timezoneSchema.default('Europe/Paris'),
});
export type BacktestSettings = z.infer<typeof backtestSettingsSchema>;

export interface BacktestAlert {
  readonly rule: string;
  readonly resident?: string;
  readonly device?: string;
  readonly priority: Priority;
  readonly category: Category;
  readonly startsAt: string;
  readonly endsAt: string | null;
  readonly condition: Condition;
  readonly message: string;
}

/**
 * Parses one NDJSON line (contract §1). Throws `VigieError` `backtest.line` with the line number; a value in another
 * unit than the metric's own is refused rather than guessed.
 */
const parseLine = (text: string, number: number): Line => {
  const refuse = (why: string): never => {
    throw new VigieError('backtest.line', `line ${number}: ${why}`);
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse('expected a JSON object');
  }
  const result = lineSchema.safeParse(json);
  if (!result.success) return refuse(z.prettifyError(result.error).replaceAll('\n', ' '));
  const line = result.data;
  if (isTick(line)) return line;
  const { unit, kind } = metricDefinition(line.metric as Metric);
  if (line.unit !== undefined && line.unit !== unit) return refuse(`expected unit "${unit}" for ${line.metric}`);
  if ((kind === 'boolean') !== (typeof line.value === 'boolean'))
    return refuse(`expected a ${kind} for ${line.metric}`);
  return line;
};

const toReading = (line: Exclude<Line, Tick>, number: number): Reading => {
  const metric = line.metric as Metric;
  const device = (line.device ?? `of-${line.resident}`) as DeviceId;
  const receivedAt = line.receivedAt ?? line.time;
  return {
    id: readingId({ device, metric, time: line.time, value: line.value }),
    site: SITE,
    resident: (line.resident ?? null) as ResidentId | null,
    room: line.room ?? null,
    device,
    metric,
    value: line.value,
    time: line.time,
    receivedAt,
    quality: line.quality,
    late: receivedAt - line.time > LATE_AFTER,
    message: `line-${number}` as MessageKey,
  };
};

const toLine = (alert: Alert): BacktestAlert => ({
  rule: alert.rule,
  ...(alert.resident !== null ? { resident: alert.resident } : { device: alert.device ?? '' }),
  priority: alert.priority,
  category: alert.category,
  startsAt: toIso(alert.startedAt),
  endsAt: alert.endedAt === null ? null : toIso(alert.endedAt),
  condition: alert.condition,
  message: alert.message.fr,
});

const settingsLookup = ({ rules, residents }: BacktestSettings) => {
  const known = new Map<string, unknown>();
  return (rule: string, resident: string | null): unknown => {
    const key = `${rule}\n${resident ?? ''}`;
    if (!known.has(key)) {
      const rows = new Map(Object.entries(rules[rule] ?? {}));
      const subject = { id: resident ?? '', site: SITE, spo2Scale: residents[resident ?? '']?.spo2Scale ?? 1 };
      const rowsOf = ['default', `resident:${subject.id}`].filter((scope) => rows.has(scope));
      const scale = rule === 'news2' && subject.spo2Scale === 2 ? { spo2Scale: 2 } : null;
      const layered =
        rowsOf.length === 0 && !scale ? undefined : Object.assign({}, scale, ...rowsOf.map((scope) => rows.get(scope)));
      known.set(key, rule === THRESHOLD_SETTINGS_KEY ? thresholdSettings(rows, subject) : layered);
    }
    return known.get(key);
  };
};

/**
 * Runs the real rules over readings and ticks in order of reception; returns every alert that rang, in order of opening, in
 * its last state; a first outlier that its second measurement did not confirm is no alert. Repeated readings count once; time never runs backwards. Pure: needs no server.
 */
export const backtest = (
  rules: readonly Rule[],
  lines: Iterable<string>,
  settings: BacktestSettings = { rules: {}, residents: {}, timezone: 'Europe/Paris' },
): BacktestAlert[] => {
  const alerts = new Map<string, Alert>();
  const open = new Map<string, Alert>();
  const memory = new Map<string, unknown>();
  const rang = new Set<string>();
  const seen = new Set<string>();
  const lookup = settingsLookup(settings);
  let now: EpochMillis = -Infinity;
  let number = 0;
  /** Who waits for a measure that may never come is known from the settings. */
  const residents = Object.values(settings.rules).flatMap((scopes) =>
    Object.keys(scopes).flatMap((scope) => (scope.startsWith('resident:') ? [scope.slice('resident:'.length)] : [])),
  );

  const think = (readings: readonly Reading[]): void => {
    const context = { site: SITE, timezone: settings.timezone, residents };
    const output = evaluate(rules, { readings, open, memory, settings: lookup, now, ...context });
    for (const { alert, to } of output.events) if (to.condition === 'active') rang.add(alert);
    for (const alert of output.alerts) {
      alerts.set(alert.id, alert);
      if (alert.workflow !== 'closed') open.set(alert.episode, alert);
      else if (open.get(alert.episode)?.id === alert.id) open.delete(alert.episode);
    }
    for (const [key, value] of output.memory) {
      if (value === undefined) memory.delete(key);
      else memory.set(key, value);
    }
  };

  for (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const line = parseLine(text, number);
    const reading = isTick(line) ? null : toReading(line, number);
    if (reading && seen.has(reading.id)) continue;
    if (reading) seen.add(reading.id);
    if (reading?.resident && !residents.includes(reading.resident)) residents.push(reading.resident);
    const before = now;
    now = Math.max(now, isTick(line) ? line.tick : (line.receivedAt ?? line.time));
    // What the clock did between two lines is noticed here; live it is within seconds.
    if (now > before) think([]);
    if (reading) think([reading]);
  }
  return [...alerts.values()].filter(({ id }) => rang.has(id)).map(toLine);
};
