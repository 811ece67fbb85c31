/** Which alerts stand where, and in which order (design §2.2, §4). Pure. */
import type { AlertView } from '../../protocol.js';

/** `stop` = surveillance interrompue: a technical alert that leaves a resident without watch. */
export type Level = 'crit' | 'stop' | 'med' | 'low' | 'due' | 'tech';

const LEVELS: readonly Level[] = ['crit', 'stop', 'med', 'low', 'due', 'tech'];

/** The level to show, from what the server said of the alert; never from a value. */
export const levelOf = (alert: Pick<AlertView, 'category' | 'priority' | 'resident'>): Level => {
  if (alert.category === 'measure_due') return 'due';
  if (alert.category === 'technical') return alert.priority !== 'low' && alert.resident ? 'stop' : 'tech';
  return alert.priority === 'high' ? 'crit' : alert.priority === 'medium' ? 'med' : 'low';
};

export const severityOf = (alert: AlertView): number => LEVELS.indexOf(levelOf(alert));

/** Severity, then unclaimed before claimed, then the oldest. The identifier makes the order total. */
export const compareAlerts = (a: AlertView, b: AlertView): number =>
  severityOf(a) - severityOf(b) ||
  Number(a.workflow !== 'open') - Number(b.workflow !== 'open') ||
  Date.parse(a.startedAt) - Date.parse(b.startedAt) ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export interface Scope {
  /** Null = every site the person may see. */
  readonly site: string | null;
  /** Null = every unit. */
  readonly unit: string | null;
}

const inScope = (alert: AlertView, scope: Scope): boolean =>
  (scope.site === null || alert.site === scope.site) &&
  (scope.unit === null || alert.resident?.unit === scope.unit || levelOf(alert) === 'crit');

export interface Board {
  readonly queue: readonly AlertView[];
  readonly snoozed: readonly AlertView[];
  readonly due: readonly AlertView[];
  readonly technical: readonly AlertView[];
  /** Alerts nobody has taken on sites that are not shown. */
  readonly elsewhere: readonly AlertView[];
}

/** Not confirmed yet and silent: not an alert for anybody. */
const isWaiting = (alert: AlertView): boolean => alert.condition === 'pending' && alert.signal === 'off';

/** Sorts every open alert into its list. A unit filter never hides a critical one. */
export const boardOf = (alerts: Iterable<AlertView>, scope: Scope): Board => {
  const board = {
    queue: [] as AlertView[],
    snoozed: [] as AlertView[],
    due: [] as AlertView[],
    technical: [] as AlertView[],
    elsewhere: [] as AlertView[],
  };
  for (const alert of alerts) {
    if (alert.workflow === 'closed' || isWaiting(alert)) continue;
    const level = levelOf(alert);
    if (scope.site !== null && alert.site !== scope.site) {
      if (alert.workflow === 'open' && level !== 'tech' && level !== 'due') board.elsewhere.push(alert);
    } else if (!inScope(alert, scope)) continue;
    else if (level === 'tech') board.technical.push(alert);
    else if (level === 'due') board.due.push(alert);
    else if (alert.workflow === 'snoozed') board.snoozed.push(alert);
    else board.queue.push(alert);
  }
  for (const list of Object.values(board)) list.sort(compareAlerts);
  return board;
};

export interface OrderInput {
  /** What is on screen now, top to bottom. */
  readonly shown: readonly string[];
  readonly sorted: readonly AlertView[];
  /** A pointer is down, went up less than 2 s ago, or the person froze the order. */
  readonly held: boolean;
}

/**
 * The order to show. While held, every card keeps its place, even one that left the queue; new criticals slide in
 * above everything and other new alerts below.
 */
export const orderOf = ({ shown, sorted, held }: OrderInput): readonly string[] => {
  const ids = sorted.map(({ id }) => id);
  if (!held) return ids;
  const known = new Set(shown);
  const fresh = sorted.filter(({ id }) => !known.has(id));
  const criticals = fresh.filter((alert) => levelOf(alert) === 'crit').map(({ id }) => id);
  const others = fresh.filter((alert) => levelOf(alert) !== 'crit').map(({ id }) => id);
  return [...criticals, ...shown, ...others];
};
