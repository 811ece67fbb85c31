import { z } from 'zod';
import { DecodeError } from '../../domain/errors.js';
import type { Address, Codec, CodecInput, DecodedMessage } from './codec.js';
import { at, createCollector, online, unixSeconds, type Circumstances, type Collector } from './support/collector.js';
import { field, isObject, parseJson, textOf, typeName, type JsonObject } from './support/json.js';
import { macSpellings } from './support/mac.js';

/** The prefix is a setting: any, but for the first levels that are other formats'. */
const EVENTS = /^(?!(?:vigie|zigbee2mqtt|gatt|homie|tele|stat)\/)(.+)\/events\/rpc$/;
const STATUS = /^(?!(?:vigie|zigbee2mqtt|gatt|homie|tele|stat)\/)(.+)\/status\/([a-z][a-z0-9_]*):\d+$/;
const ONLINE = /^(shelly[^/]+)\/online$/;
const OTHER = /^shelly[^/]+\/(?:rpc(?:\/.*)?|command(?:\/.*)?|debug(?:\/.*)?|status\/[^:]*)$/;

/**
 * Shelly Gen2 and later: RPC notifications on `<prefix>/events/rpc`, one component per topic on
 * `<prefix>/status/<component>:<n>`, and the will `<prefix>/online`. Shelly BLU devices arrive through their gateway's
 * script as `shelly-blu` events: there the device is `data.address`, and the same broadcast may come from two gateways.
 */
export const codec: Codec = {
  name: 'shelly',
  configSchema: z.object({ role: z.enum(['sos_button']).optional() }),
  examples: [
    {
      topic: 'shellyplusht-b8d61a8b17cc/events/rpc',
      payload:
        '{"src":"shellyplusht-b8d61a8b17cc","method":"NotifyStatus","params":{"ts":1795420799.5,"temperature:0":{"id":0,"tC":20.3},"humidity:0":{"id":0,"rh":42.2}}}',
      gives: { ambient_temperature: 20.3, ambient_humidity: 42.2 },
    },
    {
      topic: 'shellyplussmoke-00aa/status/smoke:0',
      payload: '{"id":0,"alarm":true,"mute":false}',
      gives: { smoke: true },
    },
    {
      topic: 'shellyplusi4-a1b2/events/rpc',
      payload:
        '{"method":"NotifyEvent","params":{"events":[{"component":"input:0","event":"single_push","ts":1795420799.5}]}}',
      config: { role: 'sos_button' },
      gives: { sos: true },
    },
  ],
  address(topic) {
    const match = EVENTS.exec(topic) ?? STATUS.exec(topic) ?? ONLINE.exec(topic);
    if (match) return { identifier: match[1] as string };
    return OTHER.test(topic) ? 'ignored' : null;
  },
  decode(input) {
    const text = textOf(input.payload);
    if (ONLINE.test(input.topic)) return availability(text);
    const message = parseJson(text);
    if (!isObject(message))
      throw new DecodeError('malformed_payload', `expected a JSON object, came ${typeName(message)}`);
    const component = STATUS.exec(input.topic)?.[2];
    const collector = createCollector();
    if (component !== undefined) {
      readComponent(component, message, collector, {});
      return collector.message();
    }
    return notification(message, input, collector);
  },
};

const availability = (text: string): DecodedMessage => {
  if (text !== 'true' && text !== 'false') throw new DecodeError('malformed_payload', 'online: expected true or false');
  return online(text === 'true');
};

const notification = (message: JsonObject, input: CodecInput, collector: Collector): DecodedMessage => {
  const params = field(message, 'params');
  const method = field(message, 'method');
  if (!isObject(params))
    throw new DecodeError('malformed_payload', `params: expected an object, came ${typeName(params)}`);
  if (method === 'NotifyEvent') return events(params, input, collector);
  if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') return { values: [] };
  const around = at(unixSeconds(field(params, 'ts')));
  for (const [key, status] of Object.entries(params))
    if (isObject(status)) readComponent(key.split(':', 1)[0] as string, status, collector, around);
  return collector.message();
};

const readComponent = (type: string, status: JsonObject, collector: Collector, around: Circumstances): void => {
  switch (type) {
    case 'temperature':
      return collector.number('ambient_temperature', field(status, 'tC'), around);
    case 'humidity':
      return collector.number('ambient_humidity', field(status, 'rh'), around);
    case 'smoke':
      return collector.boolean('smoke', field(status, 'alarm'), around);
    case 'flood':
      return collector.boolean('water_leak', field(status, 'alarm'), around);
    case 'devicepower': {
      const [battery, external] = [field(status, 'battery'), field(status, 'external')];
      // On mains the battery reads 0 %.
      if (isObject(external) && field(external, 'present') === true) return;
      if (isObject(battery)) collector.number('battery_level', field(battery, 'percent'), around);
    }
  }
};

const events = (params: JsonObject, input: CodecInput, collector: Collector): DecodedMessage => {
  const list = field(params, 'events');
  if (!Array.isArray(list))
    throw new DecodeError('malformed_payload', `events: expected an array, came ${typeName(list)}`);
  const packets: string[] = [];
  for (const event of list as readonly unknown[]) {
    if (!isObject(event)) continue;
    const around = at(unixSeconds(field(event, 'ts') ?? field(params, 'ts')));
    const name = field(event, 'event');
    const data = field(event, 'data');
    if (name === 'shelly-blu' && isObject(data)) packets.push(readBlu(data, input, collector, around));
    else if (typeof name === 'string' && name.endsWith('_push') && input.config.role === 'sos_button')
      collector.add('sos', true, '1', around);
  }
  const known = packets.length > 0 && packets.every((packet) => packet !== '');
  return collector.message(known ? { sequence: packets.join(' '), relayed: true } : {});
};

/** Reads what the script decoded from one BTHome broadcast; returns its packet id, '' when it has none. */
const readBlu = (data: JsonObject, input: CodecInput, collector: Collector, around: Circumstances): string => {
  const named = new Map(Object.entries(data).map(([name, value]) => [name.toLowerCase(), value]));
  const address = named.get('address') ?? named.get('addr');
  if (typeof address !== 'string' || address === '') {
    collector.refuse('shelly-blu', 'malformed_payload', 'expected the address of the device');
    return '';
  }
  const device: Address = { identifier: address, aliases: macSpellings(address) };
  const own = { ...around, device };
  collector.number('battery_level', named.get('battery'), own);
  collector.number('ambient_temperature', named.get('temperature'), own);
  collector.number('ambient_humidity', named.get('humidity'), own);
  collector.boolean('motion', named.get('motion'), own);
  collector.boolean('door_open', named.get('window') ?? named.get('door') ?? named.get('opening'), own);
  const presses = [named.get('button')].flat();
  if (presses.some((press) => typeof press === 'number' && press > 0) && input.configOf?.(device).role === 'sos_button')
    collector.add('sos', true, '1', own);
  const packet = named.get('pid');
  return typeof packet === 'number' ? `${address.toLowerCase()}/${packet}` : '';
};
