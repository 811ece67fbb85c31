import type { Metric } from '../../../domain/metrics.js';
import type { DeviceTime } from '../codec.js';
import type { Bytes } from '../support/bytes.js';
import { milesight, type Field } from './milesight.js';
import { unixTime, type Collector, type PayloadDecoder } from './payload.js';

type Finding = readonly [Metric, boolean];

/** Where the radar sees somebody, by the code on the wire; 0 = nothing special. */
const DETECTION: readonly (Finding | null)[] = [
  null,
  ['presence', false],
  ['bed_occupancy', true],
  ['bed_occupancy', false],
  ['fall', true],
];

/** The same, as payload formatters call it. */
export const DETECTION_WORDS: Readonly<Record<string, Finding | null>> = {
  normal: DETECTION[0]!,
  vacant: DETECTION[1]!,
  inbed: DETECTION[2]!,
  outofbed: DETECTION[3]!,
  fall: DETECTION[4]!,
};

/** Alarm types in the order of their codes; breathing alarms are no measure of breathing. */
export const ALARM_WORDS = ['fall', 'motionless', 'dwell', 'outofbed', 'occupied', 'vacant'] as const;
const MOST_ALARM_TYPES = 9;
const TRIGGERED = 1;
const OVER = [2, 3];

/**
 * What an alarm says. A fall that was dismissed or ignored on the device is over; the end of the others says nothing
 * about where the person is now.
 */
export const alarmFinding = (type: string, status: 'triggered' | 'over'): Finding | null => {
  if (type === 'fall') return ['fall', status === 'triggered'];
  if (status === 'over') return null;
  if (type === 'outofbed') return ['bed_occupancy', false];
  if (type === 'occupied') return ['presence', true];
  return type === 'vacant' ? ['presence', false] : null;
};

const addDetection = (code: number, out: Collector): void => {
  const finding = DETECTION[code];
  if (finding) out.add(...finding);
  else if (finding === undefined) out.reject('detection_status', 'expected 0 to 4');
};

/** Alarm id, type, status, region. */
const addAlarm = (bytes: Bytes, out: Collector, time?: DeviceTime): void => {
  bytes.skip(2);
  const [type, status] = [bytes.u8(), bytes.u8()];
  bytes.skip(1);
  if (type >= MOST_ALARM_TYPES) return out.reject('alarm_type', `expected 0 to ${MOST_ALARM_TYPES - 1}`);
  if (status !== TRIGGERED && !OVER.includes(status)) return;
  const finding = alarmFinding(ALARM_WORDS[type] ?? '', status === TRIGGERED ? 'triggered' : 'over');
  if (finding) out.add(...finding, time);
};

/** 2 normal, 3 tachypnea, 4 bradypnea; 1 and 5 = nothing measured. Hundredths of a breath per minute. */
const breathing: Field = (bytes, out) => {
  const status = bytes.u8();
  const rate = bytes.u16() / 100;
  if (status >= 2 && status <= 4 && rate > 0) out.add('respiratory_rate', rate);
};

const detection =
  (rest: number): Field =>
  (bytes, out) => {
    addDetection(bytes.u8(), out);
    bytes.skip(rest);
  };
const skip =
  (length: number): Field =>
  (bytes) =>
    bytes.skip(length);

/**
 * VS373 fall and bed radar. Regions (04 F9) are not read: their polarity was turned round between firmware
 * generations, and the detection status says the same without doubt.
 */
export const vs373: PayloadDecoder = milesight('VS373', [
  [0x03f8, detection(5)],
  [0x07b0, detection(7)],
  [0x04f9, skip(4)],
  [0x05fa, skip(8)],
  [0x06fb, (bytes, out) => addAlarm(bytes, out)],
  [0x08b1, breathing],
  [0x09b2, skip(6)],
  [0x0ab3, skip(5)],
  [0x0bb4, skip(9)],
  [0x0cb4, skip(9)],
  [0x20ce, (bytes, out) => addAlarm(bytes, out, unixTime(bytes.u32()))],
]);
