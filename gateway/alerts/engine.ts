import { TIMERS, type Timers } from '../../domain/lifecycle.js';
import type { Alert } from '../../domain/alert.js';
import type { Reading } from '../../domain/reading.js';
import { HOUR, MINUTE, type EpochMillis, type Millis } from '../../domain/time.js';
import { createBoard, wakeAtOf, type Board, type EngineOutput } from './board.js';
import { causeOf, deadlineOf, episodeOf, type Cause } from './episode.js';
import { onData, onFinding, onLateFinding } from './findings.js';
import type { Rule, RuleOutput } from './rule.js';
import { paramsOf, ruleNamed, rulesFor, starters } from './rule-index.js';

export type { EngineOutput } from './board.js';

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
  /** Needed for what the clock does to a tick's subjects. */
  readonly site?: string;
  /** IANA zone of the site; default Europe/Paris. */
  readonly timezone?: string;
  /** Everybody who may have settings for a rule that waits for what never came. */
  readonly residents?: readonly string[];
  /** Everything received until then has been evaluated: the deadlines of rules run no further. Default `now`. */
  readonly heardUntil?: EpochMillis;
}

export interface EngineOptions {
  readonly timers?: Timers;
  /** A breach that goes on after its alert was closed becomes a new alert after this long. */
  readonly reopenAfter?: Millis;
}
export const REOPEN_AFTER: Millis = 10 * MINUTE;
export const DEFAULT_ZONE = 'Europe/Paris';

/** A deadline that sets itself again and again in one instant is a faulty rule: it must not stop the others. */
const MOST_WAKES = 1_000;
/** Late readings further apart than this have nothing to do with each other. */
const LATE_TOGETHER: Millis = HOUR;

const keyOf = (rule: Rule, subject: string, metric: string): string =>
  `${rule.name}/${subject}/${rule.keeps === 'subject' ? '-' : metric}`;

/** One evaluation: the rules, their settings and the board they write on. */
const createRun = (input: EngineInput, board: Board, reopenAfter: Millis) => {
  const timezone = input.timezone ?? DEFAULT_ZONE;

  const settle = (rule: Rule, cause: Cause, { findings, lost, back }: RuleOutput<unknown>): void => {
    for (const finding of findings)
      onFinding(board, rule, { finding, cause, episode: episodeOf(rule.name, cause, finding) }, reopenAfter);
    if (lost) onData(board, rule, cause, { kind: 'data_lost', metrics: lost });
    if (back) onData(board, rule, cause, { kind: 'data_back', metrics: back });
  };

  /** Deadlines take effect when they were due, however late they are noticed. */
  const wake = (rule: Rule, key: string, { site, subject }: Pick<Cause, 'site' | 'subject'>, until: EpochMillis) => {
    if (!rule.wake) return;
    for (let count = 0; count < MOST_WAKES; count += 1) {
      const memory = board.recall(key);
      const at = wakeAtOf(memory);
      if (at === null || at >= until) return;
      const cause = deadlineOf(site, subject, at);
      const params = paramsOf(rule, input.settings(rule.name, cause.resident));
      const result = rule.wake({ params, memory, at, timezone });
      if (result.memory !== memory) board.remember(key, result.memory);
      settle(rule, cause, result);
    }
  };

  const see = (reading: Reading, wanting: readonly Rule[]): void => {
    const cause = causeOf(reading);
    for (const rule of wanting) wake(rule, keyOf(rule, cause.subject, reading.metric), cause, reading.receivedAt);
    for (const rule of wanting) {
      const key = keyOf(rule, cause.subject, reading.metric);
      const memory = board.recall(key);
      const params = paramsOf(rule, input.settings(rule.name, reading.resident));
      const result = rule.evaluate({ reading, params, memory, now: reading.receivedAt, timezone });
      if (result.memory !== memory) board.remember(key, result.memory);
      settle(rule, cause, result);
    }
  };

  /** Late readings meet a memory of their own: they neither ring nor clear, and what they show is listed. */
  const seeLate = (reading: Reading, wanting: readonly Rule[]): void => {
    const cause = causeOf(reading);
    for (const rule of wanting) {
      if (!rule.retrospective) continue;
      const key = `late/${rule.name}/${cause.subject}/${reading.metric}`;
      const kept = board.recall(key) as { readonly at: EpochMillis; readonly memory: unknown } | undefined;
      const memory = kept && Math.abs(reading.time - kept.at) <= LATE_TOGETHER ? kept.memory : undefined;
      const params = paramsOf(rule, input.settings(rule.name, reading.resident));
      const result = rule.evaluate({ reading, params, memory, now: reading.time, timezone });
      if (result.memory !== undefined) board.remember(key, { at: reading.time, memory: result.memory });
      else if (kept) board.remember(key, undefined);
      for (const finding of result.findings)
        onLateFinding(board, rule, { finding, cause, episode: episodeOf(rule.name, cause, finding) });
    }
  };

  /** The subject and rule of a memory key; names contain no slash. */
  const wakeSleepers = (rules: readonly Rule[], site: string, until: EpochMillis): void => {
    for (const key of board.sleepers(until)) {
      const [name = '', subject = ''] = key.split('/', 2);
      const rule = ruleNamed(rules, name);
      if (rule) wake(rule, key, { site, subject }, until);
    }
  };

  const start = (rules: readonly Rule[], residents: readonly string[]): void => {
    for (const rule of starters(rules))
      for (const resident of residents) {
        const raw = input.settings(rule.name, resident);
        const key = `${rule.name}/resident:${resident}/-`;
        if (raw === undefined || board.recall(key) !== undefined) continue;
        const memory = rule.start?.({ params: paramsOf(rule, raw), at: input.now, timezone });
        if (memory !== undefined) board.remember(key, memory);
      }
  };

  return { see, seeLate, wakeSleepers, start };
};

/**
 * Runs the rules over new readings and lets time pass until `now`. Pure and deterministic: the same readings give the
 * same alerts, ids and events however they are cut into batches. A tick (no readings) wakes the rules whose memory
 * asked for it and costs nothing for the others. Late readings never ring.
 */
export const evaluate = (
  rules: readonly Rule[],
  input: EngineInput,
  { timers = TIMERS, reopenAfter = REOPEN_AFTER }: EngineOptions = {},
): EngineOutput => {
  const board = createBoard(input, timers);
  const run = createRun(input, board, reopenAfter);
  const index = rulesFor(rules);
  for (const reading of input.readings) {
    const wanting = index.get(reading.metric);
    if (!wanting) continue;
    if (reading.late) run.seeLate(reading, wanting);
    else run.see(reading, wanting);
  }
  if (input.readings.length === 0 && input.site !== undefined) {
    run.start(rules, input.residents ?? []);
    run.wakeSleepers(rules, input.site, Math.min(input.now, input.heardUntil ?? input.now));
  }
  board.runAllTimers(input.now);
  return board.output();
};
