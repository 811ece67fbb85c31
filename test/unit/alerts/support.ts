import { readdir } from 'node:fs/promises';
import type { Alert, AlertEvent } from '../../../domain/alert.js';
import { applyUserAction, type UserAction } from '../../../domain/lifecycle.js';
import type { DeviceId, MessageKey, ResidentId, SiteId } from '../../../domain/ids.js';
import type { Metric } from '../../../domain/metrics.js';
import { readingId, type Reading } from '../../../domain/reading.js';
import { SECOND, type EpochMillis } from '../../../domain/time.js';
import { evaluate } from '../../../gateway/alerts/engine.js';
import type { Example, Rule } from '../../../gateway/alerts/rule.js';

interface RuleFile {
  readonly rule: Rule;
  readonly examples: readonly Example[];
}
const folder = new URL('../../../gateway/alerts/rules/', import.meta.url);
const names = (await readdir(folder)).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3));

const files: Record<string, RuleFile> = {};
for (const name of names.sort()) files[name] = (await import(new URL(`${name}.ts`, folder).href)) as RuleFile;

/** Every rule of the folder, by file name. */
export const RULE_FILES: Readonly<Record<string, RuleFile>> = files;
export const RULES: readonly Rule[] = Object.values(RULE_FILES).map(({ rule }) => rule);
export const START = Date.parse('2026-11-23T08:00:00Z');

/** A reading `at` seconds after the start; what matters to a test is given, the rest is plausible. */
export const reading = (at: number, metric: Metric, value: number | boolean, over: Partial<Reading> = {}): Reading => {
  const time = START + at * SECOND;
  const device = (over.device ?? 'ox-1') as DeviceId;
  return {
    id: readingId({ device, metric, time, value }),
    site: 'les-mirabelles' as SiteId,
    resident: 'r-001' as ResidentId,
    room: '12',
    device,
    metric,
    value,
    time,
    receivedAt: time,
    quality: 'good',
    late: false,
    message: `m-${at}` as MessageKey,
    ...over,
  };
};

export const series = (metric: Metric, every: number, values: readonly (number | boolean)[], from = 0): Reading[] =>
  values.map((value, index) => reading(from + index * every, metric, value));

export const PLACE = { site: 'les-mirabelles', timezone: 'Europe/Paris', residents: ['r-001'] };

/** What the store would hold: fed batch by batch; everything goes through JSON, as after a restart. */
export const createWorld = (
  rules: readonly Rule[] = RULES,
  settings: (rule: string) => unknown = () => undefined,
  place: Partial<typeof PLACE> = PLACE,
) => {
  const alerts = new Map<string, Alert>();
  const events: AlertEvent[] = [];
  let memory = new Map<string, unknown>();
  const kept = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;
  const open = () =>
    new Map(
      [...alerts.values()].filter(({ workflow }) => workflow !== 'closed').map((alert) => [alert.episode, alert]),
    );

  const feed = (readings: readonly Reading[], now?: EpochMillis) => {
    const until = now ?? Math.max(START, ...readings.map(({ receivedAt }) => receivedAt));
    const output = evaluate(rules, { readings, open: open(), memory, settings, now: until, ...place });
    for (const alert of output.alerts) alerts.set(alert.id, kept(alert));
    events.push(...kept(output.events));
    for (const [key, value] of output.memory) {
      if (value === undefined) memory.delete(key);
      else memory.set(key, value);
    }
    memory = new Map(kept([...memory]));
    return output;
  };

  return {
    feed,
    tick: (at: number) => feed([], START + at * SECOND),
    alerts: () => [...alerts.values()],
    events,
    memory: () => memory,
    only: (): Alert => {
      if (alerts.size !== 1) throw new Error(`expected one alert, came ${alerts.size}`);
      return [...alerts.values()][0]!;
    },
    act: (alert: Alert, action: UserAction, at: number, username = 'lea') => {
      const actor = { username, name: username };
      const result = applyUserAction(alert, action, {
        actor,
        now: START + at * SECOND,
        idempotencyKey: `${username}-${at}`,
      });
      if ('refused' in result) throw new Error(`refused: ${result.refused.code}`);
      alerts.set(result.alert.id, kept(result.alert));
      events.push(result.event);
      return result.alert;
    },
  };
};
