import type { EpochMillis } from '../domain/time.js';
import { castOf } from './cast.js';
import type { Script } from './incidents.js';
import type { Provisioning } from './provisioning.js';
import { scenario as demo } from './scenarios/demo.js';

/** The story of `vigie demo` for these residents; give it to `startFleet` as `script`. */
export const demoScript =
  (provisioning: Provisioning) =>
  (origin: EpochMillis): Script =>
    demo.script(castOf(provisioning), origin);
