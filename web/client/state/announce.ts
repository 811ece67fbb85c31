/** What changed between two looks at the alerts, for people who listen to the page. Pure. */
import type { AlertView } from '../../protocol.js';
import { levelOf } from './queue.js';

export interface Changes {
  /** Criticals that are to be taken and were not a moment ago. */
  readonly criticals: readonly AlertView[];
  readonly opened: number;
  readonly closed: number;
  /** Name of who took → how many, others only. */
  readonly claimed: ReadonlyMap<string, number>;
}

type Alerts = ReadonlyMap<string, AlertView>;

const isOpen = (alert: AlertView | undefined): boolean => alert?.workflow === 'open';

/** Compares; `me` is not told of what they did themselves. */
export const changesOf = (before: Alerts, after: Alerts, me: string): Changes => {
  const criticals: AlertView[] = [];
  const claimed = new Map<string, number>();
  let opened = 0;
  let closed = 0;
  for (const alert of after.values()) {
    const old = before.get(alert.id);
    if (isOpen(alert) && !isOpen(old)) {
      opened += 1;
      if (levelOf(alert) === 'crit') criticals.push(alert);
    } else if (isOpen(alert) && old && levelOf(alert) === 'crit' && levelOf(old) !== 'crit') criticals.push(alert);
    if (alert.owner && alert.owner.username !== me && old?.owner?.username !== alert.owner.username && old)
      claimed.set(alert.owner.name, (claimed.get(alert.owner.name) ?? 0) + 1);
    if (alert.workflow === 'closed' && old && old.workflow !== 'closed') closed += 1;
  }
  return { criticals, opened, closed, claimed };
};

/** Adds up what waits to be said. */
export const addChanges = (a: Changes, b: Changes): Changes => {
  const claimed = new Map(a.claimed);
  for (const [name, count] of b.claimed) claimed.set(name, (claimed.get(name) ?? 0) + count);
  return {
    criticals: [...a.criticals, ...b.criticals],
    opened: a.opened + b.opened,
    closed: a.closed + b.closed,
    claimed,
  };
};

export const noChanges: Changes = { criticals: [], opened: 0, closed: 0, claimed: new Map() };

export const isQuiet = (changes: Changes): boolean =>
  changes.opened === 0 && changes.closed === 0 && changes.claimed.size === 0;

/** « SpO₂ 87 % < 90 % » as it is read aloud: « SpO₂ 87 pour cent, limite 90 pour cent ». */
export const spoken = (message: string, words: { percent: string; limit: string }): string =>
  message
    .replace(/\s*[<>≤≥]\s*/g, `, ${words.limit} `)
    .replace(/\s*%/g, ` ${words.percent}`)
    .trim();
