import { MINUTE, SECOND } from '../../domain/time.js';
import { played } from '../cast.js';
import type { Scenario } from '../scenario.js';

export const scenario: Scenario = {
  name: 'fall',
  description: 'A resident falls under a ceiling radar and lies there for two minutes.',
  duration: MINUTE,
  takesPart: (cast) => [played('watched', cast)],
  script: (cast, origin) => [
    { kind: 'fall', resident: played('watched', cast), at: origin + 16 * SECOND, lying: 2 * MINUTE },
  ],
  expected: (cast) => [{ resident: played('watched', cast), metric: 'fall', priority: 'high', within: 30 * SECOND }],
};
