import { DecodeError, type QuarantineReason } from '../domain/errors.js';
import type { Assignment, Device } from '../domain/device.js';
import type { DeviceId, MessageKey, ResidentId, SiteId } from '../domain/ids.js';
import type { Metric } from '../domain/metrics.js';
import { readingId, type Reading } from '../domain/reading.js';
import type { EpochMillis } from '../domain/time.js';
import type { InboxRow } from '../platform/store/inbox.js';
import { REPLAYED } from '../platform/store/quarantine-replay.js';
import type { Registry } from '../platform/store/registry.js';
import type { Address, Codec, CodecInput, Request } from './codecs/codec.js';
import type { Recollection } from './codec-memory.js';
import type { Heard } from './device-activity.js';
import { duplicateCheck, type DuplicateCheck } from './duplicates.js';
import { normalise, type NormalisedValue } from './normalise.js';
import { partsOf } from './parts.js';
import { routeFor, routesOf, type Routes } from './route.js';

/** Why a message, or a part of it, did not become a reading. `detail` never repeats a value of the payload. */
export interface Refusal {
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly site: string | null;
  readonly deviceIdentifier: string | null;
  /** Nobody's device: what it sends is kept up to a bound. */
  readonly unadopted?: boolean;
  /** What it seems to measure, when it could be read: shown to whoever may adopt the device. */
  readonly metrics?: readonly string[];
}

/** What one accepted message means: readings, refusals, both, or neither (a bridge or command topic). */
export interface Interpretation {
  readonly readings: readonly Reading[];
  readonly refusals: readonly Refusal[];
  /** Set when only a memory of recent messages can tell whether this one is a repeat. */
  readonly duplicate: DuplicateCheck | null;
  /** What it says of the condition of the devices it comes from, for supervision. */
  readonly heard: readonly Heard[];
  /** What to ask the publisher for. */
  readonly requests?: readonly Request[];
}

const NOTHING: Interpretation = { readings: [], refusals: [], duplicate: null, heard: [] };

/** Topics repeat, so their routes are remembered; a flood of invented topics only empties the memory. */
const MOST_ROUTES = 50_000;

/** [MQTT-1.5.3-1], [MQTT-1.5.3-2]: bytes that are not UTF-8 arrive here as U+FFFD. */
// eslint-disable-next-line no-control-regex
const isWellFormed = (topic: string): boolean => !/[\u0000-\u001f\u007f\ufffd]/.test(topic);

const describe = (error: unknown): { reason: QuarantineReason; detail: string } =>
  error instanceof DecodeError
    ? { reason: error.reason, detail: error.message }
    : { reason: 'codec_failure', detail: error instanceof Error ? error.name : 'unknown error' };

/** The device an address names; its own id is an identifier too. */
const findDevice = (registry: Registry, site: string, { identifier, aliases = [] }: Address): Device | null => {
  for (const name of [identifier, ...aliases]) {
    const device = registry.byIdentifier(site, name);
    if (device) return device;
  }
  const own = registry.device(identifier);
  return own?.site === site ? own : null;
};

type Holder = Pick<Assignment, 'resident' | 'room'>;

/** Who a device measured at a time: the resident of the user slot where it counts its users, else who had it then. */
const holderOf = (device: Device, registry: Registry, time: EpochMillis, slot: string | undefined): Holder | null => {
  const slots = device.config.userSlots;
  if (slots === undefined || slot === undefined) return registry.assignmentAt(device.id, time);
  const resident = Object.hasOwn(slots, slot) ? registry.resident(slots[slot]!) : null;
  return resident?.site === device.site ? { resident: resident.id, room: null } : null;
};

/** Values become readings of whoever, or whichever room, had the device when it measured. */
const attribute = (
  values: readonly NormalisedValue[],
  { device, slot }: { device: Device; slot: string | undefined },
  row: InboxRow,
  registry: Registry,
): { readings: Reading[]; unassigned: boolean } => {
  const readings: Reading[] = [];
  let unassigned = false;
  for (const { metric, value, time, quality, late, original } of values) {
    const holder = holderOf(device, registry, time, slot);
    if (!holder) {
      unassigned = true;
      continue;
    }
    const identity = { device: device.id as DeviceId, metric, time, value };
    readings.push({
      ...identity,
      id: readingId(identity),
      site: device.site as SiteId,
      resident: holder.resident as ResidentId | null,
      room: holder.room,
      receivedAt: row.receivedAt,
      quality,
      late: late || row.identity.startsWith(REPLAYED),
      message: `${row.partition}-${row.seq}` as MessageKey,
      ...(original ? { original } : {}),
    });
  }
  return { readings, unassigned };
};

/** What a message says of its device's own condition; nothing when it is an old one, replayed. */
const heardOf = (device: string, row: InboxRow, values: readonly NormalisedValue[], rejected: boolean): Heard[] => {
  if (row.identity.startsWith(REPLAYED)) return [];
  const told = values.find(({ timeFrom, clockReplaced }) => timeFrom === 'device' || clockReplaced);
  const of = (metric: Metric): number | boolean | undefined => values.find((value) => value.metric === metric)?.value;
  const [battery, low, online] = [of('battery_level'), of('battery_low'), of('device_online')];
  const { receivedAt, identity } = row;
  return [
    {
      device,
      receivedAt,
      identity,
      own: !row.retained && (values.length === 0 || values.some(({ metric }) => metric !== 'device_online')),
      rejected,
      ...(told ? { skew: told.clockReplaced ? null : receivedAt - told.time } : {}),
      ...(typeof battery === 'number' ? { battery } : {}),
      ...(typeof low === 'boolean' ? { batteryLow: low } : {}),
      ...(typeof online === 'boolean' ? { online } : {}),
    },
  ];
};

