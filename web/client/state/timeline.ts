/** Alerts of one resident, told from the newest fact to the oldest. Pure. */
import type { EpochMillis } from '../../../domain/time.js';
import type { AlertView } from '../../protocol.js';

export interface Moment {
  readonly at: EpochMillis;
  readonly kind: 'opened' | 'closed';
  readonly alert: AlertView;
}

/** One list of two: the newer version of an alert wins. */
export const mergeAlerts = (past: readonly AlertView[], current: Iterable<AlertView>): readonly AlertView[] => {
  const byId = new Map(past.map((alert) => [alert.id, alert]));
  for (const alert of current) {
    const known = byId.get(alert.id);
    if (!known || known.version <= alert.version) byId.set(alert.id, alert);
  }
  return [...byId.values()].sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
};

/** Openings and closings since an instant, newest first; an alert that still stands is told whatever its age. */
export const timelineOf = (alerts: readonly AlertView[], since: EpochMillis): readonly Moment[] =>
  alerts
    .flatMap((alert): Moment[] => [
      { at: Date.parse(alert.startedAt), kind: 'opened', alert },
      ...(alert.closedAt === null ? [] : [{ at: Date.parse(alert.closedAt), kind: 'closed' as const, alert }]),
    ])
    .filter(({ at, alert }) => at >= since || alert.closedAt === null)
    .sort((a, b) => b.at - a.at || (a.kind === 'closed' ? -1 : 1));

/** Whole years at an instant; null when the date is not known. */
export const ageOf = (birthDate: string | null, now: EpochMillis): number | null => {
  const [year, month, day] = (birthDate ?? '').split('-').map(Number);
  if (!year || !month || !day) return null;
  const today = new Date(now);
  const before =
    today.getUTCMonth() + 1 < month || (today.getUTCMonth() + 1 === month && today.getUTCDate() < day) ? 1 : 0;
  return today.getUTCFullYear() - year - before;
};
