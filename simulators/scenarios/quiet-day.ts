import { MINUTE } from '../../domain/time.js';
import type { Scenario } from '../scenario.js';

export const scenario: Scenario = {
  name: 'quiet-day',
  description: 'Everybody lives a normal day: no clinical or safety alert may come up.',
  duration: 10 * MINUTE,
  script: () => [],
  expected: () => [],
  nothingElse: true,
};
