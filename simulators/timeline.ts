import type { Device } from '../domain/device.js';
import { VigieError } from '../domain/errors.js';
import { type EpochMillis, MINUTE, SECOND } from '../domain/time.js';
import { loadPlugins } from '../platform/plugins.js';
import { whereaboutsAt } from './behaviours/daily-life.js';
import type { Recording } from './behaviours/player.js';
import type { DeviceModel, SimulatedDevice, Subject } from './devices/support/device.js';
import { type Episode, type Script, withEpisodes } from './incidents.js';
import { personOf, vitalsAt } from './physiology.js';
import type { ProvisionedDevice, ProvisionedSite, Provisioning } from './provisioning.js';
import { randomFrom } from './random.js';
import { createSchedule } from './schedule.js';

/** A message of the simulation: when (simulated time), and through which MQTT identity. */
export interface Transmission {
  readonly at: EpochMillis;
  readonly username: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

export interface TimelineOptions {
  readonly provisioning: Provisioning;
  readonly seed: string;
  readonly origin: EpochMillis;
  /** Devices hold measurements since this time; `origin` = none. */
  readonly historySince: EpochMillis;
  /** Simulated seconds per real second. Physiology runs at this speed; the clocks of the devices do not. */
  readonly speed: number;
  readonly script: Script;
  /** Heart rates of real people, by resident. */
  readonly recordings?: ReadonlyMap<string, Recording>;
  /** Which devices take part; all when left out. */
  readonly only?: (device: ProvisionedDevice) => boolean;
}

const isDeviceModel = (exported: unknown): exported is DeviceModel =>
  typeof exported === 'object' && exported !== null && 'name' in exported && 'simulate' in exported;

/** Every simulated device: one file of `devices/` each. */
export const loadDeviceModels = async (): Promise<ReadonlyMap<string, DeviceModel>> => {
  const models = await loadPlugins(new URL('./devices/', import.meta.url), isDeviceModel);
  return new Map(models.map((model) => [model.name, model]));
};

const FALL_SHOCK = { ramp: 5 * SECOND, recovery: 10 * MINUTE };

const subjectOf = (options: TimelineOptions, device: ProvisionedDevice, site: ProvisionedSite): Subject => {
  const { provisioning, seed, origin, recordings } = options;
  const { resident, room } = device.assignedTo;
  const occupant =
    resident ?? provisioning.residents.find((each) => each.site === site.id && each.room === room)?.id ?? device.id;
  const person = personOf(seed, occupant, { zone: site.timezone, kind: site.kind });
  const script = options.script.filter((incident) => incident.resident === occupant);
  const falls = script.filter((incident) => incident.kind === 'fall');
  const episodes = script.flatMap((incident): Episode[] => {
    if (incident.kind === 'episode') return [incident];
    if (incident.kind !== 'fall') return [];
    const { resident: who, at, lying } = incident;
    return [{ kind: 'episode', episode: 'shock', resident: who, from: at, plateau: lying, ...FALL_SHOCK }];
  });
  const recording = recordings?.get(occupant);
  return {
    person,
    script,
    vitals: (at) => {
      const normal = vitalsAt(person, at);
      const recorded = recording ? { ...normal, heartRate: recording.at(at - origin) } : normal;
      return withEpisodes({ normal: recorded, resting: person.baseline }, episodes, at);
    },
    whereabouts: (at) =>
      falls.some((fall) => at >= fall.at && at < fall.at + fall.lying)
        ? { place: 'room', asleep: false, activity: 0.1 }
        : whereaboutsAt(person.routine, at),
  };
};

/** The box that relays a device: the one named after the unit it stands in, else the first of its site. */
const boxOf = (provisioning: Provisioning, device: ProvisionedDevice, site: ProvisionedSite) => {
  const { resident, room } = device.assignedTo;
  const unit =
    provisioning.residents.find((each) => each.id === resident)?.unit ??
    site.units.find((each) => room !== undefined && each.rooms.includes(room))?.id;
  const boxes = provisioning.boxes.filter((box) => box.site === site.id);
  return boxes.find((box) => unit !== undefined && box.id.endsWith(unit)) ?? boxes[0] ?? null;
};

interface Player {
  readonly username: string;
  readonly simulated: SimulatedDevice;
}

const playerOf = (
  options: TimelineOptions,
  models: ReadonlyMap<string, DeviceModel>,
  device: ProvisionedDevice,
): Player | null => {
  const { provisioning, seed, origin, historySince, speed } = options;
  const site = provisioning.sites.find((each) => each.id === device.site);
  // A device with an identity of its own speaks vigie-json, whatever it measures.
  const model = models.get(device.username === undefined ? device.model : 'wearable');
  if (!site || !model) return null;
  const box = boxOf(provisioning, device, site);
  const username = device.username ?? box?.username;
  if (username === undefined)
    throw new VigieError('simulate.no_identity', `device ${device.id}: expected a username, or a box at its site`);
  const { id, identifiers, config, cadenceSeconds = null } = device;
  const known: Device = { id, site: site.id, model: device.model, identifiers, config, cadenceSeconds };
  return {
    username,
    simulated: model.simulate({
      device: known,
      subject: subjectOf(options, device, site),
      box: box?.id ?? null,
      zone: config.timezone ?? site.timezone,
      random: randomFrom(`${seed}/device/${id}`),
      origin,
      historySince,
      clock: (at) => Math.round(at <= origin ? at : origin + (at - origin) / speed),
    }),
  };
};

/**
 * Everything the fleet says, in order, for ever. The same options give the same bytes. Devices of an unknown model
 * stay silent.
 */
export function* timeline(
  options: TimelineOptions,
  models: ReadonlyMap<string, DeviceModel>,
): Generator<Transmission, void> {
  const due = createSchedule<Player | Transmission>();
  for (const device of options.provisioning.devices) {
    if (options.only && !options.only(device)) continue;
    const player = playerOf(options, models, device);
    if (player) due.add(player.simulated.first, player);
  }
  for (let next = due.take(); next; next = due.take()) {
    const { at, item } = next;
    if ('topic' in item) {
      yield item;
      continue;
    }
    const { emissions, next: again } = item.simulated.wake(at);
    for (const emission of emissions) due.add(emission.at, { ...emission, username: item.username });
    if (again !== null) due.add(again, item);
  }
}
