import { MINUTE, SECOND } from '../../domain/time.js';
import { type Cast, played } from '../cast.js';
import type { Incident } from '../incidents.js';
import type { Scenario } from '../scenario.js';

/** What goes on happening after the opening, so that a visitor who stays has something to see. */
const laterOn = (cast: Cast, origin: number): Incident[] => {
  const feverish = played('visited', cast);
  const diabetic = cast.diabetics[0];
  const incidents: Incident[] = [
    {
      kind: 'episode',
      episode: 'tachycardia',
      resident: played('wearers', cast, 1),
      from: origin + 9 * MINUTE,
      ramp: MINUTE,
      plateau: 6 * MINUTE,
      recovery: 3 * MINUTE,
    },
    {
      kind: 'episode',
      episode: 'fever',
      resident: feverish,
      from: origin + 12 * MINUTE,
      ramp: 2 * MINUTE,
      plateau: 60 * MINUTE,
      recovery: 30 * MINUTE,
    },
    { kind: 'measure', resident: feverish, at: origin + 16 * MINUTE },
    { kind: 'measure', resident: feverish, at: origin + 22 * MINUTE },
    { kind: 'measure', resident: feverish, at: origin + 100 * MINUTE },
    { kind: 'fall', resident: played('watched', cast, 1), at: origin + 35 * MINUTE, lying: 4 * MINUTE },
    { kind: 'sos', resident: played('callers', cast, 1), at: origin + 50 * MINUTE },
  ];
  if (diabetic !== undefined)
    incidents.push(
      {
        kind: 'episode',
        episode: 'hypoglycaemia',
        resident: diabetic,
        from: origin + 22 * MINUTE,
        ramp: 3 * MINUTE,
        plateau: 10 * MINUTE,
        recovery: 10 * MINUTE,
      },
      { kind: 'measure', resident: diabetic, at: origin + 26 * MINUTE },
      { kind: 'measure', resident: diabetic, at: origin + 31 * MINUTE },
      { kind: 'measure', resident: diabetic, at: origin + 48 * MINUTE },
    );
  return incidents;
};

export const scenario: Scenario = {
  name: 'demo',
  description: 'A desaturation and a fall within a minute, an emergency call at home later, then a normal day.',
  duration: 4 * MINUTE,
  script: (cast, origin) => [
    {
      kind: 'episode',
      episode: 'desaturation',
      resident: played('wearers', cast),
      from: origin + 6 * SECOND,
      ramp: 12 * SECOND,
      plateau: 4 * MINUTE,
      recovery: 90 * SECOND,
    },
    { kind: 'fall', resident: played('watched', cast), at: origin + 24 * SECOND, lying: 3 * MINUTE },
    { kind: 'sos', resident: played('callers', cast), at: origin + 150 * SECOND },
    ...laterOn(cast, origin),
  ],
  expected: (cast) => [
    { resident: played('wearers', cast), metric: 'spo2', priority: 'high', within: MINUTE },
    { resident: played('watched', cast), metric: 'fall', priority: 'high', within: MINUTE },
    { resident: played('callers', cast), metric: 'sos', priority: 'high', within: 3 * MINUTE },
  ],
};
