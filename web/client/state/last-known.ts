/** Rooms with an alert, kept on this browser for the day nothing answers. Rooms only: never a name or a value. */
import type { AlertView } from '../../protocol.js';
import { compareAlerts, levelOf } from './queue.js';

export interface LastKnown {
  readonly at: number;
  readonly rooms: readonly string[];
}

const KEY = 'vigie.rooms';

/** Rooms of the alerts that are not closed, worst first, each once. */
export const roomsToVisit = (alerts: Iterable<AlertView>): readonly string[] => [
  ...new Set(
    [...alerts]
      .filter((alert) => alert.workflow !== 'closed' && levelOf(alert) !== 'tech')
      .sort(compareAlerts)
      .map((alert) => alert.room ?? alert.resident?.room ?? null)
      .filter((room) => room !== null),
  ),
];

export const saveLastKnown = (known: LastKnown): void => {
  try {
    localStorage.setItem(KEY, JSON.stringify(known));
  } catch {
    // Nothing is kept: the error page then says that no alert is known.
  }
};

export const loadLastKnown = (): LastKnown | null => {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? 'null') as LastKnown | null;
    return stored && typeof stored.at === 'number' && Array.isArray(stored.rooms) ? stored : null;
  } catch {
    return null;
  }
};

export const forgetLastKnown = (): void => {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
};
