import type { Address, Codec, DecodedMessage } from './codec.js';
import {
  base64Bytes,
  counterIn,
  decodeUplink,
  devEui,
  firstTime,
  inTheNameOf,
  jsonObject,
  objectIn,
  textIn,
} from './lorawan/envelope.js';
import { lorawanConfigSchema } from './lorawan/profiles.js';
import { field, isObject, type JsonObject } from './support/json.js';

/** The tenant is left out by The Things Stack Open Source. */
const TOPIC = /^v3\/([^/@]+)(?:@[^/]+)?\/devices\/([^/]+)\/(.+)$/;
/** The device id the console proposes. */
const EUI_ID = /^eui-([0-9a-f]{16})$/i;

/** DevEUIs are unique in the world, device ids in their application only: they go first. */
const deviceOf = (message: JsonObject, topic: string): Pick<Address, 'identifier' | 'aliases'> | null => {
  const eui = devEui(field(objectIn(message, 'end_device_ids'), 'dev_eui'));
  const id = TOPIC.exec(topic)?.[2];
  return eui === null || id === undefined ? null : { identifier: eui, aliases: [id] };
};

/** The Things Stack v3, by MQTT or webhook: `v3/{application}@{tenant}/devices/{device}/up`. Zero fields are left out. */
export const codec: Codec = {
  name: 'the-things-stack',
  configSchema: lorawanConfigSchema,
  examples: [
    {
      topic: 'v3/capteurs@ttn/devices/chambre-12/up',
      payload:
        '{"end_device_ids":{"device_id":"chambre-12","dev_eui":"24E124136B502217"},"uplink_message":{"f_port":85,"f_cnt":120,"frm_payload":"AXVcA2c0AQRoZQ==","received_at":"2026-11-23T07:59:58.118273645Z"}}',
      config: { deviceProfile: 'milesight-em300-th' },
      gives: { battery_level: 92, ambient_temperature: 30.8, ambient_humidity: 50.5 },
    },
    {
      topic: 'v3/capteurs@ttn/devices/bouton-3/up',
      payload:
        '{"uplink_message":{"f_port":85,"f_cnt":7,"frm_payload":"/y4B","decoded_payload":{"button":"short"},"received_at":"2026-11-23T07:59:58Z"}}',
      config: { role: 'sos_button' },
      gives: { sos: true },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    if (!match) return null;
    if (match[3] !== 'up') return 'ignored';
    const id = match[2] as string;
    const eui = EUI_ID.exec(id)?.[1];
    return { identifier: id, ...(eui === undefined ? {} : { aliases: [eui] }) };
  },
  decode(input) {
    const message = jsonObject(input.payload);
    const uplink = objectIn(message, 'uplink_message');
    // Sent from the console, not by the device.
    if (field(uplink, 'simulated') === true || field(message, 'simulated') === true) return { values: [] };
    const device = deviceOf(message, input.topic);
    const config = (device && input.configOf?.(device)) ?? input.config;
    const decoded = field(uplink, 'decoded_payload');
    const normalized = field(uplink, 'normalized_payload');
    const read = (): DecodedMessage =>
      decodeUplink({
        bytes: base64Bytes(field(uplink, 'frm_payload')),
        port: counterIn(uplink, 'f_port'),
        decoded: isObject(decoded) ? decoded : null,
        normalized: Array.isArray(normalized) ? (normalized as unknown[]) : isObject(normalized) ? [normalized] : [],
        time: firstTime(field(uplink, 'received_at'), field(message, 'received_at')),
        session: textIn(uplink, 'session_key_id'),
        counter: counterIn(uplink, 'f_cnt'),
        config,
      });
    return device ? inTheNameOf(device, read) : read();
  },
};
