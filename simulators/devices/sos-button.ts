import { SECOND } from '../../domain/time.js';
import type { DeviceModel } from './support/device.js';
import { zigbeeDevice } from './support/zigbee.js';

const LOOK_EVERY = 2 * SECOND;

/** A TS0215A emergency button: `emergency` when pressed, then an empty action. */
export const sosButton: DeviceModel = {
  name: 'sos-button',
  simulate(setup) {
    const presses = setup.subject.script.flatMap((incident) => (incident.kind === 'sos' ? [incident.at] : []));
    return zigbeeDevice(setup, {
      every: LOOK_EVERY,
      observe: (at) => ({
        action: presses.some((press) => at >= press && at < press + LOOK_EVERY) ? 'emergency' : '',
      }),
    });
  },
};
