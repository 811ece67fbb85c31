import { describe, expect, it } from '@jest/globals';
import { residentPath, screenOf } from '../../../web/client/state/route.js';
import { factOf, initialsOf, shiftAt, wallOf } from '../../../web/client/state/wall.js';
import { alert, NOW } from './alerts.js';

const EVERYWHERE = { site: null, unit: null };
const many = (count: number, changes: Parameters<typeof alert>[1]) =>
  Array.from({ length: count }, (_, index) => alert(`${changes?.priority ?? 'x'}${index}`, changes));

describe('the wall', () => {
  it('has two rows up to eight alerts and three beyond', () => {
    expect(wallOf(many(8, { priority: 'medium' }), EVERYWHERE).rows).toBe(2);
    expect(wallOf(many(9, { priority: 'medium' }), EVERYWHERE).rows).toBe(3);
  });

  it('says by level what it does not show beyond twelve, the least severe', () => {
    const wall = wallOf([...many(3, { priority: 'low' }), ...many(12, { priority: 'medium' })], EVERYWHERE);
    expect(wall.tiles).toHaveLength(12);
    expect([...wall.hidden]).toEqual([['low', 3]]);
    expect(wall.counts.get('low')).toBe(3);
  });

  it('shows every critical, whatever their number', () => {
    const wall = wallOf([...many(14, { priority: 'high' }), ...many(2, { priority: 'medium' })], EVERYWHERE);
    expect(wall.tiles).toHaveLength(14);
    expect(wall.rows).toBe(4);
    expect([...wall.hidden]).toEqual([['med', 2]]);
  });

  it('never hides a critical of another unit, and shows nothing closed or of another site', () => {
    const scope = { site: 'les-mirabelles', unit: 'etage' };
    const alerts = [
      alert('crit'),
      alert('other-unit', { priority: 'medium' }),
      alert('closed', { workflow: 'closed' }),
      alert('elsewhere', { site: 'home' }),
    ];
    expect(wallOf(alerts, scope).tiles.map(({ id }) => id)).toEqual(['crit']);
  });

  it('is calm with nothing but planned measures and equipment', () => {
    const due = alert('due', { category: 'measure_due', priority: 'low' });
    expect(wallOf([due], EVERYWHERE).calm).toBe(true);
    expect(wallOf([due, alert('low', { priority: 'low' })], EVERYWHERE).calm).toBe(false);
  });

  it('shows initials, from full names as from the initials a display is sent', () => {
    expect(initialsOf({ given: 'Odette', family: 'Dahlia' })).toBe('O. D.');
    expect(initialsOf({ given: 'É.', family: 'D.' })).toBe('É. D.');
    expect(initialsOf(null)).toBe('');
  });

  it('moves by a few pixels every five minutes', () => {
    const first = shiftAt(NOW);
    expect(shiftAt(NOW + 5 * 60_000)).not.toEqual(first);
    expect(Math.max(...first.map(Math.abs))).toBeLessThanOrEqual(3);
  });

  it.each([
    ['SpO₂ 87 % < 90 %', 'SpO₂', '87 %', '< 90', 'large'],
    ['T° 38,4 °C > 38,0 °C', 'T°', '38,4 °C', '> 38,0', 'medium'],
    ['Poids +1,9 kg / 3 jours', 'Poids', '+1,9 kg', '/ 3 jours', 'small'],
    ['SpO₂, pouls : rien reçu', 'SpO₂, pouls', 'rien reçu', '', 'medium'],
    ['tension à refaire, 168/94', 'tension à refaire', '168/94', '', 'large'],
    ['Chute détectée', '', 'Chute détectée', '', 'medium'],
  ])('lays out « %s » without cutting it', (message, what, value, limit, size) => {
    expect(factOf(message)).toEqual({ what, value, limit, size });
  });
});

describe('an address', () => {
  it('names a screen; what is unknown is the desk', () => {
    expect(screenOf('/mur')).toEqual({ name: 'wall' });
    expect(screenOf(residentPath('r/1'))).toEqual({ name: 'resident', id: 'r/1' });
    expect(screenOf('/residents/%E0%A4%A')).toEqual({ name: 'desk' });
    expect(screenOf('/nowhere')).toEqual({ name: 'desk' });
  });
});
