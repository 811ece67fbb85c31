import { nextTimer, TIMERS, transition, type SystemContext, type Timers } from '../../domain/lifecycle.js';
import type { SystemEventKind } from '../../domain/lifecycle-table.js';
import { PRIORITIES, type Alert, type AlertEvent, type Evidence, type Priority } from '../../domain/alert.js';
import type { Reading } from '../../domain/reading.js';
import { MINUTE, type EpochMillis, type Millis } from '../../domain/time.js';
import { episodeOf, newAlert, subjectOf } from './episode.js';
import type { Finding, Rule } from './rule.js';
import { paramsOf, rulesFor } from './rule-index.js';

/** What the engine must know before it thinks: everything is a value, loaded in the same transaction. */
export interface EngineInput {
  /** New readings of one site, in the order they were accepted; duplicates already removed. Empty = a tick. */
  readonly readings: readonly Reading[];
  /** Alerts of the site that are not closed, by episode. */
  readonly open: ReadonlyMap<string, Alert>;
  /** Rule memory by key `rule/subject/metric`, and the engine's own by episode; a missing key is an empty memory. */
  readonly memory: ReadonlyMap<string, unknown>;
  /** Settings of a rule for a subject, raw (partial) as stored; `undefined` = defaults. */
  readonly settings: (rule: string, resident: string | null) => unknown;
  readonly now: EpochMillis;
}

/** What must be written, in the same transaction as the readings. */
export interface EngineOutput {
  /** Alerts created or changed, with `version` one more per event. */
  readonly alerts: readonly Alert[];
  readonly events: readonly AlertEvent[];
  /** Changed memory; `undefined` = delete the key. Values are JSON. */
  readonly memory: ReadonlyMap<string, unknown>;
}

export interface EngineOptions {
  readonly timers?: Timers;
  /** A breach that goes on after its alert was closed becomes a new alert after this long. */
  readonly reopenAfter?: Millis;
}
export const REOPEN_AFTER: Millis = 10 * MINUTE;

/** What the engine remembers of an episode that has rung, until it is over: how it knows that somebody closed it. */
interface Rung {
  readonly priority: Priority;
  /** When a breach was first seen without an open alert; null = never. */
  readonly closedSeen: EpochMillis | null;
}

const above = (a: Priority, b: Priority): boolean => PRIORITIES.indexOf(a) < PRIORITIES.indexOf(b);

/** First of the alert, then worst and last of the finding. */
const mergedEvidence = (alert: Alert, { evidence }: Finding): readonly Evidence[] => {
  const kept = [...alert.evidence.slice(0, 1), ...evidence.slice(-2)];
  return [...new Map(kept.map((item) => [item.reading, item])).values()];
};

