import { z } from 'zod';
import { DecodeError } from '../../domain/errors.js';
import type { Codec, CodecInput, DecodedMessage } from './codec.js';
import { readRelayed, refused, relayAddress, roleOf } from './ble/relay.js';
import { field, textOf, type JsonObject } from './support/json.js';
import { readProperties } from './theengs/properties.js';

const LAST_WILL = /^home\/([^/]+)\/LWT$/;
/** What a relay says of itself and of who is near; the answer to commands; the topic of its settings. */
const OWN = /^home\/[^/]+\/(?:SYStoMQTT|RLStoMQTT|BTtoMQTT|version|commands\/.+)$|^home\/(?:home_)?presence\/[^/]+$/;

/**
 * Theengs Gateway and OpenMQTTGateway: what the Theengs decoder made of a Bluetooth advertisement, and the relay's last
 * will. Of the advertisements nobody reads, those of a known device are kept; the phones and beacons of the street,
 * which are most of the traffic, say nothing. https://decoder.theengs.io
 */
export const codec: Codec = {
  name: 'theengs',
  configSchema: z.object({ role: z.enum(['sos_button', 'body_scale']).optional() }),
  examples: [
    {
      topic: 'home/couloir/BTtoMQTT/582D3433AADF',
      payload: '{"id":"58:2D:34:33:AA:DF","model_id":"LYWSDCGQ","type":"THB","tempc":26,"tempf":78.8,"hum":61.4}',
      gives: { ambient_temperature: 26, ambient_humidity: 61.4 },
    },
    {
      topic: 'home/couloir/BTtoMQTT/AABBCC000004',
      payload: '{"id":"AA:BB:CC:00:00:04","name":"Polar H10","model_id":"H10","type":"BODY","bpm":70}',
      gives: { heart_rate: 70 },
    },
    {
      topic: 'home/couloir/BTtoMQTT/BC026EAABBCC',
      payload: '{"id":"BC:02:6E:AA:BB:CC","type":"BTN","packet":32,"batt":100,"button":9}',
      config: { role: 'sos_button' },
      gives: { sos: true, battery_level: 100 },
    },
    { topic: 'home/couloir/LWT', payload: 'offline', gives: { device_online: false } },
  ],
  address(topic) {
    const relay = LAST_WILL.exec(topic)?.[1];
    if (relay !== undefined) return { identifier: relay };
    return OWN.test(topic) ? 'ignored' : relayAddress(topic);
  },
  decode: (input) => (LAST_WILL.test(input.topic) ? lastWill(textOf(input.payload)) : advertisement(input)),
};

const lastWill = (text: string): DecodedMessage => {
  if (text !== 'online' && text !== 'offline')
    throw new DecodeError('malformed_payload', 'last will: expected "online" or "offline"');
  return { values: [{ metric: 'device_online', value: text === 'online', unit: '1' }], retainedIsCurrent: true };
};

const advertisement = (input: CodecInput): DecodedMessage => {
  const relayed = readRelayed(input);
  const { message } = relayed;
  const { values, rejected } = readProperties(message, roleOf(relayed));
  if (values.length === 0 && rejected.length === 0 && isUnread(message))
    return refused(relayed, 'unknown_format', 'the Theengs decoder does not know it');
  const packet = field(message, 'packet');
  return {
    values,
    rejected,
    broadcast: [typeof packet === 'number' ? packet : '', ...values.map(({ metric, value }) => [metric, value])].join(),
    ...relayed.named,
  };
};

/** Content that came through undecoded or encrypted. */
const isUnread = (message: JsonObject): boolean =>
  (field(message, 'type') === undefined || field(message, 'encr') !== undefined) &&
  ['servicedata', 'manufacturerdata', 'cipher'].some((name) => field(message, name) !== undefined);
