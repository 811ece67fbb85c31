import { type EpochMillis, MINUTE, SECOND } from '../../domain/time.js';
import type { DeviceModel } from './support/device.js';
import { zigbeeDevice } from './support/zigbee.js';

const LOOK_EVERY = 3 * SECOND;
/** The radar says `falling` for this long, then `low_posture` while the person lies there. */
const FALLING = 12 * SECOND;

/** An OWON FDS315 ceiling radar: where someone is, whether they fell, how they breathe in bed. */
export const fallRadar: DeviceModel = {
  name: 'fall-radar',
  simulate(setup) {
    const { script, whereabouts, vitals } = setup.subject;
    const falls = script.filter((incident) => incident.kind === 'fall');
    let breathing = { at: Number.NEGATIVE_INFINITY, rate: 0 };
    const status = (at: EpochMillis): string => {
      const fall = falls.find((each) => at >= each.at && at < each.at + each.lying);
      if (fall) return at < fall.at + FALLING ? 'falling' : 'low_posture';
      const { place, activity } = whereabouts(at);
      if (place === 'away') return 'unoccupied';
      return place === 'bed' ? 'on_the_bed' : activity < 0.2 ? 'sitting' : 'occupied';
    };
    return zigbeeDevice(setup, {
      every: LOOK_EVERY,
      observe(at) {
        const now = status(at);
        if (now !== 'on_the_bed') breathing = { at: Number.NEGATIVE_INFINITY, rate: 0 };
        else if (at - breathing.at >= MINUTE) breathing = { at, rate: Math.round(vitals(at).respiratoryRate) };
        return { status: now, breathing_rate: breathing.rate, location_x: 0, location_y: 0 };
      },
    });
  },
};
