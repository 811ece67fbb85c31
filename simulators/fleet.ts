import { DAY, type EpochMillis, type Millis } from '../domain/time.js';
import type { Log } from '../platform/log.js';
import { type Recording, readFitbitHeartRate, shippedHeartRate } from './behaviours/player.js';
import { castOf } from './cast.js';
import { jsonBytes } from './devices/support/device.js';
import type { Script } from './incidents.js';
import { Link, type LinkCounts } from './link.js';
import type { ProvisionedDevice, Provisioning } from './provisioning.js';
import { randomFrom } from './random.js';
import { loadDeviceModels, timeline } from './timeline.js';

export interface FleetOptions {
  readonly brokerUrl: string;
  readonly provisioning: Provisioning;
  readonly seed: string;
  /** Simulated seconds per real second. */
  readonly speed?: number;
  readonly now?: () => EpochMillis;
  readonly log: Log;
  /** What happens, given the start of the simulation. */
  readonly script?: (origin: EpochMillis) => Script;
  /** How far back the devices remember; their memory is sent soon after the start. */
  readonly history?: Millis;
  /** Which devices take part; all when left out. */
  readonly only?: (device: ProvisionedDevice) => boolean;
  /** Appended to MQTT client ids, so that two fleets of the same identities do not take each other's sessions. */
  readonly clientSuffix?: string;
}

export interface FleetCounts extends LinkCounts {
  readonly identities: number;
  readonly connected: number;
}

export interface Fleet {
  readonly origin: EpochMillis;
  counts(): FleetCounts;
  /** Lets what is in flight be acknowledged, then closes every connection. */
  stop(): Promise<void>;
}

const BRIDGE_STATE = 'zigbee2mqtt/bridge/state';
/** The start does not wait longer for connections; devices go on trying by themselves. */
const PATIENCE: Millis = 5_000;
const LONGEST_NAP: Millis = 250;
/** Messages handed over in one go after a pause of the process, before others get their turn. */
const BURST = 500;

const presenceOf = (isBox: boolean) => {
  const message = (state: string) => ({ topic: BRIDGE_STATE, payload: jsonBytes({ state }), retain: true });
  return isBox ? { presence: { birth: message('online'), will: message('offline') } } : {};
};

/** Opens one connection per identity that takes part: boxes, and devices with a username. */
const openLinks = (options: FleetOptions): Map<string, Link> => {
  const { brokerUrl, provisioning, seed, log, only = () => true, clientSuffix = '' } = options;
  const taking = provisioning.devices.filter(only);
  const relayed = new Set(taking.filter((device) => device.username === undefined).map((device) => device.site));
  const identities = [
    ...provisioning.boxes.filter((box) => relayed.has(box.site)).map((box) => ({ ...box, isBox: true })),
    ...taking.map((device) => ({ ...device, isBox: false })),
  ];
  const links = new Map<string, Link>();
  for (const { username, password, isBox } of identities) {
    if (username === undefined || password === undefined) continue;
    const reconnectAfter = randomFrom(`${seed}/link/${username}`).int(1_000, 3_000);
    const clientId = `${username}${clientSuffix}`;
    links.set(
      username,
      new Link({ brokerUrl, clientId, username, password, reconnectAfter, log, ...presenceOf(isBox) }),
    );
  }
  return links;
};

/** One wearer has the heart of a recorded human. A missing file costs realism, not the fleet. */
const recordingsFor = async ({ provisioning, log }: FleetOptions): Promise<ReadonlyMap<string, Recording>> => {
  const wearer = castOf(provisioning).recorded;
  if (wearer === null) return new Map();
  try {
    return new Map([[wearer, await readFitbitHeartRate(shippedHeartRate())]]);
  } catch (error) {
    log.warn({ reason: (error as NodeJS.ErrnoException).code }, 'the recorded heart rate is missing: it is simulated');
    return new Map();
  }
};

/**
 * Connects every simulated device and box and lets them live: a burst in which every resident gets a first value, then
 * realistic cadences. Resolves once the devices are connected, or after a few seconds when the broker is not there yet.
 */
export const startFleet = async (options: FleetOptions): Promise<Fleet> => {
  const { provisioning, seed, speed = 1, now = Date.now, script = () => [], history = DAY, log, only } = options;
  const [models, recordings] = await Promise.all([loadDeviceModels(), recordingsFor(options)]);
  const links = openLinks(options);
  const patience = Date.now() + PATIENCE;
  while (Date.now() < patience && [...links.values()].some((link) => !link.connected))
    await new Promise((resolve) => setTimeout(resolve, 20));

  const origin = now();
  const messages = timeline(
    {
      provisioning,
      seed,
      origin,
      historySince: origin - history,
      speed,
      script: script(origin),
      recordings,
      ...(only ? { only } : {}),
    },
    models,
  );
  let next = messages.next();
  let timer: NodeJS.Timeout | null = null;
  const live = (): void => {
    const lived = origin + (now() - origin) * speed;
    for (let count = 0; count < BURST && !next.done && next.value.at <= lived; count++) {
      const { username, topic, payload, retain } = next.value;
      links.get(username)?.send({ topic, payload, retain });
      next = messages.next();
    }
    if (next.done) return;
    timer = setTimeout(live, Math.min(LONGEST_NAP, Math.max(5, (next.value.at - lived) / speed)));
  };
  live();
  const connected = (): number => [...links.values()].filter((link) => link.connected).length;
  log.info({ identities: links.size, connected: connected(), speed }, 'simulated devices started');

  return {
    origin,
    counts: () => {
      const sum = { sent: 0, acknowledged: 0, waiting: 0, dropped: 0 };
      for (const { counts } of links.values())
        for (const name of Object.keys(sum) as (keyof LinkCounts)[]) sum[name] += counts[name];
      return { identities: links.size, connected: connected(), ...sum };
    },
    async stop() {
      if (timer) clearTimeout(timer);
      await Promise.all([...links.values()].map((link) => link.stop()));
      log.info('simulated devices stopped');
    },
  };
};
