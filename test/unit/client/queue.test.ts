import { describe, expect, it } from '@jest/globals';
import { boardOf, compareAlerts, levelOf, orderOf } from '../../../web/client/state/queue.js';
import type { AlertView } from '../../../web/protocol.js';
import { alert, at } from './alerts.js';

const ids = (alerts: readonly AlertView[]): string[] => alerts.map(({ id }) => id);
const everything = { site: null, unit: null };

describe('the level of an alert', () => {
  it.each<[string, Partial<AlertView>, string]>([
    ['a high priority is critique', {}, 'crit'],
    ['a medium one is à voir', { priority: 'medium' }, 'med'],
    ['a low one is vigilance', { priority: 'low' }, 'low'],
    ['a missed measure is à mesurer', { category: 'measure_due', priority: 'high' }, 'due'],
    ['a technical one is matériel', { category: 'technical', priority: 'low' }, 'tech'],
    ['a device of nobody is matériel whatever its priority', { category: 'technical', resident: null }, 'tech'],
    ['a resident without watch is surveillance interrompue', { category: 'technical', priority: 'medium' }, 'stop'],
  ])('%s', (_sentence, changes, level) => {
    expect(levelOf(alert('a', changes))).toBe(level);
  });
});

describe('the order of the queue', () => {
  it('is severity, then unclaimed first, interrompue right after critique, then the oldest', () => {
    const alerts = [
      alert('low', { priority: 'low', startedAt: at(-9000) }),
      alert('med-young', { priority: 'medium', startedAt: at(-10) }),
      alert('med-old', { priority: 'medium', startedAt: at(-20) }),
      alert('stop', { category: 'technical', priority: 'medium' }),
      alert('crit-claimed', { workflow: 'claimed', startedAt: at(-9000) }),
      alert('crit', {}),
    ];
    expect(ids(alerts.sort(compareAlerts))).toEqual(['crit', 'crit-claimed', 'stop', 'med-old', 'med-young', 'low']);
  });
});

describe('the lists of the desk', () => {
  it('puts each alert in one list, and closed or unconfirmed ones in none', () => {
    const board = boardOf(
      [
        alert('queue'),
        alert('snoozed', { workflow: 'snoozed', snoozedUntil: at(60) }),
        alert('tech', { category: 'technical', priority: 'low' }),
        alert('due', { category: 'measure_due' }),
        alert('closed', { workflow: 'closed' }),
        alert('waiting', { condition: 'pending', signal: 'off' }),
      ],
      everything,
    );
    expect(ids(board.queue)).toEqual(['queue']);
    expect(ids(board.snoozed)).toEqual(['snoozed']);
    expect(ids(board.technical)).toEqual(['tech']);
    expect(ids(board.due)).toEqual(['due']);
  });

  it('keeps the criticals of other units when one unit is chosen', () => {
    const other = { id: 'r', family: 'Orme', given: 'Rose', room: '19', unit: 'up' };
    const board = boardOf(
      [
        alert('here', { priority: 'low' }),
        alert('low', { priority: 'low', resident: other }),
        alert('crit', { resident: other }),
      ],
      { site: 'les-mirabelles', unit: 'rdj' },
    );
    expect(ids(board.queue)).toEqual(['crit', 'here']);
  });

  it('counts what is to be taken on the sites that are not shown', () => {
    const board = boardOf(
      [alert('far', { site: 'home' }), alert('taken', { site: 'home', workflow: 'claimed' }), alert('here')],
      { site: 'les-mirabelles', unit: null },
    );
    expect(ids(board.elsewhere)).toEqual(['far']);
    expect(ids(board.queue)).toEqual(['here']);
  });
});

describe('the order under a finger', () => {
  const sorted = [alert('new-crit'), alert('b'), alert('a'), alert('new-med', { priority: 'medium' })];

  it('is the sorted one when nothing holds it', () => {
    expect(orderOf({ shown: ['a', 'b'], sorted, held: false })).toEqual(['new-crit', 'b', 'a', 'new-med']);
  });

  it('moves nothing while held: a new critical slides in above, the rest below, and what left keeps its place', () => {
    expect(orderOf({ shown: ['a', 'gone', 'b'], sorted, held: true })).toEqual([
      'new-crit',
      'a',
      'gone',
      'b',
      'new-med',
    ]);
  });
});
