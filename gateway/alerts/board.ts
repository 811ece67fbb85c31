import type { Alert, AlertEvent } from '../../domain/alert.js';
import { nextTimer, transition, type SystemContext, type Timers } from '../../domain/lifecycle.js';
import type { SystemEventKind } from '../../domain/lifecycle-table.js';
import type { EpochMillis } from '../../domain/time.js';

/** What must be written, in the same transaction as the readings. */
export interface EngineOutput {
  /** Alerts created or changed, with `version` one more per event. */
  readonly alerts: readonly Alert[];
  readonly events: readonly AlertEvent[];
  /** Changed memory; `undefined` = delete the key. Values are JSON. */
  readonly memory: ReadonlyMap<string, unknown>;
}

interface BoardInput {
  readonly open: ReadonlyMap<string, Alert>;
  readonly memory: ReadonlyMap<string, unknown>;
}

/** When a memory asks to be woken; null = it does not. */
export const wakeAtOf = (memory: unknown): EpochMillis | null => {
  if (typeof memory !== 'object' || memory === null || !('wakeAt' in memory)) return null;
  return typeof memory.wakeAt === 'number' ? memory.wakeAt : null;
};

/** The working state of one evaluation: what came in, overlaid with what changed. */
export const createBoard = ({ open, memory }: BoardInput, timers: Timers) => {
  const current = new Map(open);
  const changed = new Map<string, Alert>();
  const events: AlertEvent[] = [];
  const memoryChanges = new Map<string, unknown>();

  const put = (alert: Alert, event: AlertEvent): Alert => {
    changed.set(alert.id, alert);
    events.push(event);
    if (alert.workflow === 'closed') {
      if (current.get(alert.episode)?.id === alert.id) current.delete(alert.episode);
    } else current.set(alert.episode, alert);
    return alert;
  };
  const apply = (alert: Alert, kind: SystemEventKind, context: SystemContext): Alert => {
    const result = transition(alert, kind, context);
    return 'refused' in result ? alert : put(result.alert, result.event);
  };
  /** A timer takes effect at its deadline, however late it is noticed: the same in any cut of the batches. */
  const runTimers = (alert: Alert, until: EpochMillis): Alert => {
    let latest = alert;
    for (let timer = nextTimer(latest, timers); timer && timer.at <= until; timer = nextTimer(latest, timers)) {
      const before = latest;
      latest = apply(latest, timer.kind, { at: timer.at, actor: { kind: 'system', id: 'lifecycle' } });
      if (latest === before) break;
    }
    return latest;
  };
  const openOf = (episode: string, until: EpochMillis): Alert | null => {
    const alert = current.get(episode);
    if (!alert) return null;
    const latest = runTimers(alert, until);
    return latest.workflow === 'closed' ? null : latest;
  };

  return {
    put,
    apply,
    openOf,
    recall: (key: string): unknown => (memoryChanges.has(key) ? memoryChanges.get(key) : memory.get(key)),
    remember: (key: string, value: unknown): void => void memoryChanges.set(key, value),
    /** Episodes of open alerts whose name starts so. */
    episodes: (prefix: string): string[] => [...current.keys()].filter((episode) => episode.startsWith(prefix)).sort(),
    /** Keys of memories that asked to be woken before `until`, the earliest first. */
    sleepers: (until: EpochMillis): string[] => {
      const due: [at: EpochMillis, key: string][] = [];
      const look = (key: string, value: unknown): void => {
        const at = wakeAtOf(value);
        if (at !== null && at < until) due.push([at, key]);
      };
      for (const [key, value] of memory) if (!memoryChanges.has(key)) look(key, value);
      for (const [key, value] of memoryChanges) look(key, value);
      return due.sort(([a, one], [b, other]) => a - b || (one < other ? -1 : 1)).map(([, key]) => key);
    },
    runAllTimers: (now: EpochMillis): void => {
      for (const alert of [...current.values()]) runTimers(alert, now);
    },
    output: (): EngineOutput => ({ alerts: [...changed.values()], events, memory: memoryChanges }),
  };
};
export type Board = ReturnType<typeof createBoard>;
