import type { Device } from './device.js';
import { DAY, HOUR, MINUTE, type EpochMillis, type Millis } from './time.js';

/**
 * How a device is expected to speak: `mains` and `battery` all the time, `spot` when somebody measures. From its
 * configuration (`supervision`), else from its model and cadence.
 */
export const DEVICE_CLASSES = ['mains', 'battery', 'spot'] as const;
export type DeviceClass = (typeof DEVICE_CLASSES)[number];

/** What was noticed of a device, by the ingestion clock. */
export interface DeviceActivity {
  /** The newest message with something to say of its own: availability topics and retained messages do not count. */
  readonly lastSeen: EpochMillis | null;
  /** When supervision first saw it in service: a device that never spoke is late from then on. */
  readonly watchedSince: EpochMillis;
  /** Messages and how many of them went to quarantine, halved now and then: recent ones weigh more. */
  readonly messages: number;
  readonly rejected: number;
  /** Who last relayed it: `box:box-1`. */
  readonly identity: string | null;
  /** Our clock less the device's in its last messages; null = its time was refused as wrong. */
  readonly skews: readonly (Millis | null)[];
  /** Since when every message was older than `skewBehind`; null = a fresh one came. */
  readonly behindSince: EpochMillis | null;
  readonly battery: readonly { readonly at: EpochMillis; readonly level: number }[];
  readonly batteryLow: boolean;
  /** What its bridge says: false is believed sooner than silence alone, true proves nothing. */
  readonly online: boolean | null;
  /** When that changed lately. */
  readonly changes: readonly EpochMillis[];
  /** Since when each condition of this device has held. */
  readonly conditions: Readonly<Partial<Record<DeviceCondition, EpochMillis>>>;
}

export const DEVICE_CONDITIONS = ['device-silent', 'never-seen', 'battery-low', 'clock-skew', 'flapping'] as const;
export type DeviceCondition = (typeof DEVICE_CONDITIONS)[number];

/** Defaults to be confirmed on site (product anchors §b.4; Zigbee2MQTT's active and passive classes). */
export const SUPERVISION = {
  /** Silent = nothing for this many cadences, and never less than the floor of its class. */
  cadences: 2,
  floor: { mains: 2 * MINUTE, battery: 2 * MINUTE, spot: HOUR } satisfies Record<DeviceClass, Millis>,
  /** Without a cadence; a spot device is then never silent. */
  silence: { mains: 10 * MINUTE, battery: 25 * HOUR, spot: null } satisfies Record<DeviceClass, Millis | null>,
  neverSeen: { mains: HOUR, battery: 25 * HOUR, spot: 3 * DAY } satisfies Record<DeviceClass, Millis>,
  batteryLow: 15,
  batteryFine: 25,
  batteryDays: 7 * DAY,
  skewAhead: 2 * MINUTE,
  skewBehind: 10 * MINUTE,
  /** A device that empties its memory looks like one whose clock is slow, until its next live message. */
  behindFor: HOUR,
  flapping: 6,
  calm: 2,
} as const;

const SPOT_MODEL = /scale|balance|blood-pressure|tensiom|thermometer|gluco|weight/i;
const BATTERY_MODEL = /button|pendant|door|contact|motion|leak|smoke|climate|generic/i;

/** A device's class; a model that is not known is taken for a battery device, the most patient that still rings. */
export const classOf = ({ model, cadenceSeconds, config }: Device): DeviceClass => {
  const said = DEVICE_CLASSES.find((name) => name === config.supervision);
  if (said) return said;
  if (SPOT_MODEL.test(model)) return 'spot';
  return cadenceSeconds !== null && cadenceSeconds <= 600 && !BATTERY_MODEL.test(model) ? 'mains' : 'battery';
};

