import { z } from 'zod';
import { DecodeError } from '../../domain/errors.js';
import type { Codec, CodecInput, DecodedMessage, DecodedValue, DeviceTime, RejectedValue } from './codec.js';
import { parseIsoTime } from './support/iso-time.js';
import { field, isObject, parseJson, textOf, typeName, type JsonObject } from './support/json.js';
import { isAttribute, readAttributes } from './zigbee2mqtt/attributes.js';

const BASE = 'zigbee2mqtt/';
const AVAILABILITY = '/availability';
/** Command topics, as Zigbee2MQTT itself recognises them: `<name>/set`, `<name>/get`, with or without an attribute. */
const COMMAND = /^.+?\/(?:get|set)(?:\/.+)?$/;

/**
 * Zigbee2MQTT: `zigbee2mqtt/<friendly name>` with a JSON object, `…/availability`, and `output: attribute` mode with
 * one scalar per sub-topic. Friendly names contain `/`, so a topic that ends in an attribute name has two readings:
 * the device before it, or a device called exactly that (alias). The payload decides how it is decoded.
 */
export const codec: Codec = {
  name: 'zigbee2mqtt',
  configSchema: z.object({
    role: z.enum(['sos_button']).optional(),
    deviceModel: z.string().optional(),
    contactFalseMeans: z.enum(['bed_occupied', 'bed_empty']).optional(),
  }),
  examples: [
    {
      topic: 'zigbee2mqtt/etage2/ch12/porte',
      payload: '{"contact":false,"battery":88,"voltage":2985,"linkquality":102}',
      gives: { door_open: true, battery_level: 88 },
    },
    {
      topic: 'zigbee2mqtt/bouton_ch3',
      payload: '{"action":"single"}',
      config: { role: 'sos_button' },
      gives: { sos: true },
    },
    { topic: 'zigbee2mqtt/bouton_ch3/availability', payload: 'offline', gives: { device_online: false } },
    { topic: 'zigbee2mqtt/ch9/temperature', payload: '19.8', gives: { ambient_temperature: 19.8 } },
  ],
  address(topic) {
    if (!topic.startsWith(BASE)) return null;
    const name = topic.slice(BASE.length);
    if (name === '' || name.startsWith('/') || name.endsWith('/')) return null;
    if (name === 'bridge' || name.startsWith('bridge/') || COMMAND.test(name)) return 'ignored';
    if (name.endsWith(AVAILABILITY)) return { identifier: name.slice(0, -AVAILABILITY.length) };
    const attribute = attributeOf(name);
    return attribute === null
      ? { identifier: name }
      : { identifier: name.slice(0, -attribute.length - 1), aliases: [name] };
  },
  decode(input) {
    const name = input.topic.slice(BASE.length);
    const text = textOf(input.payload);
    if (name.endsWith(AVAILABILITY)) return availability(text);
    const attribute = attributeOf(name);
    const message = attribute === null ? parseJson(text) : scalarOrObject(text);
    if (isObject(message)) return decodeObject(message, input);
    if (attribute === null)
      throw new DecodeError('malformed_payload', `expected a JSON object, came ${typeName(message)}`);
    return decodeObject({ [attribute]: message }, input);
  },
};

const attributeOf = (name: string): string | null => {
  const slash = name.lastIndexOf('/');
  const last = name.slice(slash + 1);
  return slash > 0 && isAttribute(last) ? last : null;
};

/** In attribute mode texts are published bare (`emergency`, not `"emergency"`). */
const scalarOrObject = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    if (text.startsWith('{') || text.startsWith('[')) return parseJson(text);
    return text;
  }
};

const availability = (text: string): DecodedMessage => {
  const message = text.startsWith('{') ? parseJson(text) : text;
  const state = isObject(message) ? field(message, 'state') : message;
  if (state !== 'online' && state !== 'offline')
    throw new DecodeError('malformed_payload', `availability: expected "online" or "offline", came ${typeName(state)}`);
  return { values: [{ metric: 'device_online', value: state === 'online', unit: '1' }], retainedIsCurrent: true };
};

const decodeObject = (message: JsonObject, { config }: CodecInput): DecodedMessage => {
  const { values, rejected } = readAttributes(message, config);
  const first = rejected[0];
  if (values.length === 0 && first) throw new DecodeError(first.reason, first.detail);
  const time = lastSeen(message);
  // A fall warning is not yet a fall: the whole frame is doubtful (corpus rule 4).
  const doubtful = field(message, 'fall_status') === 'fall_warning';
  return {
    values: values.map((value): DecodedValue => ({
      ...value,
      ...(time ? { time } : {}),
      ...(doubtful ? { quality: 'questionable' as const } : {}),
    })),
    ...(first ? { rejected: rejected as readonly RejectedValue[] } : {}),
  };
};

/** `last_seen`: ISO 8601, ISO 8601 with the bridge's offset, or epoch milliseconds, by bridge setting. */
const lastSeen = (message: JsonObject): DeviceTime | undefined => {
  const seen = field(message, 'last_seen');
  if (typeof seen === 'number') return { kind: 'instant', epoch: seen };
  return typeof seen === 'string' ? (parseIsoTime(seen) ?? undefined) : undefined;
};
