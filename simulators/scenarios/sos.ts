import { MINUTE, SECOND } from '../../domain/time.js';
import { played } from '../cast.js';
import type { Scenario } from '../scenario.js';

export const scenario: Scenario = {
  name: 'sos',
  description: 'Somebody at home presses the emergency button.',
  duration: MINUTE,
  takesPart: (cast) => [played('callers', cast)],
  script: (cast, origin) => [{ kind: 'sos', resident: played('callers', cast), at: origin + 16 * SECOND }],
  expected: (cast) => [{ resident: played('callers', cast), metric: 'sos', priority: 'high', within: 30 * SECOND }],
};
