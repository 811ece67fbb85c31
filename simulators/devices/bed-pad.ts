import type { DeviceModel } from './support/device.js';
import { LOOK_EVERY, zigbeeDevice } from './support/zigbee.js';

/** An OWON SPM915 sleeping pad, which Zigbee2MQTT shows as a contact whose meaning depends on the wiring. */
export const bedPad: DeviceModel = {
  name: 'bed-pad',
  simulate(setup) {
    const occupiedIs = setup.device.config.contactFalseMeans === 'bed_empty';
    return zigbeeDevice(setup, {
      every: LOOK_EVERY,
      observe(at) {
        const occupied = setup.subject.whereabouts(at).place === 'bed';
        return { contact: occupied ? occupiedIs : !occupiedIs, tamper: false, battery_low: false };
      },
    });
  },
};
