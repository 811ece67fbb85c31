import { DecodeError } from '../../domain/errors.js';
import type { Codec, CodecInput, DecodedMessage } from './codec.js';
import { base64Bytes, counterIn, decodeUplink, firstTime, jsonObject, textIn } from './lorawan/envelope.js';
import { lorawanConfigSchema } from './lorawan/profiles.js';
import { field, isObject, parseJson, typeName, type JsonObject } from './support/json.js';

/** Before v3.11 there was no `/event`, and uplinks were called `rx`. */
const TOPIC = /^application\/[^/]+\/device\/([0-9A-Fa-f]{16})\/(?:event\/)?([a-z]+)(?:\/[a-z]+)?$/;
const UPLINKS = new Set(['up', 'rx']);
const STATUS = 'status';

/** v4 and json_v3 give an object, the v3 JSON marshaler the text of one. */
const decodedOf = (message: JsonObject): JsonObject | null => {
  const text = field(message, 'objectJSON');
  const object = typeof text === 'string' && text !== '' ? parseJson(text) : field(message, 'object');
  return isObject(object) ? object : null;
};

/** v4 says `time`; v3 only when each gateway heard it, and when it was published. */
const gatewayTimes = (message: JsonObject): unknown[] => {
  const heard = field(message, 'rxInfo');
  return Array.isArray(heard) ? heard.slice(0, 32).map((by) => (isObject(by) ? field(by, 'time') : undefined)) : [];
};

const uplink = (message: JsonObject, { config }: CodecInput): DecodedMessage =>
  decodeUplink({
    bytes: base64Bytes(field(message, 'data')),
    port: counterIn(message, 'fPort'),
    decoded: decodedOf(message),
    time: firstTime(field(message, 'time'), ...gatewayTimes(message), field(message, 'publishedAt')),
    session: textIn(message, 'devAddr'),
    counter: counterIn(message, 'fCnt'),
    config,
  });

/** The level a device answers to the network (DevStatusAns): none on mains or when it could not measure. */
const status = (message: JsonObject): DecodedMessage => {
  const level = field(message, 'batteryLevel');
  if (field(message, 'batteryLevelUnavailable') === true || field(message, 'externalPowerSource') === true)
    return { values: [] };
  if (level === undefined || level === null) return { values: [] };
  if (typeof level !== 'number' || !Number.isFinite(level))
    throw new DecodeError('invalid_value', `batteryLevel: expected a number, came ${typeName(level)}`);
  const time = firstTime(field(message, 'time'), field(message, 'publishedAt'));
  const sequence = textIn(message, 'deduplicationId');
  return {
    values: [{ metric: 'battery_level', value: level, unit: '%', ...(time ? { time } : {}) }],
    ...(sequence === '' ? {} : { sequence, relayed: true }),
  };
};

/** ChirpStack v4 and v3, by MQTT or webhook: `application/{id}/device/{DevEUI}/event/{up|status|…}`. */
export const codec: Codec = {
  name: 'chirpstack',
  configSchema: lorawanConfigSchema,
  examples: [
    {
      topic: 'application/17c82e96-be03-4f38-aef3-f83d48582d97/device/24e124126c138201/event/up',
      payload:
        '{"time":"2026-11-23T07:59:58.551+00:00","devAddr":"01a2b3c4","fCnt":55,"fPort":85,"data":"A2fuAARofA=="}',
      config: { deviceProfile: 'milesight-em300-th' },
      gives: { ambient_temperature: 23.8, ambient_humidity: 62 },
    },
    {
      topic: 'application/17c82e96-be03-4f38-aef3-f83d48582d97/device/24e124126c138201/event/status',
      payload: '{"time":"2026-11-23T07:59:58+00:00","externalPowerSource":false,"batteryLevel":75.5}',
      gives: { battery_level: 75.5 },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    if (!match) return null;
    return UPLINKS.has(match[2] as string) || match[2] === STATUS ? { identifier: match[1] as string } : 'ignored';
  },
  decode(input) {
    const message = jsonObject(input.payload);
    return TOPIC.exec(input.topic)?.[2] === STATUS ? status(message) : uplink(message, input);
  },
};
