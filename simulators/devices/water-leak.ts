import { MINUTE } from '../../domain/time.js';
import type { DeviceModel } from './support/device.js';
import { zigbeeDevice } from './support/zigbee.js';

/** A leak sensor under a basin: dry. */
export const waterLeak: DeviceModel = {
  name: 'water-leak',
  simulate: (setup) =>
    zigbeeDevice(setup, {
      every: 10 * MINUTE,
      observe: () => ({ water_leak: false, battery_low: false, tamper: false }),
    }),
};
