import { describe, expect, it } from '@jest/globals';
import type { DeviceConfig } from '../../../domain/device.js';
import { DecodeError } from '../../../domain/errors.js';
import { codec } from '../../../gateway/codecs/zigbee2mqtt.js';
import { refusalOf } from '../../support/refusal.js';

const decode = (
  payload: string,
  { topic = 'zigbee2mqtt/x', config = {} }: { topic?: string; config?: DeviceConfig } = {},
) => codec.decode({ topic, payload: Buffer.from(payload), retained: false, receivedAt: 0, config });
const read = (payload: string, config: DeviceConfig = {}) =>
  Object.fromEntries(decode(payload, { config }).values.map(({ metric, value }) => [metric, value]));

describe('a Zigbee2MQTT topic', () => {
  it.each([
    ['zigbee2mqtt/a', { identifier: 'a' }],
    ['zigbee2mqtt/etage/ch12/porte', { identifier: 'etage/ch12/porte' }],
    ['zigbee2mqtt/a/availability', { identifier: 'a' }],
    ['zigbee2mqtt/a/temperature', { identifier: 'a', aliases: ['a/temperature'] }],
    ['zigbee2mqtt/a/linkquality', { identifier: 'a', aliases: ['a/linkquality'] }],
    ['zigbee2mqtt/temperature', { identifier: 'temperature' }],
    ['zigbee2mqtt/bridge/state', 'ignored'],
    ['zigbee2mqtt/a/set', 'ignored'],
    ['zigbee2mqtt/a/b/set/state', 'ignored'],
    ['zigbee2mqtt/a/get', 'ignored'],
    ['zigbee2mqtt/set', { identifier: 'set' }],
    ['zigbee2mqtt', null],
    ['other/a', null],
  ])('%s names its device', (topic, address) => expect(codec.address(topic)).toEqual(address));

  it('that ends in an attribute name still reads a device called so', () => {
    expect(decode('{"temperature":20}', { topic: 'zigbee2mqtt/hall/presence' }).values).toEqual([
      { metric: 'ambient_temperature', value: 20, unit: 'Cel' },
    ]);
  });

  it('reads texts in attribute mode', () => {
    expect(decode('emergency', { topic: 'zigbee2mqtt/x/action' }).values).toMatchObject([
      { metric: 'sos', value: true },
    ]);
    expect(decode('', { topic: 'zigbee2mqtt/x/action' }).values).toEqual([]);
    expect(() => decode('warm', { topic: 'zigbee2mqtt/x/temperature' })).toThrow(DecodeError);
  });
});

describe('a Zigbee2MQTT message', () => {
  it.each<[string, string, DeviceConfig, Record<string, number | boolean>]>([
    ['a press on a button that is not an SOS button', '{"action":"single"}', {}, {}],
    ['the end of a press', '{"action":"hold_release"}', { role: 'sos_button' }, {}],
    ['the reset after a press', '{"action":""}', { role: 'sos_button' }, {}],
    ['an SOS said twice', '{"action":"emergency","sos":true}', {}, { sos: true }],
    ['a cube that fell, even as an SOS button’s neighbour', '{"action":"fall"}', {}, {}],
    ['falling, from a radar without a model', '{"status":"falling"}', {}, { fall: true }],
    ['falling, from another device', '{"status":"falling"}', { deviceModel: 'BLIND' }, {}],
    ['occupied, from a device without a model', '{"status":"occupied"}', {}, {}],
    ['the model in the message', '{"status":"occupied","device":{"model":"FDS315"}}', {}, { presence: true }],
    [
      'a pad whose open contact is a full bed',
      '{"contact":true}',
      { contactFalseMeans: 'bed_empty' },
      { bed_occupancy: true },
    ],
    [
      'a pad whose open contact is an empty bed',
      '{"contact":true}',
      { contactFalseMeans: 'bed_occupied' },
      { bed_occupancy: false },
    ],
    ['an unknown fall status', '{"fall_status":"unknown"}', {}, {}],
  ])('with %s', (_what, payload, config, expected) => expect(read(payload, config)).toEqual(expected));

  it('is doubtful as a whole when the radar only warns', () => {
    expect(decode('{"fall_status":"fall_warning","occupancy":true}').values).toMatchObject([
      { metric: 'motion', quality: 'questionable' },
      { metric: 'fall', value: true, quality: 'questionable' },
    ]);
  });

  it('keeps its SOS when another attribute cannot be read', () => {
    const message = decode('{"sos":true,"battery":"full"}');
    expect(message.values).toEqual([{ metric: 'sos', value: true, unit: '1' }]);
    expect(message.rejected).toMatchObject([{ metric: 'battery', reason: 'invalid_value' }]);
  });

  it('from a bed pad nobody wired is refused, not read as a door', () => {
    expect(() => decode('{"contact":false}', { config: { deviceModel: 'SPM915' } })).toThrow('contactFalseMeans');
  });

  it.each(['', '12', 'on', '[]', 'null', '"text"'])('%j is refused', (payload) =>
    expect(refusalOf(() => decode(payload))).toBe('malformed_payload'),
  );

  it('about availability is current although retained', () => {
    expect(decode('online', { topic: 'zigbee2mqtt/x/availability' }).retainedIsCurrent).toBe(true);
    expect(() => decode('asleep', { topic: 'zigbee2mqtt/x/availability' })).toThrow(DecodeError);
  });
});
