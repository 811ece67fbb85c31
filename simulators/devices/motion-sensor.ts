import { SECOND } from '../../domain/time.js';
import { noiseAt } from '../noise.js';
import { keyOf } from '../random.js';
import type { DeviceModel } from './support/device.js';
import { LOOK_EVERY, zigbeeDevice } from './support/zigbee.js';

/** Zigbee2MQTT's own default `occupancy_timeout`: most PIR sensors never say "clear" themselves. */
const OCCUPANCY_TIMEOUT = 90 * SECOND;
const NIGHT_LIGHT = 3;
const DAY_LIGHT = 180;

/** A PIR motion sensor: `occupancy` while someone moves in the room. */
export const motionSensor: DeviceModel = {
  name: 'motion-sensor',
  simulate(setup) {
    const fidget = keyOf(`${setup.device.id}/fidget`);
    let movedAt = Number.NEGATIVE_INFINITY;
    return zigbeeDevice(setup, {
      every: LOOK_EVERY,
      observe(at) {
        const { place, asleep } = setup.subject.whereabouts(at);
        if (place === 'room' && noiseAt(fidget, at, 3) > 0.2) movedAt = at;
        return { occupancy: at - movedAt < OCCUPANCY_TIMEOUT, illuminance: asleep ? NIGHT_LIGHT : DAY_LIGHT };
      },
    });
  },
};