/** How long a device may say nothing; null = for ever. */
export const silenceOf = (device: Device): Millis | null => {
  const kind = classOf(device);
  if (device.cadenceSeconds === null) return SUPERVISION.silence[kind];
  return Math.max(SUPERVISION.cadences * device.cadenceSeconds * 1_000, SUPERVISION.floor[kind]);
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Fewer messages say nothing of a clock. */
const SKEW_SAMPLES = 3;

/** Median of our clock less the device's; null = it tells no time. `wrong`: most of its times were refused. */
export const clockSkew = ({ skews }: Pick<DeviceActivity, 'skews'>): { skew: Millis | null; wrong: boolean } => {
  const known = skews.filter((skew) => skew !== null);
  const wrong = skews.length >= SKEW_SAMPLES && known.length * 2 < skews.length;
  return { skew: known.length === 0 ? null : median(known), wrong };
};

/** When the battery will be empty at the rate of its last weeks (least squares); null = not falling, or not known. */
export const batteryEnd = ({ battery }: Pick<DeviceActivity, 'battery'>): EpochMillis | null => {
  const first = battery[0];
  const last = battery.at(-1);
  if (!first || !last || battery.length < 3 || last.at - first.at < 2 * DAY) return null;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [at, level] = [mean(battery.map((point) => point.at)), mean(battery.map((point) => point.level))];
  const slope =
    battery.reduce((sum, point) => sum + (point.at - at) * (point.level - level), 0) /
    battery.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
  return slope < 0 ? Math.round(last.at - last.level / slope) : null;
};

export interface DeviceHealth {
  /** `neutral`: nobody watches it. */
  readonly condition: 'ok' | 'silent' | 'never_seen' | 'neutral';
  /** Silent, or missing, when nothing came until then; null = nothing is expected. */
  readonly dueBy: EpochMillis | null;
  /** What is wrong with it now. */
  readonly faults: ReadonlySet<DeviceCondition>;
}

/**
 * How a device is at `now`. A message at the very millisecond of the deadline is in time. `heardSince`: when this
 * gateway began to listen; silence before that is our own.
 */
export const deviceHealth = (
  device: Device,
  activity: DeviceActivity,
  { now, inService, heardSince }: { now: EpochMillis; inService: boolean; heardSince: EpochMillis },
): DeviceHealth => {
  if (!inService) return { condition: 'neutral', dueBy: null, faults: new Set() };
  const faults = new Set<DeviceCondition>();
  const silence = silenceOf(device);
  const dueBy = deadline(device, activity, silence, heardSince);
  const late = dueBy !== null && now > dueBy;
  if (late) faults.add(activity.lastSeen === null ? 'never-seen' : 'device-silent');
  if (hasLowBattery(activity, now)) faults.add('battery-low');
  const { skew, wrong } = clockSkew(activity);
  const ahead = skew !== null && activity.skews.length >= SKEW_SAMPLES && skew < -SUPERVISION.skewAhead;
  if (wrong || ahead || isBehind(device, activity)) faults.add('clock-skew');
  const changes = activity.changes.filter((at) => at > now - HOUR).length;
  if (changes >= (activity.conditions.flapping === undefined ? SUPERVISION.flapping : SUPERVISION.calm + 1))
    faults.add('flapping');
  const condition = late ? (activity.lastSeen === null ? 'never_seen' : 'silent') : 'ok';
  return { condition, dueBy, faults };
};

const isBehind = (device: Device, { behindSince, lastSeen }: DeviceActivity): boolean =>
  classOf(device) !== 'spot' && // it sends its memory whenever somebody measures
  behindSince !== null &&
  lastSeen !== null &&
  lastSeen - behindSince >= SUPERVISION.behindFor;

const deadline = (
  device: Device,
  { lastSeen, watchedSince, online }: DeviceActivity,
  silence: Millis | null,
  heardSince: EpochMillis,
): EpochMillis | null => {
  if (lastSeen === null) return watchedSince + Math.max(SUPERVISION.neverSeen[classOf(device)], silence ?? 0);
  if (silence === null) return null;
  // Its bridge says it is gone: one missed cadence is enough.
  const patience = online === false ? silence / SUPERVISION.cadences : silence;
  return Math.max(lastSeen, heardSince) + patience;
};

const hasLowBattery = (activity: DeviceActivity, now: EpochMillis): boolean => {
  const level = activity.battery.at(-1)?.level;
  const end = batteryEnd(activity);
  if (activity.conditions['battery-low'] !== undefined && level !== undefined)
    return activity.batteryLow || level <= SUPERVISION.batteryFine;
  return (
    activity.batteryLow ||
    (level !== undefined && level <= SUPERVISION.batteryLow) ||
    (end !== null && end < now + SUPERVISION.batteryDays)
  );
};
