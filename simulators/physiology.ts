import { DAY, type EpochMillis, HOUR, MINUTE } from '../domain/time.js';
import { type Routine, whereaboutsAt } from './behaviours/daily-life.js';
import { localDay } from './local-time.js';
import { noiseAt } from './noise.js';
import { keyOf, type Random, randomFrom } from './random.js';

export const CONDITIONS = ['copd', 'heart_failure', 'atrial_fibrillation', 'hypertension', 'diabetes'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Share of nursing-home residents that live with each condition, and may share it with others. */
const PREVALENCE: Record<Condition, number> = {
  copd: 0.12,
  heart_failure: 0.2,
  atrial_fibrillation: 0.15,
  hypertension: 0.45,
  diabetes: 0.2,
};

/** In canonical units: /min, %, mm[Hg], Cel, mg/dL, kg. Not rounded: devices round. */
export interface Vitals {
  readonly heartRate: number;
  readonly respiratoryRate: number;
  readonly spo2: number;
  readonly systolicBp: number;
  readonly diastolicBp: number;
  readonly temperature: number;
  readonly glucose: number;
  readonly weight: number;
}

/** A simulated body: a routine, chronic conditions and the values it returns to at rest. */
export interface Person {
  readonly id: string;
  readonly routine: Routine;
  readonly conditions: ReadonlySet<Condition>;
  readonly baseline: Vitals;
  readonly noise: Readonly<Record<'strain' | 'heart' | 'breath' | 'oxygen' | 'pressure' | 'heat' | 'sugar', number>>;
}

const conditionsOf = (random: Random): ReadonlySet<Condition> =>
  new Set(CONDITIONS.filter((condition) => random.fork(condition).chance(PREVALENCE[condition])));

/**
 * Resting values. Margins are chosen so that the bounded noise, the activity and the night keep a body without an
 * acute episode inside the default alert limits (standards §4.3); COPD sits just above them.
 */
const baselineOf = (random: Random, conditions: ReadonlySet<Condition>): Vitals => {
  const has = (condition: Condition): boolean => conditions.has(condition);
  const range = (name: string, low: number, high: number): number => random.fork(name).between(low, high);
  return {
    heartRate: has('atrial_fibrillation')
      ? range('hr', 72, 79)
      : has('heart_failure')
        ? range('hr', 70, 77)
        : range('hr', 64, 74),
    respiratoryRate: has('copd') ? range('rr', 15.6, 16.2) : range('rr', 14.2, 15.6),
    spo2: has('copd') ? range('spo2', 94.3, 94.9) : range('spo2', 95.8, 97.6),
    systolicBp: has('hypertension') ? range('sbp', 130, 140) : range('sbp', 118, 128),
    diastolicBp: has('hypertension') ? range('dbp', 76, 82) : range('dbp', 68, 76),
    temperature: range('temp', 36.45, 36.75),
    glucose: has('diabetes') ? range('glucose', 112, 128) : range('glucose', 86, 98),
    weight: range('weight', 49, 84),
  };
};

/** The body of a resident: the same seed and id give the same person whatever else is simulated. */
export const personOf = (seed: string, resident: string, place: Pick<Routine, 'zone' | 'kind'>): Person => {
  const path = `${seed}/${resident}`;
  const random = randomFrom(path);
  const conditions = conditionsOf(random.fork('conditions'));
  const key = (name: string): number => keyOf(`${path}/noise/${name}`);
  return {
    id: resident,
    routine: { path, zone: place.zone, kind: place.kind },
    conditions,
    baseline: baselineOf(random.fork('baseline'), conditions),
    noise: {
      strain: key('strain'),
      heart: key('heart'),
      breath: key('breath'),
      oxygen: key('oxygen'),
      pressure: key('pressure'),
      heat: key('heat'),
      sugar: key('sugar'),
    },
  };
};

/** Core temperature is lowest at about 05:00 and highest at 17:00; -1 to 1. */
const circadian = (hour: number): number => -Math.cos((2 * Math.PI * (hour - 5)) / 24);

const MEALS = [8, 12.3, 18.8] as const;
/** Rise of glucose after a meal: its height 50 min later, gone after three hours; 0 to 1. */
const digestion = (hour: number): number =>
  MEALS.reduce((most, meal) => {
    const since = (hour - meal) / 0.83;
    return since > 0 ? Math.max(most, since * Math.exp(1 - since)) : most;
  }, 0);

/** Effort of the last minutes: a heart does not jump when someone stands up. */
const effortAt = (routine: Routine, time: EpochMillis): number => {
  let sum = 0;
  for (let ago = 0; ago < 4; ago++) sum += whereaboutsAt(routine, time - ago * 2 * MINUTE).activity;
  return sum / 4;
};

/**
 * Vital signs of a person at a time, without acute episodes: circadian rhythm, effort and autoregressive noise, a
 * part of which (`strain`) moves heart, breath, oxygen and pressure together. Pure: any time, in any order.
 */
export const vitalsAt = (person: Person, time: EpochMillis): Vitals => {
  const { baseline, conditions, noise, routine } = person;
  const { hour } = localDay(time, routine.zone);
  const { asleep } = whereaboutsAt(routine, time);
  const sleep = asleep ? 1 : 0;
  const day = circadian(hour);
  const effort = effortAt(routine, time);
  const strain = noiseAt(noise.strain, time, 2);
  const irregular = conditions.has('atrial_fibrillation') ? 2.4 : 0.7;
  const heartRate =
    baseline.heartRate + 3 * day + 17 * effort - 3 * sleep + 1.2 * strain + irregular * noiseAt(noise.heart, time);
  const pressure = 5 * day + 9 * effort - 3 * sleep + 1.5 * strain + 1.6 * noiseAt(noise.pressure, time, 6);
  return {
    heartRate,
    respiratoryRate:
      baseline.respiratoryRate +
      0.05 * (heartRate - baseline.heartRate) +
      1.2 * effort -
      0.6 * sleep +
      0.3 * strain +
      0.25 * noiseAt(noise.breath, time),
    spo2: Math.min(
      99.4,
      baseline.spo2 - 0.5 * sleep - 0.6 * effort - 0.2 * strain + 0.25 * noiseAt(noise.oxygen, time, 2),
    ),
    systolicBp: baseline.systolicBp + pressure,
    diastolicBp: baseline.diastolicBp + 0.45 * pressure,
    temperature: baseline.temperature + 0.33 * day + 0.08 * effort + 0.06 * noiseAt(noise.heat, time, 20),
    glucose:
      baseline.glucose +
      digestion(hour) * (conditions.has('diabetes') ? 65 : 30) +
      2.5 * noiseAt(noise.sugar, time, 15),
    weight: baseline.weight + (0.4 * hour) / 24 + 0.15 * noiseAt(noise.sugar, time, DAY / (HOUR / 180)),
  };
};
