import { describe, expect, it } from '@jest/globals';
import { flagOf, isStale, matches, newestOf, rowsOf } from '../../../web/client/state/residents.js';
import { alert, at, NOW, reading, resident } from './alerts.js';

const everywhere = { site: null, unit: null };
const people = [
  resident('r-2', { room: '2', family: 'Bruyère' }),
  resident('r-12', { room: '12', family: 'Dahlia' }),
  resident('r-7', { room: '07', family: 'Chêne' }),
];
const about = (id: string) => ({ id, family: 'x', given: 'y', room: null, unit: null });
const rooms = (rows: ReturnType<typeof rowsOf>) => rows.map((row) => row.resident.room);

describe('the residents table', () => {
  it('shows the worst first, then by room as people count', () => {
    const alerts = [alert('a', { resident: about('r-12') })];
    expect(rooms(rowsOf({ residents: people, alerts, scope: everywhere, sort: 'severity', search: '' }))).toEqual([
      '12',
      '2',
      '07',
    ]);
  });

  it('never moves a critical off the top when sorted by room or name', () => {
    const alerts = [alert('a', { resident: about('r-12') }), alert('b', { resident: about('r-7'), priority: 'low' })];
    expect(rooms(rowsOf({ residents: people, alerts, scope: everywhere, sort: 'room', search: '' }))).toEqual([
      '12',
      '2',
      '07',
    ]);
    expect(rooms(rowsOf({ residents: people, alerts, scope: everywhere, sort: 'name', search: '' }))).toEqual([
      '12',
      '2',
      '07',
    ]);
  });

  it('finds a room by its first digits and a name without its accents', () => {
    expect(matches(resident('r', { room: '12' }), '1')).toBe(true);
    expect(matches(resident('r', { room: '21' }), '1')).toBe(false);
    expect(matches(resident('r', { family: 'Chêne' }), 'CHENE')).toBe(true);
  });
});

describe('a cell', () => {
  it('shows the newest of the measures that answer the same question', () => {
    const readings = new Map([
      ['heart_rate' as const, reading('heart_rate', 70, at(-60))],
      ['pulse_rate' as const, reading('pulse_rate', 80, at(-5))],
    ]);
    expect(newestOf(readings, ['heart_rate', 'pulse_rate'])?.value).toBe(80);
    expect(newestOf(undefined, ['spo2'])).toBeNull();
  });

  it('is flagged by the alert that is about it, with the limit of its evidence', () => {
    expect(flagOf([alert('a')], ['spo2'])).toMatchObject({ sign: '<', limit: 90 });
    expect(flagOf([alert('a')], ['heart_rate'])).toBeNull();
    expect(flagOf([alert('a', { condition: 'ended' })], ['spo2'])).toBeNull();
  });

  it('is stale when the server says so or when its time has passed', () => {
    const value = reading('spo2', 95, at(-10));
    expect(isStale(value, NOW)).toBe(false);
    expect(isStale(value, NOW + 600_000)).toBe(true);
    expect(isStale({ ...value, stale: true }, NOW)).toBe(true);
  });
});
