import type { SystemContext } from '../../domain/lifecycle.js';
import { PRIORITIES, type Alert, type Evidence, type Priority } from '../../domain/alert.js';
import type { Metric } from '../../domain/metrics.js';
import { MINUTE, type EpochMillis, type Millis } from '../../domain/time.js';
import type { Board } from './board.js';
import { episodeOf, newAlert, RETROSPECTIVE, type Cause } from './episode.js';
import type { Finding, Rule } from './rule.js';

/** What the engine remembers of an episode that has rung, until it is over: how it knows that somebody closed it. */
interface Rung {
  readonly priority: Priority;
  /** When a breach was first seen without an open alert; null = never. */
  readonly closedSeen: EpochMillis | null;
}
export interface Seen {
  readonly finding: Finding;
  readonly cause: Cause;
  readonly episode: string;
}

const above = (a: Priority, b: Priority): boolean => PRIORITIES.indexOf(a) < PRIORITIES.indexOf(b);

/** First of the alert, then worst and last of the finding. */
const mergedEvidence = (alert: Alert, { evidence }: Finding): readonly Evidence[] => {
  const kept = [...alert.evidence.slice(0, 1), ...evidence.slice(-2)];
  return [...new Map(kept.map((item) => [item.reading, item])).values()];
};

const noteRung = (board: Board, { finding, episode }: Seen, priority: Priority): void => {
  if (finding.direction !== 'event') board.remember(episode, { priority, closedSeen: null } satisfies Rung);
};

/** Another rule that knows better rings for the same thing already, at least as loudly. */
const isTold = (board: Board, rule: Rule, { finding, cause }: Seen): boolean =>
  (rule.defersTo ?? []).some((other) => {
    const sibling = board.openOf(episodeOf(other, cause, finding), cause.at);
    return sibling !== null && sibling.condition !== 'ended' && !above(finding.priority, sibling.priority);
  });

/** No alert is open for this breach: opens one, unless somebody closed it a moment ago and nothing got worse. */
const open = (board: Board, rule: Rule, seen: Seen, reopenAfter: Millis): boolean => {
  const { finding, episode, cause } = seen;
  if (isTold(board, rule, seen)) return false;
  const rung = board.recall(episode) as Rung | undefined;
  const goesOn = finding.direction !== 'event' && !finding.isolated && finding.phase === 'confirmed';
  if (rung && goesOn && !above(finding.priority, rung.priority)) {
    if (rung.closedSeen === null) board.remember(episode, { ...rung, closedSeen: cause.at } satisfies Rung);
    if (cause.at - (rung.closedSeen ?? cause.at) < reopenAfter) return false;
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
const contextOf = (rule: Rule, { at, time }: Cause): SystemContext => ({
  at,
  time,
  actor: { kind: 'rule', id: rule.name },
});

/** One finding → at most one transition of its episode's alert, and the end of a snooze on its opposite. */
export const onFinding = (board: Board, rule: Rule, seen: Seen, reopenAfter: Millis): void => {
  const { finding, cause, episode } = seen;
  const context = contextOf(rule, cause);
  const alert = board.openOf(episode, cause.at);
  switch (finding.phase) {
    case 'breach':
      if (!alert) open(board, rule, seen, reopenAfter);
      return;
    case 'confirmed': {
      const rings = alert ? confirm(board, alert, seen, context) : open(board, rule, seen, reopenAfter);
      if (!rings || finding.direction === 'event') return;
      const direction = OPPOSITE[finding.direction];
      const other = board.openOf(episodeOf(rule.name, cause, { ...finding, direction }), cause.at);
      if (other) board.apply(other, 'opposite_direction', context);
      return;
    }
    case 'recovering':
      if (alert) board.apply(alert, 'back_in_range', context);
      return;
    case 'lost':
      if (alert) board.apply(alert, 'data_lost', { ...context, message: finding.message });
      return;
    case 'normal':
      if (alert) board.apply(alert, 'ended', context);
      if (board.recall(episode) !== undefined) board.remember(episode, undefined);
      return;
  }
};

/** Silence is no recovery: active clinical alerts of these metrics of the subject become indeterminate, or come back. */
export const onData = (
  board: Board,
  rule: Rule,
  cause: Cause,
  { kind, metrics }: { readonly kind: 'data_lost' | 'data_back'; readonly metrics: readonly Metric[] },
): void => {
  for (const episode of board.episodes(`${cause.site}/${cause.subject}/`)) {
    const alert = board.openOf(episode, cause.at);
    if (!alert || alert.rule === rule.name || alert.category !== 'clinical') continue;
    if (alert.metric !== null && metrics.includes(alert.metric)) board.apply(alert, kind, contextOf(rule, cause));
  }
};

/** Late events of one metric closer than this are one entry: a call repeated by a device that found its network. */
const SAME_LATE_EVENT: Millis = 10 * MINUTE;

/** What a late reading would have rung for is listed once per episode and priority: no sound, nothing to do. */
export const onLateFinding = (board: Board, rule: Rule, { finding, cause, episode: live }: Seen): void => {
  const episode = `${live}${RETROSPECTIVE}`;
  if (finding.phase === 'normal') {
    if (finding.direction !== 'event' && board.recall(episode) !== undefined) board.remember(episode, undefined);
    return;
  }
  if (finding.phase !== 'confirmed') return;
  const listed = board.recall(episode) as { readonly priority: Priority; readonly time: EpochMillis } | undefined;
  const isSame = finding.direction !== 'event' || Math.abs(cause.time - (listed?.time ?? 0)) < SAME_LATE_EVENT;
  if (listed && isSame && !above(finding.priority, listed.priority)) return;
  const { alert, event } = newAlert(rule.name, { finding, cause, episode }, 'retrospective');
  board.put(alert, event);
  board.remember(episode, { priority: finding.priority, time: cause.time });
};
