import { type EpochMillis, HOUR, MINUTE, SECOND, toIso } from '../../domain/time.js';
import type { Vitals } from '../physiology.js';
import { keyOf, uniformAt } from '../random.js';
import { type DeviceModel, type DeviceSetup, type Emission, jsonBytes } from './support/device.js';

const EVERY = 5 * SECOND;
const MEMORY_STEP = 5 * MINUTE;
const BATTERY_EVERY = 10 * MINUTE;
/** Skin contact is lost now and then: no SpO2 in that message. */
const LOST_CONTACT = 0.02;
const HOURS_OF_BATTERY = 120;

interface Value {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly time?: string;
}

const valuesOf = (vitals: Vitals, time?: EpochMillis): Value[] => {
  const dated = time === undefined ? {} : { time: toIso(time) };
  return [
    { metric: 'heart_rate', value: Math.round(vitals.heartRate), unit: '/min', ...dated },
    { metric: 'spo2', value: Math.round(vitals.spo2), unit: '%', ...dated },
    { metric: 'respiratory_rate', value: Math.round(vitals.respiratoryRate), unit: '/min', ...dated },
  ];
};

/** What it kept while out of reach, an hour a message, on a fixed grid so that the same hour is always the same bytes. */
const memory = (setup: DeviceSetup, topic: string, number: () => number): Emission[] => {
  const emissions: Emission[] = [];
  const { origin, historySince, subject } = setup;
  const hours = Math.ceil((origin - historySince) / HOUR);
  for (let hour = 0; hour < hours; hour++) {
    const from = Math.ceil((historySince + hour * HOUR) / MEMORY_STEP) * MEMORY_STEP;
    const to = Math.min(historySince + (hour + 1) * HOUR, origin);
    const readings: Value[] = [];
    for (let time = from; time < to; time += MEMORY_STEP) readings.push(...valuesOf(subject.vitals(time), time));
    if (readings.length === 0) continue;
    emissions.push({ at: 0, topic, payload: jsonBytes({ seq: number(), readings }), retain: false });
  }
  return emissions;
};

/** A wrist monitor with its own MQTT identity that speaks vigie-json (contract §4) every five seconds. */
export const wearable: DeviceModel = {
  name: 'wearable',
  simulate(setup) {
    const { device, origin, random, subject } = setup;
    const topic = `vigie/v1/${device.site}/${device.id}/readings`;
    const contact = keyOf(`${subject.person.id}/${device.id}/contact`);
    const charged = random.fork('battery').between(60, 100);
    const sendsMemoryAt = origin + random.fork('memory').int(16_000, 55_000);
    const first = Math.round(origin + random.fork('first').between(0.3, 0.3 + EVERY / SECOND) * SECOND);
    // A counter that starts from the clock (tenths of seconds) never repeats a number it used before a restart.
    let seq = Math.floor(origin / 100);
    let memorySent = false;
    let batterySentAt = Number.NEGATIVE_INFINITY;
    return {
      first,
      wake(at) {
        const time = setup.clock(at);
        const readings = valuesOf(subject.vitals(at)).filter(
          ({ metric }) => metric !== 'spo2' || uniformAt(contact, Math.floor(at / EVERY)) >= LOST_CONTACT,
        );
        if (at - batterySentAt >= BATTERY_EVERY) {
          batterySentAt = at;
          const left = Math.max(8, Math.round(charged - (100 * ((at - origin) / HOUR)) / HOURS_OF_BATTERY));
          readings.push({ metric: 'battery_level', value: left, unit: '%' });
        }
        const emissions: Emission[] = [
          { at, topic, payload: jsonBytes({ seq: seq++, time: toIso(time), readings }), retain: false },
        ];
        if (!memorySent && at >= sendsMemoryAt) {
          memorySent = true;
          const spread = EVERY / 30;
          emissions.push(
            ...memory(setup, topic, () => seq++).map((emission, index) => ({
              ...emission,
              at: Math.round(at + 1 + index * spread),
            })),
          );
        }
        return { emissions, next: at + EVERY };
      },
    };
  },
};
