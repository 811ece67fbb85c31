import { MINUTE, SECOND } from '../../domain/time.js';
import { played } from '../cast.js';
import type { Scenario } from '../scenario.js';

export const scenario: Scenario = {
  name: 'desaturation',
  description:
    'A resident without a monitor desaturates; the nurse leaves the oximeter on the finger until it is over.',
  duration: 5 * MINUTE,
  takesPart: (cast) => [played('visited', cast)],
  script: (cast, origin) => [
    {
      kind: 'episode',
      episode: 'desaturation',
      resident: played('visited', cast),
      from: origin + 15 * SECOND,
      ramp: 15 * SECOND,
      plateau: 3 * MINUTE,
      recovery: MINUTE,
    },
    {
      kind: 'watch',
      resident: played('visited', cast),
      from: origin + 15 * SECOND,
      until: origin + 5 * MINUTE,
    },
  ],
  expected: (cast) => [{ resident: played('visited', cast), metric: 'spo2', priority: 'high', within: 2 * MINUTE }],
};
