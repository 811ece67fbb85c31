import { type LocalDateTime, SECOND } from '../../domain/time.js';
import type { DeviceModel, DeviceSetup, Emission, SimulatedDevice } from './support/device.js';
import { bytes, field, SFLOAT_NAN } from './support/ieee11073.js';
import { gattTopic, type Notification, spotDevice } from './support/spot.js';

const SERVICE = '1822';
const SPOT_CHECK = '2a5e';
const CONTINUOUS = '2a5f';

// PLX measurement status (GATT_Specification_Supplement, PLX Spot-Check Measurement).
const ONGOING = 1 << 5;
const VALIDATED = 1 << 7;
const FULLY_QUALIFIED = 1 << 8;
const FROM_STORAGE = 1 << 9;

/** Bytes of a PLX Spot-Check Measurement (0x2A5E). A null clock sets the "device clock is not set" flag. */
export const encodeSpotCheck = (measurement: {
  readonly spo2: number;
  readonly pulse: number;
  readonly clock?: LocalDateTime | null;
  readonly status?: number;
}): Uint8Array => {
  const { spo2, pulse, clock, status } = measurement;
  const flags = (clock ? 0x01 : 0) | (status === undefined ? 0 : 0x02) | (clock === null ? 0x10 : 0);
  return bytes(
    field.u8(flags),
    field.sfloat(Math.round(spo2)),
    field.sfloat(Math.round(pulse)),
    clock ? field.dateTime(clock) : [],
    status === undefined ? [] : field.u16(status),
  );
};

/** Bytes of a PLX Continuous Measurement (0x2A5F) with a measurement status. */
export const encodeContinuous = (spo2: number, pulse: number): Uint8Array =>
  bytes(field.u8(0x04), field.sfloat(Math.round(spo2)), field.sfloat(Math.round(pulse)), field.u16(VALIDATED));

/** What an oximeter says while it still searches for a pulse: two NaN. */
const searching = bytes(field.u8(0x04), field.u16(SFLOAT_NAN), field.u16(SFLOAT_NAN), field.u16(ONGOING));

const STREAM_EVERY = 4 * SECOND;

/** Streams while a `watch` of the script lasts. */
const streaming = (setup: DeviceSetup): SimulatedDevice | null => {
  const watches = setup.subject.script.filter((incident) => incident.kind === 'watch');
  const first = watches[0];
  if (!first) return null;
  return {
    first: first.from,
    wake(at) {
      const { spo2, heartRate } = setup.subject.vitals(at);
      const starting = watches.some((watch) => watch.from === at);
      const notification: Notification = {
        service: SERVICE,
        characteristic: CONTINUOUS,
        payload: starting ? searching : encodeContinuous(spo2, heartRate),
      };
      const emissions: Emission[] = [
        { at, topic: gattTopic(setup, notification), payload: notification.payload, retain: false },
      ];
      const next = at + STREAM_EVERY;
      const lasting = watches.some((watch) => next >= watch.from && next < watch.until);
      const later = watches.find((watch) => watch.from > at);
      return { emissions, next: lasting ? next : (later?.from ?? null) };
    },
  };
};

/** A finger oximeter of the nurse's trolley: spot checks at the rounds, a stream when it is left on. */
export const pulseOximeter: DeviceModel = {
  name: 'pulse-oximeter',
  simulate(setup) {
    const spot = spotDevice(setup, {
      turn: 0,
      rounds: [0, 1, 2, 3],
      encode: ({ vitals, clock, stored }) => [
        {
          service: SERVICE,
          characteristic: SPOT_CHECK,
          payload: encodeSpotCheck({
            spo2: vitals.spo2,
            pulse: vitals.heartRate,
            clock,
            status: VALIDATED | (stored ? FROM_STORAGE : FULLY_QUALIFIED),
          }),
        },
      ],
    });
    const stream = streaming(setup);
    if (!stream) return spot;
    let due: { spot: number | null; stream: number | null } = { spot: spot.first, stream: stream.first };
    const soonest = (): number | null =>
      due.spot === null ? due.stream : due.stream === null ? due.spot : Math.min(due.spot, due.stream);
    return {
      first: Math.min(spot.first, stream.first),
      wake(at) {
        const part = due.spot === at ? 'spot' : 'stream';
        const { emissions, next } = (part === 'spot' ? spot : stream).wake(at);
        due = { ...due, [part]: next };
        return { emissions, next: soonest() };
      },
    };
  },
};
