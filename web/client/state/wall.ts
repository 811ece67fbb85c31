/** What stands on the wall: exceptions only, worst first (design §5). Pure. */
import { type EpochMillis, MINUTE } from '../../../domain/time.js';
import type { AlertView } from '../../protocol.js';
import { messageParts } from './message.js';
import { compareAlerts, type Level, levelOf, type Scope } from './queue.js';

const FEW = 8;
const MANY = 12;
const COLUMNS = 4;

export interface Wall {
  readonly tiles: readonly AlertView[];
  /** Three rows of smaller tiles from nine on; more only when criticals ask for it. */
  readonly rows: number;
  readonly counts: ReadonlyMap<Level, number>;
  /** Alerts for which there is no tile, by level. */
  readonly hidden: ReadonlyMap<Level, number>;
  /** Nothing but planned measures and equipment: a sentence instead of tiles. */
  readonly calm: boolean;
}

const countBy = (alerts: readonly AlertView[]): ReadonlyMap<Level, number> => {
  const counts = new Map<Level, number>();
  for (const alert of alerts) counts.set(levelOf(alert), (counts.get(levelOf(alert)) ?? 0) + 1);
  return counts;
};

/** Sorts every alert of a place; all criticals have a tile whatever their number. */
export const wallOf = (alerts: Iterable<AlertView>, scope: Scope): Wall => {
  const open = [...alerts]
    .filter(
      (alert) =>
        alert.workflow !== 'closed' &&
        !(alert.condition === 'pending' && alert.signal === 'off') &&
        (scope.site === null || alert.site === scope.site) &&
        (scope.unit === null || alert.resident?.unit === scope.unit || levelOf(alert) === 'crit'),
    )
    .sort(compareAlerts);
  const criticals = open.filter((alert) => levelOf(alert) === 'crit').length;
  const room = Math.max(MANY, criticals);
  const tiles = open.slice(0, room);
  return {
    tiles,
    rows: tiles.length <= FEW ? 2 : Math.max(MANY / COLUMNS, Math.ceil(tiles.length / COLUMNS)),
    counts: countBy(open),
    hidden: countBy(open.slice(room)),
    calm: open.every((alert) => ['due', 'tech'].includes(levelOf(alert))),
  };
};

/** « O. D. »: no name on a wall, whoever is signed in. The server sends a display initials already. */
export const initialsOf = (person: { readonly given: string; readonly family: string } | null): string =>
  person === null
    ? ''
    : [person.given, person.family]
        .map((name) => [...name.trim()][0] ?? '')
        .filter(Boolean)
        .map((letter) => `${letter.toUpperCase()}.`)
        .join(' ');

const STEPS: readonly (readonly [x: number, y: number])[] = [
  [0, 0],
  [3, 0],
  [3, 3],
  [0, 3],
  [-3, 3],
  [-3, 0],
  [-3, -3],
  [0, -3],
  [3, -3],
];
const SHIFT_EVERY = 5 * MINUTE;

/** A few pixels every five minutes, so that no letter burns into the screen. */
export const shiftAt = (now: EpochMillis): readonly [x: number, y: number] =>
  STEPS[Math.floor(now / SHIFT_EVERY) % STEPS.length] ?? [0, 0];

export interface Fact {
  readonly what: string;
  readonly value: string;
  readonly limit: string;
  readonly size: 'large' | 'medium' | 'small';
}

/** Wide letters at 80 px leave room for seven and a half; a limit is written smaller. */
const sizeOf = (what: string, value: string, limit: string): Fact['size'] => {
  const length = value.length + limit.length * 0.6;
  if (length <= 7.5) return 'large';
  return length <= 11 || (what === '' && length <= 16) ? 'medium' : 'small';
};

/**
 * The server's text laid out for a tile: « SpO₂ / 87 % < 90 », « SpO₂, pouls / rien reçu ». The limit leaves out a unit
 * that is the value's own; nothing is ever cut, so longer facts are written smaller.
 */
export const factOf = (message: string): Fact => {
  const parts = messageParts(message);
  if (parts.limit !== '') {
    const limit = parts.limit.replace(/^([<>≤≥]\s?[\d.,]+)\s?[^\d\s]\S*$/u, '$1');
    return { ...parts, limit, size: sizeOf(parts.what, parts.value, limit) };
  }
  const split = /^(.+?)\s*:\s+(.+)$|^(.+), (.+)$/u.exec(message);
  const what = split?.[1] ?? split?.[3] ?? '';
  const value = split?.[2] ?? split?.[4] ?? message;
  return { what, value, limit: '', size: sizeOf(what, value, '') };
};