/**
 * Steps 6 to 8 of the road: topic → codec → device → resident or room at measurement time → canonical readings.
 * What a codec learnt from earlier messages is in `memory`, which the messages change in their order. Never throws: what cannot be placed is a refusal with its reason.
 */
export const createInterpreter = (codecs: readonly Codec[]) => {
  const routes = new Map<string, Routes>();

  const routesTo = (topic: string): Routes => {
    const known = routes.get(topic);
    if (known !== undefined) return known;
    if (routes.size >= MOST_ROUTES) routes.clear();
    const found = routesOf(codecs, topic);
    routes.set(topic, found);
    return found;
  };

  /** The key of what this codec remembers for a topic; null = it reads the message alone. */
  const memoryKey = (codec: Codec, topic: string): string | null => {
    const key = codec.memoryKey?.(topic) ?? null;
    return key === null ? null : `codec/${codec.name}/${key}`;
  };

  const interpret = (row: InboxRow, registry: Registry, memory: Recollection): Interpretation => {
    const refuse = (
      reason: QuarantineReason,
      detail: string,
      deviceIdentifier: string | null = null,
      unadopted = true,
    ): Interpretation => ({
      ...NOTHING,
      refusals: [{ reason, detail, site: row.site, deviceIdentifier, unadopted }],
    });

    if (!isWellFormed(row.topic))
      return refuse('invalid_topic', 'expected a topic in UTF-8 without control characters');
    const to = routeFor(routesTo(row.topic), row.payload);
    if (to === 'ignored') return NOTHING;
    if (to === null) return refuse('unknown_topic', 'no codec reads this topic');
    const { codec, address } = to;
    // The topic of a format that learns its topics names no device.
    const identifier = codec.learnsTopics ? null : address.identifier;
    const site = row.site ?? address.site ?? null;
    if (site === null && codec.learnsTopics) return refuse('unknown_topic', 'no codec reads this topic');
    if (site === null)
      return refuse('site_mismatch', 'expected site/{site}/… or an identity that belongs to a site', identifier);
    if (address.site !== undefined && address.site !== site)
      return refuse('site_mismatch', `expected a topic of site ${site}, the publisher's own`, identifier);

    const own = findDevice(registry, site, address);
    const key = memoryKey(codec, row.topic);
    const input: CodecInput = {
      topic: row.topic,
      payload: row.payload,
      retained: row.retained,
      receivedAt: row.receivedAt,
      config: own?.config ?? {},
      configOf: (device) => findDevice(registry, site, device)?.config ?? {},
      memory: key === null ? undefined : memory.recall(site, key),
    };
    try {
      const message = codec.decode(input);
      if (key !== null && message.memory !== undefined) memory.remember(site, key, message.memory);
      const readings: Reading[] = [];
      const refusals: Refusal[] = [];
      const heard: Heard[] = [];
      const measured: { devices: string[]; values: NormalisedValue[] } = { devices: [], values: [] };
      for (const part of partsOf(message, address)) {
        const device = part.address === address ? own : findDevice(registry, site, part.address);
        const deviceIdentifier = part.address === address ? identifier : part.address.identifier;
        if (!device) {
          const detail = `no device of site ${site} has this identifier`;
          if (part.message.values.length > 0)
            refusals.push({
              reason: 'unknown_device',
              detail,
              site,
              deviceIdentifier,
              unadopted: true,
              metrics: part.message.values.map(({ metric }) => metric),
            });
          else
            for (const { reason, detail } of part.message.rejected ?? [])
              if (reason !== 'unknown_format')
                refusals.push({ reason, detail, site, deviceIdentifier, unadopted: true });
          continue;
        }
        const timezone = device.config.timezone ?? registry.site(site)?.timezone ?? 'Europe/Paris';
        const { values, dropped } = normalise({ message: part.message, input, timezone });
        for (const { reason, detail } of dropped)
          if (reason !== 'retained') refusals.push({ reason, detail, site, deviceIdentifier });
        const placed = attribute(values, { device, slot: message.userSlot }, row, registry);
        if (placed.unassigned) {
          const detail = `device ${device.id} had no resident and no room at the time of the measurement`;
          refusals.push({ reason: 'unassigned_device', detail, site, deviceIdentifier });
        }
        const rejected = placed.unassigned || dropped.some(({ reason }) => reason !== 'retained');
        heard.push(...heardOf(device.id, row, values, rejected));
        readings.push(...placed.readings);
        measured.devices.push(device.id);
        measured.values.push(...values);
      }
      const requests = message.requests ?? [];
      if (measured.devices.length === 0) return { ...NOTHING, refusals, requests };
      const { topic, payload, dup } = row;
      const { devices, values } = measured;
      const duplicate = duplicateCheck({ codec, device: devices.join(' '), message, values, topic, payload, dup });
      return { readings, refusals, duplicate, requests, heard };
    } catch (error) {
      const { reason, detail } = describe(error);
      const refused = refuse(reason, detail, identifier, own === null);
      return own ? { ...refused, heard: heardOf(own.id, row, [], true) } : refused;
    }
  };

  /** Whether this topic is read with what earlier messages said. */
  interpret.remembers = (topic: string): boolean => {
    const to = routesTo(topic);
    return to !== null && to !== 'ignored' && to.some(({ codec }) => memoryKey(codec, topic) !== null);
  };
  return interpret;
};

export type Interpreter = ReturnType<typeof createInterpreter>;
