import { describe, expect, it } from '@jest/globals';
import type { AlertState, Condition, Signal, Workflow } from '../../../domain/alert.js';
import {
  nextState,
  REFUSALS,
  SIGNAL,
  SYSTEM_EVENTS,
  USER_EVENTS,
  type LifecycleEventKind,
} from '../../../domain/lifecycle-table.js';

const CONDITION: Record<string, Condition> = {
  P: 'pending',
  A: 'active',
  R: 'recovering',
  E: 'ended',
  I: 'indeterminate',
};
const SIGN: Record<string, Signal> = { '+': 'on', '~': 'ack', '=': 'latched', '-': 'off' };
const WORKFLOW: Record<string, Workflow> = { o: 'open', c: 'claimed', s: 'snoozed', x: 'closed' };

/** Columns of the grids below: à traiter, prise en charge (mine, somebody else's), reportée. */
const COLUMNS = [
  { workflow: 'open', byOwner: false },
  { workflow: 'claimed', byOwner: true },
  { workflow: 'claimed', byOwner: false },
  { workflow: 'snoozed', byOwner: false },
] as const;

/**
 * What each event does: rows P A R E I, four columns; `A+o` = active, signal on, open; `.` = nothing changes;
 * `!x` = refused with `alert.x`. Two grids where a critical alert differs.
 */
const SAME = `
  P-o P-c P-c P-s
  A+o A~c A~c A~s
  R+o R~c R~c R~s
  E=o E~c E~c E~s
  I+o I~c I~c I~s`;
const NOTHING = `
  . . . .
  . . . .
  . . . .
  . . . .
  . . . .`;
const TO_ACTIVE = 'A+o A~c A~c A~s';
const GRIDS: Record<LifecycleEventKind, string | { critical: string; other: string }> = {
  breach: NOTHING,
  confirmed: `
    ${TO_ACTIVE}
    . . . .
    ${TO_ACTIVE}
    A+o A+o A+o A+o
    ${TO_ACTIVE}`,
  worsened: `
    . . . .
    ${TO_ACTIVE}
    . . . .
    . . . .
    . . . .`,
  severity_rise: `
    A+o A+o A+o A+o
    A+o A+o A+o A+o
    A+o A+o A+o A+o
    A+o A+o A+o A+o
    A+o A+o A+o A+o`,
  opposite_direction: `
    . . . P-o
    . . . A+o
    . . . R+o
    . . . E=o
    . . . I+o`,
  back_in_range: `
    . . . .
    R+o R~c R~c R~s
    . . . .
    . . . .
    R+o R~c R~c R~s`,
  ended: {
    critical: `
      E-x E-x E-x E-x
      E=o E~c E~c E~s
      E=o E~c E~c E~s
      . . . .
      E=o E~c E~c E~s`,
    other: `
      E-x E-x E-x E-x
      E-x E-x E-x E-x
      E-x E-x E-x E-x
      . . . .
      E-x E-x E-x E-x`,
  },
  data_lost: `
    . . . .
    I+o I~c I~c I~s
    I+o I~c I~c I~s
    . . . .
    . . . .`,
  data_back: `
    . . . .
    . . . .
    . . . .
    . . . .
    ${TO_ACTIVE}`,
  confirmation_expired: `
    ${TO_ACTIVE}
    . . . .
    . . . .
    . . . .
    . . . .`,
  claim_expired: `
    . P-o P-o .
    . A+o A+o .
    . R+o R+o .
    . E=o E=o .
    . I+o I+o .`,
  snooze_expired: `
    . . . P-o
    . . . A+o
    . . . R+o
    . . . E=o
    . . . I+o`,
  escalated: `
    P-o P-c P-c .
    A+o A~c A~c .
    R+o R~c R~c .
    E=o E~c E~c .
    I+o I~c I~c .`,
  resident_paused: {
    critical: NOTHING,
    other: `
      . . . .
      A-o A-c A-c A-s
      R-o R-c R-c R-s
      E-o E-c E-c E-s
      I-o I-c I-c I-s`,
  },
  resident_resumed: NOTHING,
  claim: `
    P-c P-c !already_claimed P-c
    A~c A~c !already_claimed A~c
    R~c R~c !already_claimed R~c
    E~c E~c !already_claimed E~c
    I~c I~c !already_claimed I~c`,
  release: `
    !not_claimed P-o !not_owner P-o
    !not_claimed A+o !not_owner A+o
    !not_claimed R+o !not_owner R+o
    !not_claimed E=o !not_owner E=o
    !not_claimed I+o !not_owner I+o`,
  snooze: `
    !not_active !not_active !not_active !not_active
    A~s A~s !already_claimed A~s
    R~s R~s !already_claimed R~s
    !not_active !not_active !not_active !not_active
    I~s I~s !already_claimed I~s`,
  help: SAME,
  close: `
    P-x P-x P-x P-x
    A-x A-x A-x A-x
    R-x R-x R-x R-x
    E-x E-x E-x E-x
    I-x I-x I-x I-x`,
};

