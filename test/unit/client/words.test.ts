import { describe, expect, it } from '@jest/globals';
import { changesOf, spoken } from '../../../web/client/state/announce.js';
import { messageParts, messageShort } from '../../../web/client/state/message.js';
import { countdown, duration, formatsFor, preciseDuration } from '../../../web/client/i18n/format.js';
import { en } from '../../../web/client/i18n/en.js';
import { fr } from '../../../web/client/i18n/fr.js';
import { spaced, spacedTree } from '../../../web/client/i18n/typography.js';
import { readPreferences } from '../../../web/client/state/preferences.js';
import { alert, NOW } from './alerts.js';

const plain = (text: string): string => text.replace(/[\u202f\u00a0]/g, ' ');

describe('lengths of time', () => {
  it.each([
    [40_000, '40 s'],
    [6 * 60_000, '6 min'],
    [130 * 60_000, '2 h 10'],
    [62 * 60_000, '1 h 02'],
    [3 * 86_400_000, '3 j'],
    [-5, '0 s'],
  ])('%d ms reads %s', (ms, text) => {
    expect(plain(duration(ms, 'fr'))).toBe(text);
  });

  it('can be exact under an hour', () => {
    expect(plain(preciseDuration(432_000, 'fr'))).toBe('7 min 12 s');
    expect(plain(preciseDuration(7_800_000, 'fr'))).toBe('2 h 10');
  });

  it('count down to zero and stay there', () => {
    expect(countdown(1_100_000)).toBe('18:20');
    expect(countdown(-1)).toBe('0:00');
    expect(countdown(3_725_000)).toBe('1:02:05');
  });
});

describe('times and values', () => {
  const formats = formatsFor('fr', 'Europe/Paris');

  it('are in the zone of the site', () => {
    expect(formats.exactTime(NOW)).toBe('14:02:47');
    expect(formatsFor('fr', 'Indian/Reunion').time(NOW)).toBe('17:02');
  });

  it('name the day when it is not today, the date beyond a week', () => {
    expect(formats.moment(NOW - 3_600_000, NOW)).toBe('13:02');
    expect(formats.moment(NOW - 86_400_000, NOW)).toBe('lun. 14:02');
    expect(formats.moment(NOW - 20 * 86_400_000, NOW)).toBe('18 févr.');
  });

  it('have a decimal comma and the decimals of their metric', () => {
    expect(formats.value('body_temperature', 38.4)).toBe('38,4');
    expect(formats.value('spo2', 87)).toBe('87');
    expect(formatsFor('en', 'Europe/Paris').value('body_temperature', 38.4)).toBe('38.4');
  });
});

describe('the text of an alert', () => {
  it.each([
    ['SpO₂ 87 % < 90 %', ['SpO₂', '87 %', '< 90 %']],
    ['SpO₂ 87\u202f% < 90\u202f%', ['SpO₂', '87\u202f%', '< 90\u202f%']],
    ['Pouls 124 > 110 /min', ['Pouls', '124', '> 110 /min']],
    ['T° 38,4 °C > 38,0 °C', ['T°', '38,4 °C', '> 38,0 °C']],
    ['Poids +1,9 kg / 3 jours', ['Poids', '+1,9 kg', '/ 3 jours']],
    ['Tension 182/94 mmHg > 180 mmHg', ['Tension', '182/94 mmHg', '> 180 mmHg']],
    ['Chute détectée', ['', 'Chute détectée', '']],
    ['Appel SOS', ['', 'Appel SOS', '']],
    ['SpO₂, pouls : rien reçu', ['', 'SpO₂, pouls : rien reçu', '']],
  ])('« %s » keeps every word of the server', (text, [what, value, limit]) => {
    expect(messageParts(text)).toEqual({ what, value, limit });
    expect([what, value, limit].filter(Boolean).join(' ')).toBe(text);
  });

  it('is shortened to what was measured', () => {
    expect(messageShort('SpO₂ 87 % < 90 %')).toBe('SpO₂ 87 %');
    expect(messageShort('Chute détectée')).toBe('Chute détectée');
  });

  it('is read aloud in words', () => {
    expect(spoken('SpO₂ 87 % < 90 %', { percent: 'pour cent', limit: 'limite' })).toBe(
      'SpO₂ 87 pour cent, limite 90 pour cent',
    );
  });
});

describe('what is said', () => {
  it('is a critical at once, others as counts, and nothing of what I did myself', () => {
    const before = new Map([['taken', alert('taken')]]);
    const owner = { username: 'ines', name: 'Inès Rossignol', since: new Date(NOW).toISOString() };
    const after = new Map([
      ['taken', alert('taken', { workflow: 'claimed', owner })],
      ['new', alert('new')],
      ['low', alert('low', { priority: 'low' })],
    ]);
    const changes = changesOf(before, after, 'lea');
    expect(changes.criticals.map(({ id }) => id)).toEqual(['new']);
    expect(changes.opened).toBe(2);
    expect([...changes.claimed]).toEqual([['Inès Rossignol', 1]]);
    expect(changesOf(before, after, 'ines').claimed.size).toBe(0);
  });

  it('is said again when an alert comes back to be taken', () => {
    const before = new Map([['a', alert('a', { workflow: 'snoozed' })]]);
    expect(changesOf(before, new Map([['a', alert('a')]]), 'lea').criticals).toHaveLength(1);
  });
});

describe('the texts', () => {
  const leaves = (tree: object, path = ''): [string, string][] =>
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'string'
        ? [[`${path}${key}`, value] as [string, string]]
        : leaves(value as object, `${path}${key}.`),
    );

  it('say the same things in both languages, with the same holes', () => {
    const english = new Map(leaves(en));
    for (const [key, text] of leaves(fr)) {
      const holes = (one: string): string[] => (one.match(/\{\{\w+\}\}/g) ?? []).sort();
      expect([key, holes(english.get(key) ?? '')]).toEqual([key, holes(text)]);
    }
    expect(english.size).toBe(leaves(fr).length);
  });

  it('are never empty', () => {
    expect([...leaves(fr), ...leaves(en)].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('have French spaces', () => {
    expect(spaced('Comment ça s’est terminé ?')).toBe('Comment ça s’est terminé\u202f?');
    expect(spaced('{{count}} min')).toBe('{{count}}\u202fmin');
    expect(spaced('{{name}} s’en occupe')).toBe('{{name}} s’en occupe');
    expect(spaced('Tri : gravité')).toBe('Tri\u00a0: gravité');
    expect(spacedTree({ a: { b: '« mot »' } })).toEqual({ a: { b: '«\u202fmot\u202f»' } });
  });
});

describe('preferences', () => {
  it('are the defaults when nothing readable is stored', () => {
    for (const text of [null, '', '{', '[]', '{"theme":"pink","language":7}'])
      expect(readPreferences(text)).toEqual({
        theme: 'system',
        language: 'fr',
        site: null,
        flash: true,
        shortcuts: true,
      });
  });

  it('come back as they were stored', () => {
    const kept = { theme: 'night', language: 'en', site: 's', flash: false, shortcuts: false };
    expect(readPreferences(JSON.stringify(kept))).toEqual(kept);
  });
});
