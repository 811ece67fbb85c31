import type { Alert } from '../../domain/alert.js';
import { SECOND, type EpochMillis, type Millis } from '../../domain/time.js';
import { dueAt } from './escalation.js';

/** How a sink stands; lag is the age of the oldest reading it has not taken. */
export interface SinkState {
  readonly name: string;
  readonly lag: Millis;
}

export interface WatchdogInput {
  readonly alerts: readonly Alert[];
  readonly sinks: readonly SinkState[];
  /** When each alert, at its present version, was first seen by the watchdog: `id/version`. */
  readonly seen: ReadonlyMap<string, EpochMillis>;
  readonly now: EpochMillis;
}

/** Stable codes: `escalation.late` names alerts by id, `sink.stuck` names sinks. */
export interface Fault {
  readonly code: 'escalation.late' | 'sink.stuck';
  readonly site: string | null;
  readonly subject: string;
}

/** A step may be this late before the watchdog believes that nobody executes it. */
export const LATE: Millis = 30 * SECOND;
/** A sink may be this far behind before it counts as standing still. */
export const STUCK: Millis = 600 * SECOND;

export const seenKey = ({ id, version }: Pick<Alert, 'id' | 'version'>): string => `${id}/${version}`;

/** What should have happened and did not: a critical alert past its next step, a sink that does not move. */
export const faultsOf = ({ alerts, sinks, seen, now }: WatchdogInput): Fault[] => {
  const late = alerts.filter((alert) => {
    const due = alert.priority === 'high' ? dueAt(alert) : null;
    if (due === null) return false;
    // An alert that was never planned is due since we know of it.
    return Math.max(due, seen.get(seenKey(alert)) ?? now) + LATE < now;
  });
  return [
    ...late.map(({ id, site }): Fault => ({ code: 'escalation.late', site, subject: id })),
    ...sinks.flatMap(({ name, lag }): Fault[] =>
      lag > STUCK ? [{ code: 'sink.stuck', site: null, subject: name }] : [],
    ),
  ];
};
