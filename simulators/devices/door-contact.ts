import { SECOND } from '../../domain/time.js';
import type { DeviceModel } from './support/device.js';
import { zigbeeDevice } from './support/zigbee.js';

const STAYS_OPEN = 12 * SECOND;

/** A door contact: `contact` is false while the door is open, as someone goes out or comes back. */
export const doorContact: DeviceModel = {
  name: 'door-contact',
  simulate(setup) {
    const outside = (at: number): boolean => setup.subject.whereabouts(at).place === 'away';
    return zigbeeDevice(setup, {
      every: 6 * SECOND,
      observe: (at) => ({
        contact: outside(at) === outside(at - STAYS_OPEN),
        battery_low: false,
        tamper: false,
      }),
    });
  },
};
