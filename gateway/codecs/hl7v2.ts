import type { Hl7Message, Hl7Segment } from '@medplum/core';
import { z } from 'zod';
import { DecodeError } from '../../domain/errors.js';
import { convert } from '../../domain/units.js';
import type { Address, Codec, DecodedMessage, DecodedValue, DeviceTime, RejectedValue } from './codec.js';
import { metricOf, unitOf } from './hl7v2/codes.js';
import { component, parseHl7, parseHl7Time } from './hl7v2/message.js';

const TOPIC = /^hl7\/([^/]+)\/.+$/;

/** OBX-11 (table 0085) of a value that may be used; R, unverified, is the normal status of device data. */
const USABLE = new Set(['', 'R', 'F', 'C', 'U', 'P']);
/** OBX-8 of values that are none (IHE PCD TF-2: not available, invalid, test or demo data) or doubtful. */
const NO_VALUE = /^(?:NAV|INV|OFF|TEST|DEMO|MSMT-ONGOING)$/i;
const DOUBTFUL = /^(?:QUES|CALIBRATION-ONGOING|EARLY)$/i;
/** What monitors write for "no value", whatever the status says: −100, and 2^23 − 1 (the FLOAT NaN). */
const SENTINELS = new Set([-100, 8_388_607]);
const NUMBER = /^[+-]?\d{1,9}(?:\.\d{1,9})?$/;

const message = (...observations: readonly string[]): string =>
  [
    'MSH|^~\\&|MONITOR^0011223344556677^EUI-64|VENDOR|||20261123085812+0100||ORU^R01^ORU_R01|1001|P|2.6',
    'OBR|1|A1|A1|182777000^monitoring of patient^SCT|||20261123085800+0100',
    ...observations,
  ].join('\r');

/**
 * HL7 v2 ORU^R01 and IHE PCD-01, from the MLLP listener or a bridge: `hl7/<sender>/…`. MDC and LOINC codes, MDC and
 * UCUM units. The device is the one the message names (OBX-18, OBR-3 or MSH-3), for a sender speaks for many monitors.
 * PID is not read: who had the monitor is the registry's to say. Alerts (ORU^R40) and training messages give nothing.
 */
