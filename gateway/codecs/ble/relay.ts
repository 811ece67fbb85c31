import type { DeviceConfig } from '../../../domain/device.js';
import { DecodeError, type QuarantineReason } from '../../../domain/errors.js';
import type { Address, CodecInput, DecodedMessage } from '../codec.js';
import { field, isObject, parseJson, textOf, typeName, type JsonObject } from '../support/json.js';
import { hexBytes } from '../support/hex.js';
import { macDigits, macSpellings } from '../support/mac.js';

const TOPIC = /^home\/([^/]+)\/BTtoMQTT\/([^/]+)$/;
const UNDECODED = 'undecoded';
/** A BLE advertisement is 31 or at most 255 bytes; its JSON stays far below this. */
const MOST_BYTES = 4096;

/**
 * Topics of a Bluetooth relay (OpenMQTTGateway, Theengs Gateway): `home/{relay}/BTtoMQTT/{mac}` names the device;
 * `…/undecoded` names only the relay, and the payload's `id` the device.
 */
export const relayAddress = (topic: string): Address | null => {
  const match = TOPIC.exec(topic);
  if (!match) return null;
  return match[2] === UNDECODED ? { identifier: match[1] as string } : addressOf(match[2] as string);
};

/** One spelling for all relays and topics, so that an unknown device is discovered once. */
const addressOf = (id: string): Address => {
  const spellings = macSpellings(id);
  return spellings.length === 0
    ? { identifier: id }
    : { identifier: macDigits(id).toUpperCase(), aliases: [id, ...spellings] };
};

/** Whether the payload, which is JSON, matches; a look at the text, so that each message is parsed only once. */
export const looksLike =
  (pattern: RegExp) =>
  (payload: Uint8Array): boolean =>
    payload.byteLength <= MOST_BYTES &&
    pattern.test(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1'));

/** What a relay heard of one device. */
export interface Relayed {
  readonly message: JsonObject;
  readonly device: Address;
  readonly config: DeviceConfig;
  /** Present when the topic names only the relay; to be spread into the decoded message. */
  readonly named: Pick<DecodedMessage, 'device'>;
}

/** Throws `DecodeError` `malformed_payload` for anything but a JSON object that names its device. */
export const readRelayed = (input: CodecInput): Relayed => {
  const message = parseJson(textOf(input.payload));
  if (!isObject(message))
    throw new DecodeError('malformed_payload', `expected a JSON object, came ${typeName(message)}`);
  const [, , last = UNDECODED] = TOPIC.exec(input.topic) ?? [];
  if (last !== UNDECODED) return { message, device: addressOf(last), config: input.config, named: {} };
  const id = field(message, 'id');
  if (typeof id !== 'string' || id === '' || id.length > 128)
    throw new DecodeError('malformed_payload', `id: expected the address of a device, came ${typeName(id)}`);
  const device = addressOf(id);
  return { message, device, config: input.configOf?.(device) ?? input.config, named: { device } };
};

/** `servicedata`; null when there is none or it is not hexadecimal. */
export const serviceData = ({ message }: Relayed): Buffer | null => hexBytes(field(message, 'servicedata'));

/** `servicedatauuid` as four lower-case digits: `0xfcd2`, `fcd2` and the 128-bit form are the same. */
export const serviceUuid = ({ message }: Relayed): string | null => {
  const uuid = field(message, 'servicedatauuid');
  if (typeof uuid !== 'string') return null;
  return /^(?:0x|0000)?([0-9a-f]{4})(?:-0000-1000-8000-00805f9b34fb)?$/.exec(uuid.toLowerCase())?.[1] ?? null;
};

/** A message whose device is known although its content cannot be read. */
export const refused = (relayed: Relayed, reason: QuarantineReason, detail: string): DecodedMessage => ({
  values: [],
  rejected: [{ metric: 'advertisement', reason, detail: `advertisement: ${detail}` }],
  ...relayed.named,
});

/** The role of a device: its own, or by its address in the `roles` of a configuration that covers several. */
export const roleOf = ({ config, device }: Pick<Relayed, 'config' | 'device'>): DeviceConfig['role'] => {
  if (config.role !== undefined || config.roles === undefined) return config.role;
  for (const name of [device.identifier, ...(device.aliases ?? [])])
    if (Object.hasOwn(config.roles, name)) return config.roles[name];
  return undefined;
};
