import type { EpochMillis, LocalDateTime, Millis } from '../../../domain/time.js';
import { DAY, SECOND } from '../../../domain/time.js';
import { visitsBetween } from '../../behaviours/daily-life.js';
import { toLocal } from '../../local-time.js';
import type { Vitals } from '../../physiology.js';
import { type DeviceSetup, type Emission, FIRST_BURST, type SimulatedDevice, type Wakeup } from './device.js';

/** A measurement as the device holds it: `clock` is null when its clock was never set. */
export interface Measurement {
  readonly vitals: Vitals;
  readonly clock: LocalDateTime | null;
  /** Sent from memory, not as it was taken. */
  readonly stored: boolean;
}

/** One notification of a measurement: which characteristic, when after the start of the measurement, which bytes. */
export interface Notification {
  readonly service: string;
  readonly characteristic: string;
  readonly after?: Millis;
  readonly payload: Uint8Array;
}

export interface SpotOptions {
  /** Seconds after the carer arrived, so that instruments are used one after the other. */
  readonly turn: Millis;
  /** Rounds at which it is used; the others are skipped. 0 is the first of the day. */
  readonly rounds: readonly number[];
  readonly encode: (measurement: Measurement) => readonly Notification[];
  /** Records kept and sent again at each connection, as many meters do. */
  readonly memory?: number;
}

const BATTERY_SERVICE = '180f';
const BATTERY_LEVEL = '2a19';
/** One device in this many never had its clock set. */
const UNSET_CLOCKS = 25;

/** GATT topic of this project (contract §4). */
export const gattTopic = (setup: DeviceSetup, { service, characteristic }: Notification): string => {
  const mac = setup.device.identifiers[0];
  if (!setup.box || !mac) throw new Error(`device ${setup.device.id}: expected a box and a MAC address`);
  return `gatt/${setup.box}/${mac}/${service}/${characteristic}`;
};

/** Times at which the instrument is used for this person: some of the carer's rounds and the script's extra measures. */
const usesBetween = (setup: DeviceSetup, { rounds, turn }: SpotOptions, from: EpochMillis, to: EpochMillis) => {
  const { person, script } = setup.subject;
  const planned = visitsBetween(person.routine, from - turn, to - turn).filter((visit) => rounds.includes(visit.round));
  const asked = script.flatMap((incident) => (incident.kind === 'measure' ? [incident.at] : []));
  return [...planned.map((visit) => visit.at), ...asked.filter((at) => at >= from - turn && at < to - turn)]
    .map((at) => at + turn)
    .sort((a, b) => a - b);
};

/**
 * An instrument used for a moment, then put away: at the rounds, when asked, and once soon after the start. At its
 * first connection it sends what it stored before, dated by its own clock.
 */
export const spotDevice = (setup: DeviceSetup, options: SpotOptions): SimulatedDevice => {
  const { origin, zone, random, subject } = setup;
  // What is sent again must be recognised by its date: instruments with a memory have a clock.
  const clockSet = options.memory !== undefined || random.fork('clock').int(1, UNSET_CLOCKS) !== 1;
  const battery = random.fork('battery').int(35, 100);
  const first = Math.round(origin + random.fork('first').between(1, 0.8 * FIRST_BURST));
  const kept: (readonly Notification[])[] = [];

  const measure = (at: EpochMillis, stored: boolean): readonly Notification[] => {
    const clock = clockSet ? toLocal(setup.clock(at), zone) : null;
    const notifications = options.encode({ vitals: subject.vitals(at), clock, stored });
    if (options.memory) {
      kept.push(notifications);
      if (kept.length > options.memory) kept.shift();
    }
    return notifications;
  };
  const emissions = (at: EpochMillis, notifications: readonly Notification[]): Emission[] =>
    notifications.map((notification) => ({
      at: at + (notification.after ?? 0),
      topic: gattTopic(setup, notification),
      payload: notification.payload,
      retain: false,
    }));
  const level: Notification = {
    service: BATTERY_SERVICE,
    characteristic: BATTERY_LEVEL,
    payload: Uint8Array.of(battery),
  };
  const nextUse = (after: EpochMillis): EpochMillis =>
    usesBetween(setup, options, after + SECOND, after + 3 * DAY)[0] ?? after + DAY;

  return {
    first,
    wake(at): Wakeup {
      const sent: Emission[] = [];
      if (at === first && clockSet)
        for (const time of usesBetween(setup, options, setup.historySince, origin)) {
          const stored = measure(time, true);
          if (!options.memory)
            sent.push(
              ...emissions(
                at,
                stored.filter((notification) => !notification.after),
              ),
            );
        }
      const fresh = measure(at, false);
      if (options.memory) for (const record of kept) sent.push(...emissions(at, record));
      else sent.push(...emissions(at, fresh));
      sent.push(...emissions(at, [level]));
      return { emissions: sent, next: nextUse(at) };
    },
  };
};
