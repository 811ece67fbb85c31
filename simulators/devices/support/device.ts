import type { Device } from '../../../domain/device.js';
import type { EpochMillis } from '../../../domain/time.js';
import type { Whereabouts } from '../../behaviours/daily-life.js';
import type { Script } from '../../incidents.js';
import type { Person, Vitals } from '../../physiology.js';
import type { Random } from '../../random.js';

/** What a device sends: `at` is simulated time and may lie a little ahead of the wake-up that produced it. */
export interface Emission {
  readonly at: EpochMillis;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

/** What a device did when it woke, and when it wakes next; null = it is done. */
export interface Wakeup {
  readonly emissions: readonly Emission[];
  readonly next: EpochMillis | null;
}

/** The body and the day of whoever wears the device or lives in its room, in simulated time. */
export interface Subject {
  readonly person: Person;
  vitals(at: EpochMillis): Vitals;
  whereabouts(at: EpochMillis): Whereabouts;
  /** Only what happens to this person. */
  readonly script: Script;
}

/** All a simulated device knows. */
export interface DeviceSetup {
  readonly device: Device;
  readonly subject: Subject;
  /** The MQTT identity it speaks through: its own, or the box that relays it. */
  readonly box: string | null;
  readonly zone: string;
  readonly random: Random;
  /** Start of the simulation. */
  readonly origin: EpochMillis;
  /** What the device already holds in memory from before the start and sends at its first connection. */
  readonly historySince: EpochMillis;
  /** The clock of the device: simulated time to the time it writes in its messages. */
  clock(at: EpochMillis): EpochMillis;
}

/** A running simulated device: `wake` is called at `first`, then at each `next` it asked for. */
export interface SimulatedDevice {
  readonly first: EpochMillis;
  wake(at: EpochMillis): Wakeup;
}

/** One file of this folder: `name` is the `model` of the provisioning it plays, and how it behaves. */
export interface DeviceModel {
  readonly name: string;
  simulate(setup: DeviceSetup): SimulatedDevice;
}

/** Everything shows a value within this long after the start. */
export const FIRST_BURST = 14_000;

export const jsonBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
