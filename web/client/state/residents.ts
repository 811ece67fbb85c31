/** The rows of the residents table. Pure. */
import type { Metric } from '../../../domain/metrics.js';
import type { AlertView, LatestReading, ResidentView } from '../../protocol.js';
import { compareAlerts, levelOf, severityOf, type Scope } from './queue.js';

export type ResidentSort = 'severity' | 'room' | 'name';

export interface ResidentRow {
  readonly resident: ResidentView;
  /** Open alerts of this resident, worst first. */
  readonly alerts: readonly AlertView[];
}

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

const byRoom = new Intl.Collator('fr', { numeric: true });
const compareRooms = (a: ResidentView, b: ResidentView): number =>
  byRoom.compare(a.room ?? '￿', b.room ?? '￿') || byRoom.compare(a.family, b.family);

/** Matches a room that starts with the words, or a name that contains them; accents and case do not count. */
export const matches = (resident: ResidentView, search: string): boolean => {
  const wanted = fold(search.trim());
  if (wanted === '') return true;
  return fold(resident.room ?? '').startsWith(wanted) || fold(`${resident.given} ${resident.family}`).includes(wanted);
};

const inScope = (resident: ResidentView, scope: Scope): boolean =>
  (scope.site === null || resident.site === scope.site) && (scope.unit === null || resident.unit === scope.unit);

/** The rows to show, in order. Sorting by room or name never moves a critical off the top. */
export const rowsOf = (input: {
  readonly residents: readonly ResidentView[];
  readonly alerts: Iterable<AlertView>;
  readonly scope: Scope;
  readonly sort: ResidentSort;
  readonly search: string;
}): readonly ResidentRow[] => {
  const byResident = new Map<string, AlertView[]>();
  for (const alert of input.alerts) {
    if (!alert.resident || alert.workflow === 'closed') continue;
    byResident.set(alert.resident.id, [...(byResident.get(alert.resident.id) ?? []), alert]);
  }
  const rank = (row: ResidentRow): number => {
    const worst = row.alerts[0];
    if (!worst) return 100;
    if (input.sort !== 'severity') return levelOf(worst) === 'crit' ? 0 : 100;
    return severityOf(worst) * 3 + (worst.workflow === 'open' ? 0 : worst.workflow === 'claimed' ? 1 : 2);
  };
  const inQueueOrder = (a: ResidentRow, b: ResidentRow): number =>
    input.sort === 'severity' && a.alerts[0] && b.alerts[0] ? compareAlerts(a.alerts[0], b.alerts[0]) : 0;
  const compare = (a: ResidentRow, b: ResidentRow): number =>
    rank(a) - rank(b) ||
    inQueueOrder(a, b) ||
    (input.sort === 'name'
      ? byRoom.compare(a.resident.family, b.resident.family)
      : compareRooms(a.resident, b.resident));
  return input.residents
    .filter((resident) => inScope(resident, input.scope) && matches(resident, input.search))
    .map((resident) => ({ resident, alerts: (byResident.get(resident.id) ?? []).sort(compareAlerts) }))
    .sort(compare);
};

/** The newest reading among metrics that answer the same question (a pulse from an oximeter or an ECG). */
export const newestOf = (
  readings: ReadonlyMap<Metric, LatestReading> | undefined,
  metrics: readonly Metric[],
): LatestReading | null =>
  metrics
    .map((metric) => readings?.get(metric))
    .filter((reading) => reading !== undefined)
    .reduce<LatestReading | null>(
      (best, reading) => (best && Date.parse(best.time) >= Date.parse(reading.time) ? best : reading),
      null,
    );

export interface Flag {
  readonly alert: AlertView;
  readonly sign: '<' | '>' | null;
  readonly limit: number | null;
}

/** The alert that marks a cell: its condition still holds and it is about one of these metrics. */
export const flagOf = (alerts: readonly AlertView[], metrics: readonly Metric[]): Flag | null => {
  const alert = alerts.find(
    (one) =>
      one.metric !== null && metrics.includes(one.metric) && one.condition !== 'ended' && one.category !== 'technical',
  );
  if (!alert) return null;
  const limit = alert.evidence.findLast((one) => metrics.includes(one.metric))?.limit ?? null;
  return { alert, limit, sign: alert.direction === 'low' ? '<' : alert.direction === 'high' ? '>' : null };
};

/** Stale by the server's word, or because its instant has passed since. `now` is server time. */
export const isStale = (reading: LatestReading, now: number): boolean =>
  reading.stale || now >= Date.parse(reading.staleAt);