/** The working state of one evaluation: what came in, overlaid with what changed. */
const createBoard = ({ open, memory }: EngineInput, timers: Timers) => {
  const current = new Map(open);
  const changed = new Map<string, Alert>();
  const events: AlertEvent[] = [];
  const memoryChanges = new Map<string, unknown>();

  const put = (alert: Alert, event: AlertEvent): Alert => {
    changed.set(alert.id, alert);
    events.push(event);
    if (alert.workflow === 'closed') current.delete(alert.episode);
    else current.set(alert.episode, alert);
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

  return {
    put,
    apply,
    runTimers,
    recall: (key: string): unknown => (memoryChanges.has(key) ? memoryChanges.get(key) : memory.get(key)),
    remember: (key: string, value: unknown): void => void memoryChanges.set(key, value),
    openOf: (episode: string, until: EpochMillis): Alert | null => {
      const alert = current.get(episode);
      if (!alert) return null;
      const latest = runTimers(alert, until);
      return latest.workflow === 'closed' ? null : latest;
    },
    runAllTimers: (now: EpochMillis): void => {
      for (const alert of [...current.values()]) runTimers(alert, now);
    },
    output: (): EngineOutput => ({ alerts: [...changed.values()], events, memory: memoryChanges }),
  };
};
type Board = ReturnType<typeof createBoard>;

interface Seen {
  readonly finding: Finding;
  readonly reading: Reading;
  readonly episode: string;
}

const noteRung = (board: Board, { finding, episode }: Seen, priority: Priority): void => {
  if (finding.direction !== 'event') board.remember(episode, { priority, closedSeen: null } satisfies Rung);
};

/** No alert is open for this breach: opens one, unless somebody closed it a moment ago and nothing got worse. */
const open = (board: Board, rule: Rule, seen: Seen, reopenAfter: Millis): boolean => {
  const { finding, episode, reading } = seen;
  const rung = board.recall(episode) as Rung | undefined;
  const goesOn = finding.direction !== 'event' && !finding.isolated && finding.phase === 'confirmed';
  if (rung && goesOn && !above(finding.priority, rung.priority)) {
    if (rung.closedSeen === null) board.remember(episode, { ...rung, closedSeen: reading.receivedAt } satisfies Rung);
    if (reading.receivedAt - (rung.closedSeen ?? reading.receivedAt) < reopenAfter) return false;
  }
  const kind = finding.phase === 'breach' ? 'breach' : 'confirmed';
  const { alert, event } = newAlert(rule.name, seen, kind);
  board.put(alert, event);
  if (kind === 'confirmed') noteRung(board, seen, finding.priority);
  return kind === 'confirmed';
};

/** A confirmed breach of an open alert: says whether it rings anew. */
const confirm = (board: Board, alert: Alert, seen: Seen, context: SystemContext): boolean => {
  const { finding } = seen;
  const news = { ...context, message: finding.message, evidence: mergedEvidence(alert, finding) };
  if (above(finding.priority, alert.priority)) {
    board.apply(alert, 'severity_rise', { ...news, priority: finding.priority });
    noteRung(board, seen, finding.priority);
    return true;
  }
  // A priority never falls while an alert is open: a lesser finding keeps it alive and rewrites nothing.
  const lesser = above(alert.priority, finding.priority);
  if (alert.condition !== 'active') {
    board.apply(alert, 'confirmed', lesser ? context : news);
    noteRung(board, seen, alert.priority);
    return true;
  }
  if (!lesser && finding.message.fr !== alert.message.fr) board.apply(alert, 'worsened', news);
  return false;
};

const OPPOSITE = { low: 'high', high: 'low' } as const;

/** One finding → at most one transition of its episode's alert, and the end of a snooze on its opposite. */
const onFinding = (board: Board, rule: Rule, seen: Seen, reopenAfter: Millis): void => {
  const { finding, reading, episode } = seen;
  const at = reading.receivedAt;
  const context: SystemContext = { at, time: reading.time, actor: { kind: 'rule', id: rule.name } };
  const alert = board.openOf(episode, at);
  switch (finding.phase) {
    case 'breach':
      if (!alert) open(board, rule, seen, reopenAfter);
      return;
    case 'confirmed': {
      const rings = alert ? confirm(board, alert, seen, context) : open(board, rule, seen, reopenAfter);
      if (!rings || finding.direction === 'event') return;
      const direction = OPPOSITE[finding.direction];
      const other = board.openOf(episodeOf(rule.name, reading, { ...finding, direction }), at);
      if (other) board.apply(other, 'opposite_direction', context);
      return;
    }
    case 'recovering':
      if (alert) board.apply(alert, 'back_in_range', context);
      return;
    case 'normal':
      if (alert) board.apply(alert, 'ended', context);
      if (board.recall(episode) !== undefined) board.remember(episode, undefined);
      return;
  }
};

/**
 * Runs the rules over new readings and lets time pass until `now`. Pure and deterministic: the same readings give the
 * same alerts, ids and events however they are cut into batches. Late readings never ring: rules do not see them.
 */
export const evaluate = (
  rules: readonly Rule[],
  input: EngineInput,
  { timers = TIMERS, reopenAfter = REOPEN_AFTER }: EngineOptions = {},
): EngineOutput => {
  const board = createBoard(input, timers);
  const index = rulesFor(rules);
  for (const reading of input.readings) {
    const wanting = reading.late ? undefined : index.get(reading.metric);
    if (!wanting) continue;
    for (const rule of wanting) {
      const key = `${rule.name}/${subjectOf(reading)}/${reading.metric}`;
      const memory = board.recall(key);
      const params = paramsOf(rule, input.settings(rule.name, reading.resident));
      const result = rule.evaluate({ reading, params, memory, now: reading.receivedAt });
      if (result.memory !== memory) board.remember(key, result.memory);
      for (const finding of result.findings)
        onFinding(board, rule, { finding, reading, episode: episodeOf(rule.name, reading, finding) }, reopenAfter);
    }
  }
  board.runAllTimers(input.now);
  return board.output();
};
