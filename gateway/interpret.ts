import { DecodeError, type QuarantineReason } from '../domain/errors.js';
import type { Device, DeviceConfig } from '../domain/device.js';
import type { DeviceId, MessageKey, ResidentId, SiteId } from '../domain/ids.js';
import { readingId, type Reading } from '../domain/reading.js';
import type { InboxRow } from '../platform/store/inbox.js';
import type { Registry } from '../platform/store/registry.js';
import type { Address, Codec } from './codecs/codec.js';
import { duplicateCheck, type DuplicateCheck } from './duplicates.js';
import { normalise, type NormalisedValue } from './normalise.js';
import { routeTopic, type Route } from './route.js';

/** Why a message, or a part of it, did not become a reading. `detail` never repeats a value of the payload. */
export interface Refusal {
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly site: string | null;
  readonly deviceIdentifier: string | null;
}

/** What one accepted message means: readings, refusals, both, or neither (a bridge or command topic). */
export interface Interpretation {
  readonly readings: readonly Reading[];
  readonly refusals: readonly Refusal[];
  /** Set when only a memory of recent messages can tell whether this one is a repeat. */
  readonly duplicate: DuplicateCheck | null;
}

const NOTHING: Interpretation = { readings: [], refusals: [], duplicate: null };

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

/** Values become readings of whoever, or whichever room, had the device when it measured. */
const attribute = (
  values: readonly NormalisedValue[],
  device: Device,
  row: InboxRow,
  registry: Registry,
): { readings: Reading[]; unassigned: boolean } => {
  const readings: Reading[] = [];
  let unassigned = false;
  for (const { metric, value, time, quality, late } of values) {
    const holder = registry.assignmentAt(device.id, time);
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
      late,
      message: `${row.partition}-${row.seq}` as MessageKey,
    });
  }
  return { readings, unassigned };
};

/**
 * Steps 6 to 8 of the road: topic → codec → device → resident or room at measurement time → canonical readings.
 * Pure but for the memory of routes. Never throws: what cannot be placed is a refusal with its reason.
 */
export const createInterpreter = (codecs: readonly Codec[]) => {
  const routes = new Map<string, Route | 'ignored' | null>();

  const route = (topic: string): Route | 'ignored' | null => {
    const known = routes.get(topic);
    if (known !== undefined) return known;
    if (routes.size >= MOST_ROUTES) routes.clear();
    const found = routeTopic(codecs, topic);
    routes.set(topic, found);
    return found;
  };

  return (row: InboxRow, registry: Registry): Interpretation => {
    const refuse = (
      reason: QuarantineReason,
      detail: string,
      deviceIdentifier: string | null = null,
    ): Interpretation => ({
      ...NOTHING,
      refusals: [{ reason, detail, site: row.site, deviceIdentifier }],
    });

    if (!isWellFormed(row.topic))
      return refuse('invalid_topic', 'expected a topic in UTF-8 without control characters');
    const to = route(row.topic);
    if (to === 'ignored') return NOTHING;
    if (to === null) return refuse('unknown_topic', 'no codec reads this topic');
    const { codec, address } = to;
    const { identifier } = address;
    const site = row.site ?? address.site ?? null;
    if (site === null)
      return refuse('site_mismatch', 'expected site/{site}/… or an identity that belongs to a site', identifier);
    if (address.site !== undefined && address.site !== site)
      return refuse('site_mismatch', `expected a topic of site ${site}, the publisher's own`, identifier);

    const device = findDevice(registry, site, address);
    const config: DeviceConfig = device?.config ?? {};
    const input = {
      topic: row.topic,
      payload: row.payload,
      retained: row.retained,
      receivedAt: row.receivedAt,
      config,
    };
    try {
      const message = codec.decode(input);
      if (!device) {
        return message.values.length === 0
          ? NOTHING
          : refuse('unknown_device', `no device of site ${site} has this identifier`, identifier);
      }
      const timezone = config.timezone ?? registry.site(site)?.timezone ?? 'Europe/Paris';
      const { values, dropped } = normalise({ message, input, timezone });
      const refusals: Refusal[] = [];
      for (const { reason, detail } of dropped)
        if (reason !== 'retained') refusals.push({ reason, detail, site, deviceIdentifier: identifier });
      const { readings, unassigned } = attribute(values, device, row, registry);
      if (unassigned) {
        const detail = `device ${device.id} had no resident and no room at the time of the measurement`;
        refusals.push({ reason: 'unassigned_device', detail, site, deviceIdentifier: identifier });
      }
      const { topic, payload, dup } = row;
      const duplicate = duplicateCheck({ codec, device: device.id, message, values, topic, payload, dup });
      return { readings, refusals, duplicate };
    } catch (error) {
      const { reason, detail } = describe(error);
      return refuse(reason, detail, identifier);
    }
  };
};

export type Interpreter = ReturnType<typeof createInterpreter>;
