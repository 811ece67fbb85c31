import { DecodeError } from '../../domain/errors.js';
import type { Codec } from './codec.js';
import {
  counterIn,
  decodeUplink,
  devEui,
  firstTime,
  hexBytes,
  inTheNameOf,
  jsonObject,
  objectIn,
} from './lorawan/envelope.js';
import { lorawanConfigSchema } from './lorawan/profiles.js';
import { field, type JsonObject } from './support/json.js';

const TOPIC = /^fifo\/([^/]+)$/;
const STREAM = /^urn:lo:nsid:lora:([0-9A-Fa-f]{16})$/;
/** What the network puts beside the payload; anything else in `value` was made by a decoder of the platform. */
const ENVELOPE = new Set(['port', 'fcnt', 'signalLevel', 'payload']);

const eui = (message: JsonObject, lora: JsonObject): string => {
  const stream = field(message, 'streamId');
  const found = devEui(field(lora, 'devEUI')) ?? devEui(typeof stream === 'string' ? STREAM.exec(stream)?.[1] : null);
  if (found === null) throw new DecodeError('malformed_payload', 'expected a DevEUI in metadata or streamId');
  return found;
};

/**
 * Orange Live Objects data message v1, from a FIFO: `fifo/{name}`; the device is named in the message. The structure
 * is from general knowledge and not verified against a real account (docs/devices/orange-live-objects-actility.md).
 */
export const codec: Codec = {
  name: 'live-objects',
  configSchema: lorawanConfigSchema,
  examples: [
    {
      topic: 'fifo/capteurs',
      payload:
        '{"streamId":"urn:lo:nsid:lora:24E124136B502217","timestamp":"2026-11-23T07:59:58.118Z","value":{"port":85,"fcnt":120,"payload":"01755c03673401046865"}}',
      config: { deviceProfile: 'milesight-em300-th' },
      gives: { battery_level: 92, ambient_temperature: 30.8, ambient_humidity: 50.5 },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    return match ? { identifier: match[1] as string } : null;
  },
  decode(input) {
    const message = jsonObject(input.payload);
    const lora = objectIn(objectIn(objectIn(message, 'metadata'), 'network'), 'lora');
    const device = { identifier: eui(message, lora) };
    const value = objectIn(message, 'value');
    const decoded = Object.fromEntries(Object.entries(value).filter(([name]) => !ENVELOPE.has(name)));
    const counted = field(value, 'fcnt') === undefined ? lora : value;
    return inTheNameOf(device, () =>
      decodeUplink({
        bytes: hexBytes(field(value, 'payload')),
        port: counterIn(counted, 'port'),
        decoded: Object.keys(decoded).length > 0 ? decoded : null,
        time: firstTime(field(message, 'timestamp')),
        session: '',
        counter: counterIn(counted, 'fcnt'),
        config: input.configOf?.(device) ?? input.config,
      }),
    );
  },
};
