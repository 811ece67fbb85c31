import { SUPERVISION, type DeviceActivity } from '../domain/device-health.js';
import { HOUR, type EpochMillis, type Millis } from '../domain/time.js';

/** What one message says of a device's own condition. */
export interface Heard {
  readonly device: string;
  readonly receivedAt: EpochMillis;
  readonly identity: string;
  /** It measured or signalled something: not retained, not only the availability its bridge publishes. */
  readonly own: boolean;
  readonly rejected: boolean;
  /** Our clock less its own; null = refused as wrong; undefined = it told no time. */
  readonly skew?: Millis | null;
  readonly battery?: number;
  readonly batteryLow?: boolean;
  readonly online?: boolean;
}

const SKEWS = 15;
const BATTERY_POINTS = 40;
const BATTERY_EVERY: Millis = 6 * HOUR;
const HALVE_AT = 1_000;

export const UNSEEN = (watchedSince: EpochMillis): DeviceActivity => ({
  lastSeen: null,
  watchedSince,
  messages: 0,
  rejected: 0,
  identity: null,
  skews: [],
  behindSince: null,
  battery: [],
  batteryLow: false,
  online: null,
  changes: [],
  conditions: {},
});

/** A new point every few hours; within them the last one follows the device. A rise is a new battery: history restarts. */
const withBattery = (points: DeviceActivity['battery'], at: EpochMillis, level: number): DeviceActivity['battery'] => {
  const last = points.at(-1);
  if (last && level > last.level + 20) return [{ at, level }];
  const before = points.at(-2);
  const follows = last && before && last.at - before.at < BATTERY_EVERY;
  return [...(follows ? points.slice(0, -1) : points), { at, level }].slice(-BATTERY_POINTS);
};

const behindSince = (known: DeviceActivity, at: EpochMillis, skew: Millis | null): EpochMillis | null =>
  skew !== null && skew > SUPERVISION.skewBehind ? (known.behindSince ?? at) : null;

/** Adds what was heard to what was known. Pure; older messages never take `lastSeen` back. */
export const withHeard = (known: DeviceActivity, heard: Heard): DeviceActivity => {
  const { receivedAt, own, skew, battery, online } = heard;
  const full = known.messages >= HALVE_AT;
  const changed = online !== undefined && known.online !== null && online !== known.online;
  return {
    ...known,
    lastSeen: own ? Math.max(receivedAt, known.lastSeen ?? receivedAt) : known.lastSeen,
    identity: own ? heard.identity : known.identity,
    messages: (full ? known.messages / 2 : known.messages) + 1,
    rejected: (full ? known.rejected / 2 : known.rejected) + Number(heard.rejected),
    skews: skew === undefined ? known.skews : [...known.skews, skew].slice(-SKEWS),
    behindSince: skew === undefined ? known.behindSince : behindSince(known, receivedAt, skew),
    battery: battery === undefined ? known.battery : withBattery(known.battery, receivedAt, battery),
    batteryLow: heard.batteryLow ?? (battery !== undefined && battery > 25 ? false : known.batteryLow),
    online: online ?? known.online,
    changes: changed ? [...known.changes, receivedAt].filter((at) => at > receivedAt - HOUR) : known.changes,
  };
};
