import { type EpochMillis, type Millis, MINUTE, SECOND, toIso } from '../../../domain/time.js';
import { keyOf, uniformAt } from '../../random.js';
import { type DeviceSetup, type Emission, FIRST_BURST, jsonBytes, type SimulatedDevice } from './device.js';

/** Attributes as Zigbee2MQTT publishes them. */
export type Attributes = Readonly<Record<string, unknown>>;

export interface ZigbeeOptions {
  /** How often the sensor looks at the world. */
  readonly every: Millis;
  /** What it sees; published when it differs from the last time, and at each heartbeat. */
  observe(at: EpochMillis): Attributes;
}

/** Battery sensors report at least this often. */
const HEARTBEAT = 50 * MINUTE;

/**
 * A sensor behind Zigbee2MQTT: every message repeats all cached attributes, battery, link quality and `last_seen`;
 * availability is retained.
 */
export const zigbeeDevice = (setup: DeviceSetup, { every, observe }: ZigbeeOptions): SimulatedDevice => {
  const name = setup.device.identifiers[0];
  if (!name) throw new Error(`device ${setup.device.id}: expected its Zigbee2MQTT friendly name as identifier`);
  const topic = `zigbee2mqtt/${name}`;
  const { random, origin } = setup;
  const battery = random.fork('battery').int(38, 100);
  const voltage = 2600 + battery * 4;
  const signal = keyOf(`${setup.device.id}/signal`);
  const first = Math.round(origin + random.fork('first').between(500, FIRST_BURST));
  let seen = '';
  let reportedAt = Number.NEGATIVE_INFINITY;

  const message = (at: EpochMillis, attributes: Attributes): Emission => ({
    at,
    topic,
    payload: jsonBytes({
      ...attributes,
      battery,
      voltage,
      linkquality: 60 + Math.floor(160 * uniformAt(signal, Math.floor(at / MINUTE))),
      last_seen: toIso(setup.clock(at)),
    }),
    retain: false,
  });

  return {
    first,
    wake(at) {
      const emissions: Emission[] = [];
      if (at === first)
        emissions.push({ at, topic: `${topic}/availability`, payload: jsonBytes({ state: 'online' }), retain: true });
      const attributes = observe(at);
      const sight = JSON.stringify(attributes);
      if (sight !== seen || at - reportedAt >= HEARTBEAT) {
        seen = sight;
        reportedAt = at;
        emissions.push(message(at, attributes));
      }
      return { emissions, next: at + every };
    },
  };
};

export const LOOK_EVERY: Millis = 15 * SECOND;
