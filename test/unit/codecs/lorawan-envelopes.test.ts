import { describe, expect, it } from '@jest/globals';
import type { DeviceConfig } from '../../../domain/device.js';
import type { Codec } from '../../../gateway/codecs/codec.js';
import { codec as actility } from '../../../gateway/codecs/actility.js';
import { codec as chirpstack } from '../../../gateway/codecs/chirpstack.js';
import { codec as liveObjects } from '../../../gateway/codecs/live-objects.js';
import { codec as tts } from '../../../gateway/codecs/the-things-stack.js';
import { decodeVectors, parseVectors, toLine } from '../../../gateway/decode.js';
import { loadCodecs } from '../../../gateway/route.js';
import { refusalOf } from '../../support/refusal.js';

const TTS = 'v3/app@ttn/devices/ch12/up';
const CHIRPSTACK = 'application/123/device/24e124126c138201/event/up';
const decode = (
  codec: Codec,
  topic: string,
  message: unknown,
  config: DeviceConfig = { deviceProfile: 'milesight-em300-th' },
) =>
  codec.decode({
    topic,
    payload: Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)),
    retained: false,
    receivedAt: 0,
    config,
  });
const ttsUplink = (uplink: object, rest: object = {}) => ({
  uplink_message: { f_port: 85, frm_payload: 'A2c0AQ==', received_at: '2026-03-10T07:31:04Z', ...uplink },
  ...rest,
});

describe('a LoRaWAN topic', () => {
  it.each<[Codec, string, unknown]>([
    [tts, TTS, { identifier: 'ch12' }],
    [tts, 'v3/app/devices/ch12/up', { identifier: 'ch12' }],
    [tts, 'v3/app@ttn/devices/eui-24e124136b502217/up', { identifier: 'eui-24e124136b502217', aliases: ['24e124136b502217'] }], // prettier-ignore
    [tts, 'v3/app@ttn/devices/ch12/join', 'ignored'],
    [tts, 'v3/app@ttn/devices/ch12/down/queued', 'ignored'],
    [tts, 'v3/app@ttn/devices/ch12', null],
    [chirpstack, CHIRPSTACK, { identifier: '24e124126c138201' }],
    [chirpstack, 'application/123/device/24e124126c138201/rx', { identifier: '24e124126c138201' }],
    [chirpstack, 'application/123/device/24e124126c138201/event/status', { identifier: '24e124126c138201' }],
    [chirpstack, 'application/123/device/24e124126c138201/event/txack', 'ignored'],
    [chirpstack, 'application/123/device/24e124126c138201/command/down', 'ignored'],
    [chirpstack, 'application/123/device/porte/event/up', null],
    [liveObjects, 'fifo/capteurs', { identifier: 'capteurs' }],
    [liveObjects, 'fifo/a/b', null],
    [actility, 'mqtt/things/24E124136B502217/uplink', { identifier: '24E124136B502217' }],
    [actility, 'thingpark/downlink/24E124136B502217', 'ignored'],
    [actility, 'thingpark/uplink/porte', null],
  ])('%# names its device', (codec, topic, address) => expect(codec.address(topic)).toEqual(address));
});