export const codec: Codec = {
  name: 'hl7v2',
  configSchema: z.object({ timezone: z.string().optional() }),
  examples: [
    {
      topic: 'hl7/reanimation/oru',
      payload: message(
        'OBX|1|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1.1|98|262688^MDC_DIM_PERCENT^MDC|||||R',
        'OBX|2|NM|150344^MDC_TEMP^MDC|1.4.1.1|99.5|266560^MDC_DIM_FAHR^MDC|||||R',
        'OBX|3|NM|147842^MDC_ECG_HEART_RATE^MDC|1.7.1.1|-100|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||F',
      ),
      gives: { spo2: 98, body_temperature: 37.5 },
    },
    {
      topic: 'hl7/chariot/oru',
      payload: message('OBX|1|NM|8480-6^Systolic BP^LN||15.2|kPa^^UCUM|||||F|||20261123085755+0100'),
      gives: { systolic_bp: 114.0093757704 },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    return match ? { identifier: match[1] as string } : null;
  },
  decode({ payload }) {
    const hl7 = parseHl7(payload);
    const header = hl7.header;
    const isResult = component(header, 9) === 'ORU' && component(header, 9, 2) === 'R01';
    const production = ['', 'P'].includes(component(header, 11));
    if (!isResult || !production) return { values: [] };
    onePatient(hl7);
    const { values, rejected } = observations(hl7);
    const first = rejected[0];
    if (values.length === 0 && first) throw new DecodeError(first.reason, first.detail);
    const device = deviceOf(hl7);
    const control = component(header, 10);
    return {
      values,
      ...(first ? { rejected } : {}),
      ...(control === '' ? {} : { sequence: sequenceKey(control, values) }),
      ...(device ? { device } : {}),
    } satisfies DecodedMessage;
  },
};

/** Counters restart with the monitor: the same MSH-10 is the same message only if it says the same thing. */
const sequenceKey = (control: string, values: readonly DecodedValue[]): string =>
  [control, ...values.map(({ metric, value }) => `${metric}=${value}`)].join(' ');

const onePatient = (hl7: Hl7Message): void => {
  const patients = new Set(hl7.getAllSegments('PID').map((segment) => component(segment, 3)));
  if (patients.size > 1)
    throw new DecodeError('invalid_value', `expected the results of one patient, came those of ${patients.size}`);
};

/**
 * The most exact name the message has for its device: equipment instance OBX-18, an EUI-64 in OBR-3, the sending
 * application MSH-3 (its EUI-64 first). Two instances in one message are two devices: that is never guessed.
 */
const deviceOf = (hl7: Hl7Message): Address | null => {
  const named = hl7.getAllSegments('OBX').map((obx) => [component(obx, 18, 3), component(obx, 18)].filter(Boolean));
  const instances = new Map(named.filter((names) => names.length > 0).map((names) => [names.join('^'), names]));
  if (instances.size > 1)
    throw new DecodeError('invalid_value', `expected the values of one device, came those of ${instances.size}`);
  const [instance] = instances.values();
  if (instance) return addressOf(instance);
  const order = hl7.getSegment('OBR');
  if (component(order, 3, 4) === 'EUI-64' && component(order, 3, 3)) return addressOf([component(order, 3, 3)]);
  return addressOf([component(hl7.header, 3, 2), component(hl7.header, 3)].filter(Boolean));
};

const addressOf = ([identifier, ...aliases]: readonly string[]): Address | null =>
  identifier === undefined ? null : { identifier, aliases };

const observations = (hl7: Hl7Message): { values: DecodedValue[]; rejected: RejectedValue[] } => {
  const values: DecodedValue[] = [];
  const rejected: RejectedValue[] = [];
  let orderTime: DeviceTime | undefined;
  for (const segment of hl7.segments) {
    if (segment.name === 'OBR') orderTime = parseHl7Time(component(segment, 7));
    if (segment.name !== 'OBX') continue;
    const result = observation(segment, orderTime);
    if (result === null) continue;
    if ('reason' in result) rejected.push(result);
    else values.push(result);
  }
  return { values, rejected };
};

/** One OBX; null = not one of our metrics, or no value (containment rows, sensor off). */
const observation = (obx: Hl7Segment, orderTime: DeviceTime | undefined): DecodedValue | RejectedValue | null => {
  const metric = metricOf(component(obx, 3), component(obx, 3, 3));
  const text = component(obx, 5);
  const flags = (obx.getField(8)?.components ?? []).map(([flag = '']) => flag.trim());
  if (metric === null || text === '' || !USABLE.has(component(obx, 11)) || flags.some((flag) => NO_VALUE.test(flag)))
    return null;
  if (!['NM', 'ST'].includes(component(obx, 2)) || !NUMBER.test(text))
    return { metric, reason: 'invalid_value', detail: `${metric}: expected a number (OBX-2 NM)` };
  const value = Number(text);
  if (SENTINELS.has(value)) return null;
  const unit = unitOf(component(obx, 6), component(obx, 6, 3));
  try {
    if (unit === '') throw new DecodeError('unit_mismatch', `${metric}: expected a unit in OBX-6`);
    convert(metric, 0, unit);
  } catch (error) {
    if (error instanceof DecodeError) return { metric, reason: error.reason, detail: error.message };
    throw error;
  }
  const time = parseHl7Time(component(obx, 14)) ?? orderTime;
  const doubtful = component(obx, 11) === 'P' || flags.some((flag) => DOUBTFUL.test(flag));
  return { metric, value, unit, ...(time ? { time } : {}), ...(doubtful ? { quality: 'questionable' } : {}) };
};
