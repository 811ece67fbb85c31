import { MINUTE } from '../../domain/time.js';
import { localDay } from '../local-time.js';
import { noiseAt } from '../noise.js';
import { keyOf } from '../random.js';
import type { DeviceModel } from './support/device.js';
import { zigbeeDevice } from './support/zigbee.js';

const LOOK_EVERY = 5 * MINUTE;

/** A temperature and humidity sensor of a heated room: warmest in the evening, coolest before dawn. */
export const roomClimate: DeviceModel = {
  name: 'room-climate',
  simulate(setup) {
    const heat = keyOf(`${setup.device.id}/heat`);
    const damp = keyOf(`${setup.device.id}/damp`);
    const setting = setup.random.fork('setting').between(20.4, 22);
    return zigbeeDevice(setup, {
      every: LOOK_EVERY,
      observe(at) {
        const { hour } = localDay(at, setup.zone);
        const daily = -Math.cos((2 * Math.PI * (hour - 6)) / 24);
        return {
          temperature: Number((setting + 0.8 * daily + 0.2 * noiseAt(heat, at, 40)).toFixed(1)),
          humidity: Number((46 - 3 * daily + 2 * noiseAt(damp, at, 60)).toFixed(0)),
        };
      },
    });
  },
};