describe('a LoRaWAN uplink', () => {
  it.each<[string, Codec, string, unknown, DeviceConfig]>([
    ['no profile', tts, TTS, ttsUplink({}), {}],
    ['a profile nobody knows', tts, TTS, ttsUplink({}), { deviceProfile: 'acme-1' }],
    ['no profile', chirpstack, CHIRPSTACK, { data: 'A2c0AQ==', fPort: 85 }, {}],
    ['no profile', actility, 'thingpark/uplink/24E124136B502217', { DevEUI_uplink: { payload_hex: '036734' } }, {}],
  ])('with %s is refused with the profiles there are', (_what, codec, topic, message, config) => {
    const reading = (): unknown => decode(codec, topic, message, config);
    expect(refusalOf(reading)).toBe('unknown_profile');
    expect(reading).toThrow('milesight-em300-th');
  });

  it('that cannot be read is kept in the name its message gives', () => {
    const named = ttsUplink({}, { end_device_ids: { dev_eui: '24e124136b502217' } });
    expect(decode(tts, TTS, named, {})).toMatchObject({
      values: [],
      rejected: [{ reason: 'unknown_profile' }],
      device: { identifier: '24E124136B502217', aliases: ['ch12'] },
    });
    const orange = { streamId: 'urn:lo:nsid:lora:24E124136B502217', value: { payload: '0367' } };
    expect(decode(liveObjects, 'fifo/x', orange, {})).toMatchObject({
      rejected: [{ reason: 'unknown_profile' }],
      device: { identifier: '24E124136B502217' },
    });
  });

  it('is decoded with the configuration of the device its message names', () => {
    const orange = { streamId: 'urn:lo:nsid:lora:24E124136B502217', value: { payload: '03673401', fcnt: 4 } };
    const asked: string[] = [];
    const { values } = liveObjects.decode({
      topic: 'fifo/x',
      payload: Buffer.from(JSON.stringify(orange)),
      retained: false,
      receivedAt: 0,
      config: {},
      configOf: ({ identifier }) => {
        asked.push(identifier);
        return { deviceProfile: 'milesight-em300-th' };
      },
    });
    expect(values).toMatchObject([{ metric: 'ambient_temperature', value: 30.8 }]);
    expect(asked).toEqual(['24E124136B502217']);
  });

  it('is read by its bytes when a profile is provisioned, whatever a formatter made of them', () => {
    const message = ttsUplink({ decoded_payload: { temperature: 99 } });
    expect(decode(tts, TTS, message).values).toMatchObject([{ value: 30.8 }]);
    expect(decode(tts, TTS, message, {}).values).toMatchObject([{ value: 99 }]);
    expect(decode(tts, TTS, message, { deviceProfile: 'acme-1' }).values).toMatchObject([{ value: 99 }]);
  });

  it('without application bytes says nothing', () => {
    expect(decode(tts, TTS, ttsUplink({ frm_payload: undefined })).values).toEqual([]);
    expect(decode(chirpstack, CHIRPSTACK, { data: '', object: {} }, {}).values).toEqual([]);
    expect(
      decode(actility, 'thingpark/uplink/24E124136B502217', { DevEUI_location: { DevEUI: 'x' } }, {}).values,
    ).toEqual([]);
  });

  it('whose decoded names are all unknown is refused', () => {
    const message = ttsUplink({ decoded_payload: { foo: 1 } });
    expect(refusalOf(() => decode(tts, TTS, message, {}))).toBe('unknown_metric');
  });

  it.each<[string, Codec, string, unknown]>([
    ['text that is no base64', tts, TTS, ttsUplink({ frm_payload: 'é%' })],
    ['a payload that is a number', chirpstack, CHIRPSTACK, { data: 12 }],
    ['half a byte', actility, 'thingpark/uplink/24E124136B502217', { DevEUI_uplink: { payload_hex: '012' } }],
    ['a negative counter', tts, TTS, ttsUplink({ f_cnt: -1 })],
    ['a counter in words', actility, 'thingpark/uplink/24E124136B502217', { DevEUI_uplink: { FCntUp: 'ten' } }],
    ['objectJSON that is none', chirpstack, CHIRPSTACK, { objectJSON: '{' }],
    ['no DevEUI', liveObjects, 'fifo/x', { value: { payload: '03' } }],
    ['a list', tts, TTS, []],
    ['no JSON', chirpstack, CHIRPSTACK, 'hello'],
  ])('with %s is refused', (_what, codec, topic, message) => {
    expect(refusalOf(() => decode(codec, topic, message, {}))).toBe('malformed_payload');
  });

  it('of more bytes than LoRaWAN carries is refused', () => {
    const message = ttsUplink({ frm_payload: Buffer.alloc(300).toString('base64') });
    expect(refusalOf(() => decode(tts, TTS, message))).toBe('payload_too_large');
  });

  it('was measured when the network heard it; without that time, when it came', () => {
    expect(decode(tts, TTS, ttsUplink({})).values[0]?.time).toEqual({
      kind: 'instant',
      epoch: Date.parse('2026-03-10T07:31:04Z'),
    });
    const message = ttsUplink({ received_at: undefined });
    expect(decode(tts, TTS, message).values[0]?.time).toBeUndefined();
    const gateways = { data: 'A2c0AQ==', rxInfo: [{}, { time: '2026-03-10T07:31:02Z' }] };
    expect(decode(chirpstack, CHIRPSTACK, gateways).values[0]?.time).toMatchObject({
      epoch: Date.parse('2026-03-10T07:31:02Z'),
    });
  });

  it('has a key of session, counter, port and bytes', () => {
    const sequence = (uplink: object) => decode(tts, TTS, ttsUplink(uplink)).sequence;
    const first = sequence({ session_key_id: 'a', f_cnt: 7 });
    expect(sequence({ session_key_id: 'a', f_cnt: 7, received_at: '2026-03-10T07:31:05Z', rx_metadata: [{}] })).toBe(
      first,
    );
    const others = [
      sequence({ session_key_id: 'b', f_cnt: 7 }),
      sequence({ session_key_id: 'a', f_cnt: 8 }),
      sequence({ session_key_id: 'a' }),
      sequence({ session_key_id: 'a', f_cnt: 7, f_port: 2 }),
      sequence({ session_key_id: 'a', f_cnt: 7, frm_payload: 'A2c1AQ==' }),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
    expect(sequence({ session_key_id: 'a', f_cnt: 0 })).toBe(sequence({ session_key_id: 'a' }));
  });
});

describe('a ChirpStack status', () => {
  const TOPIC = 'application/123/device/24e124126c138201/event/status';
  it.each([
    [{ batteryLevel: 0, batteryLevelUnavailable: true }, []],
    [{ batteryLevel: 100, externalPowerSource: true }, []],
    [{ margin: 10 }, []],
    [{ batteryLevel: 0 }, [0]],
  ])('%j', (message, expected) =>
    expect(decode(chirpstack, TOPIC, message).values.map(({ value }) => value)).toEqual(expected),
  );
  it('with a level that is no number is refused', () => {
    expect(refusalOf(() => decode(chirpstack, TOPIC, { batteryLevel: 'full' }))).toBe('invalid_value');
  });
});

describe('the same uplink through three gateways', () => {
  it.each([
    ['The Things Stack', TTS, (n: number) => ttsUplink({ f_cnt: 7, session_key_id: 's', received_at: `2026-03-10T07:31:0${n}Z`, rx_metadata: [{ gateway_ids: { gateway_id: `g${n}` } }] })], // prettier-ignore
    ['ChirpStack', CHIRPSTACK, (n: number) => ({ deduplicationId: `d${n}`, time: `2026-03-10T07:31:0${n}Z`, fCnt: 7, fPort: 85, devAddr: '01a2b3c4', data: 'A2c0AQ==', rxInfo: [{ gatewayId: `g${n}` }] })], // prettier-ignore
    ['Actility', 'thingpark/uplink/24E124136B502217', (n: number) => ({ DevEUI_uplink: { Time: `2026-03-10T08:31:0${n}.1+01:00`, FPort: '85', FCntUp: '7', payload_hex: '03673401', Lrrid: `g${n}` } })], // prettier-ignore
  ])('gives one reading with %s', async (_server, topic, copy) => {
    const message = (n: number) => ({ topic, payload: JSON.stringify(copy(n)), receivedAt: `2026-03-10T07:31:0${n}Z` });
    const vector = {
      id: 'x',
      ...message(3),
      config: { deviceProfile: 'milesight-em300-th' },
      given: [message(1), message(2)],
    };
    const decodeAll = async (file: object[]) =>
      decodeVectors(parseVectors(JSON.stringify(file)), await loadCodecs()).map(toLine);
    expect((await decodeAll([{ ...vector, given: [] }]))[0]?.readings).toHaveLength(1);
    expect((await decodeAll([vector]))[0]?.readings).toEqual([]);
  });
});