const expected = (cell: string): AlertState | string => {
  if (cell === '.') return 'alert.unchanged';
  if (cell.startsWith('!')) return `alert.${cell.slice(1)}`;
  const [condition = '', signal = '', workflow = ''] = cell;
  return { condition: CONDITION[condition]!, signal: SIGN[signal]!, workflow: WORKFLOW[workflow]! };
};

const ALL = [...SYSTEM_EVENTS, ...USER_EVENTS];
const CONDITIONS = Object.values(CONDITION);

describe('the transition table', () => {
  const cases = ALL.flatMap((event) =>
    (['high', 'medium', 'low'] as const).flatMap((priority) => {
      const grid = GRIDS[event];
      const text = typeof grid === 'string' ? grid : priority === 'high' ? grid.critical : grid.other;
      const cells = text.trim().split(/\s+/);
      return CONDITIONS.flatMap((condition, row) =>
        COLUMNS.map(({ workflow, byOwner }, column) => ({
          event,
          priority,
          condition,
          workflow,
          whose: byOwner ? 'mine' : 'not mine',
          byOwner,
          cell: cells[row * COLUMNS.length + column] ?? 'missing',
        })),
      );
    }),
  );

  it.each(cases)(
    '$event on $priority $condition $workflow ($whose) gives $cell',
    ({ event, priority, condition, workflow, byOwner, cell }) => {
      const at = { condition, workflow, signal: SIGNAL[condition][workflow], priority, byOwner };
      expect(nextState(event, at)).toEqual(expected(cell));
    },
  );

  it.each(ALL.flatMap((event) => CONDITIONS.map((condition) => ({ event, condition }))))(
    'refuses $event on a closed alert whose condition is $condition',
    ({ event, condition }) => {
      const at = { condition, workflow: 'closed', signal: 'off', priority: 'high', byOwner: true } as const;
      expect(nextState(event, at)).toBe('alert.closed');
    },
  );

  it.each([
    ['back_in_range', 'recovering', 'off'],
    ['worsened', 'active', 'off'],
    ['data_lost', 'indeterminate', 'off'],
    ['resident_resumed', 'active', 'on'],
    ['severity_rise', 'active', 'on'],
  ] as const)('on a paused resident, %s leads to %s with signal %s', (event, condition, signal) => {
    const at = { condition: 'active', signal: 'off', workflow: 'open', priority: 'medium', byOwner: false } as const;
    expect(nextState(event, at)).toEqual({ condition, signal, workflow: 'open' });
  });

  it('refuses only with the codes it declares', () => {
    for (const { event, priority, condition, workflow, byOwner } of cases) {
      const to = nextState(event, { condition, workflow, signal: SIGNAL[condition][workflow], priority, byOwner });
      if (typeof to === 'string') expect(REFUSALS).toContain(to);
    }
  });
});
