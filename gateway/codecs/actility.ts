import type { Codec } from './codec.js';
import { counterIn, decodeUplink, firstTime, hexBytes, jsonObject, objectIn, textIn } from './lorawan/envelope.js';
import { lorawanConfigSchema } from './lorawan/profiles.js';
import { field, isObject } from './support/json.js';

const TOPIC = /^(?:thingpark\/uplink\/([0-9A-Fa-f]{16})|mqtt\/things\/([0-9A-Fa-f]{16})\/uplink)$/;
const OTHERS = /^(?:thingpark\/[a-z]+\/[0-9A-Fa-f]{16}|mqtt\/things\/[0-9A-Fa-f]{16}\/[a-z]+)$/;

/**
 * Actility ThingPark `DevEUI_uplink`: numbers are text, the payload is hexadecimal, `Time` has the local offset. The
 * structure is from general knowledge and not verified (docs/devices/orange-live-objects-actility.md).
 */
export const codec: Codec = {
  name: 'actility',
  configSchema: lorawanConfigSchema,
  examples: [
    {
      topic: 'thingpark/uplink/24E124136B502217',
      payload:
        '{"DevEUI_uplink":{"Time":"2026-11-23T08:59:58.118+01:00","DevEUI":"24E124136B502217","FPort":"85","FCntUp":"120","payload_hex":"01755c03673401046865","DevAddr":"01A2B3C4"}}',
      config: { deviceProfile: 'milesight-em300-th' },
      gives: { battery_level: 92, ambient_temperature: 30.8, ambient_humidity: 50.5 },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    if (match) return { identifier: (match[1] ?? match[2]) as string };
    return OTHERS.test(topic) ? 'ignored' : null;
  },
  decode(input) {
    const message = jsonObject(input.payload);
    // Location, join and multicast reports come wrapped under other names.
    if (!isObject(field(message, 'DevEUI_uplink'))) return { values: [] };
    const uplink = objectIn(message, 'DevEUI_uplink');
    const decoded = field(uplink, 'payload');
    return decodeUplink({
      bytes: hexBytes(field(uplink, 'payload_hex')),
      port: counterIn(uplink, 'FPort'),
      decoded: isObject(decoded) ? decoded : null,
      time: firstTime(field(uplink, 'Time')),
      session: textIn(uplink, 'DevAddr'),
      counter: counterIn(uplink, 'FCntUp'),
      config: input.config,
    });
  },
};
