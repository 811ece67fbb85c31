import { describe, expect, it } from '@jest/globals';
import type { DeviceConfig } from '../../../domain/device.js';
import type { Codec } from '../../../gateway/codecs/codec.js';
import { codec as bthome } from '../../../gateway/codecs/bthome.js';
import { codec as miScale } from '../../../gateway/codecs/mi-scale.js';
import { codec } from '../../../gateway/codecs/theengs.js';
import { decodeVectors, parseVectors } from '../../../gateway/decode.js';
import { loadCodecs, routeMessage, routeTopic } from '../../../gateway/route.js';

const codecs = await loadCodecs();
const receivedAt = Date.parse('2026-11-23T08:00:00Z');
const TOPIC = 'home/couloir/BTtoMQTT/AABBCC000001';
const decode = (payload: object | string, config: DeviceConfig = {}, topic = TOPIC, by: Codec = codec) =>
  by.decode({
    topic,
    payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
    retained: false,
    receivedAt,
    config,
  });
const read = (payload: object, config?: DeviceConfig) =>
  Object.fromEntries(decode(payload, config).values.map(({ metric, value, unit }) => [metric, `${value} ${unit}`]));

describe('what the Theengs decoder publishes', () => {
  it.each<[string, object, DeviceConfig, object]>([
    ['degrees Fahrenheit alone', { type: 'THB', tempf: 77 }, {}, { ambient_temperature: '77 [degF]' }],
    ['CO₂ of an air sensor', { type: 'AIR', co2: 900 }, {}, { co2: '900 [ppm]' }],
    ['an open contact', { type: 'CTMO', contact: 'open' }, {}, { door_open: 'true 1' }],
    ['a closed contact', { type: 'CTMO', contact: 'closed' }, {}, { door_open: 'false 1' }],
    ['a plant that is warm', { type: 'PLANT', tempc: 21, moi: 30 }, {}, {}],
    ['a pressure of a tyre', { type: 'TIRE', tempc: 30, batt: 90 }, {}, { battery_level: '90 %' }],
    ['a null', { type: 'THB', tempc: null, hum: 40 }, {}, { ambient_humidity: '40 %' }],
    ['a press without the role', { type: 'BTN', button: 1 }, {}, {}],
    ['no press', { type: 'BTN', button: 0 }, { role: 'sos_button' }, {}],
    ['a press', { type: 'BTN', button: 1 }, { role: 'sos_button' }, { sos: 'true 1' }],
    [
      'a scale with a role and no mode',
      { type: 'SCALE', weight: 70, unit: 'kg' },
      { role: 'body_scale' },
      { body_weight: '70 kg' },
    ],
    [
      'a scale with a role and a bag on it',
      { type: 'SCALE', weight: 70, unit: 'kg', weighing_mode: 'object' },
      { role: 'body_scale' },
      {},
    ],
  ])('%s', (_what, payload, config, expected) => expect(read(payload, config)).toEqual(expected));

  it('says which property is not what it should be and keeps the others', () => {
    const message = decode({ type: 'CTMO', contact: 'ajar', motion: 'yes', batt: 50, tempc: '1e3x' });
    expect(message.values).toMatchObject([{ metric: 'battery_level', value: 50 }]);
    expect(message.rejected?.map(({ metric }) => metric).sort()).toEqual(['contact', 'motion', 'tempc']);
    expect(decode({ type: 'SCALE', weighing_mode: 'person', weight: 11, unit: 'st' }).rejected).toHaveLength(1);
  });

  it('is known by its content, whichever relay heard it and however loud', () => {
    const heard = (rssi: number, relay: string) =>
      decode({ id: 'x', type: 'THB', tempc: 21, rssi }, {}, `home/${relay}/BTtoMQTT/AABBCC000001`).broadcast;
    expect(heard(-60, 'a')).toBe(heard(-80, 'b'));
    expect(decode({ type: 'BTN', packet: 1 }).broadcast).not.toBe(decode({ type: 'BTN', packet: 2 }).broadcast);
  });

  it.each(['{', '[]', 'null', '"x"'])('refuses %s', (text) => expect(() => decode(text)).toThrow(/expected/));
});

describe('the topics of a relay', () => {
  it.each([
    'home/a/SYStoMQTT',
    'home/a/BTtoMQTT',
    'home/a/RLStoMQTT',
    'home/a/version',
    'home/a/commands/MQTTtoBT/config',
    'home/presence/a',
  ])('%s is never a reading', (topic) => expect(routeTopic(codecs, topic)).toBe('ignored'));

  it('name the relay in its last will, which may be retained', () => {
    expect(codec.address('home/a/LWT')).toEqual({ identifier: 'a' });
    expect(decode('online', {}, 'home/a/LWT')).toMatchObject({
      values: [{ metric: 'device_online', value: true }],
      retainedIsCurrent: true,
    });
    expect(() => decode('Offline', {}, 'home/a/LWT')).toThrow(/last will/);
  });

  it.each<[string, object, string]>([
    ['a BTHome advertisement', { servicedatauuid: '0xfcd2', servicedata: '402101' }, 'bthome'],
    ['one with the long UUID', { servicedatauuid: '0000FCD2-0000-1000-8000-00805F9B34FB', servicedata: '' }, 'bthome'],
    ['an encrypted Shelly', { encr: 2, cipher: '', ctr: '', mic: '' }, 'bthome'],
    ['another encryption', { encr: 1, cipher: '00' }, 'theengs'],
    ['a Mi scale', { servicedatauuid: '0x181d', servicedata: '' }, 'mi-scale'],
    ['a phone', { manufacturerdata: '4c00021574278bda' }, 'theengs'],
    ['fcd2 in other data', { servicedatauuid: '0xfe95', servicedata: 'fcd2' }, 'theengs'],
  ])('are shared: %s', (_what, payload, name) => {
    for (const topic of [TOPIC, 'home/couloir/BTtoMQTT/undecoded'])
      expect(
        routeMessage(codecs, { topic, payload: Buffer.from(JSON.stringify({ id: 'AA:BB:CC:00:00:01', ...payload })) }),
      ).toMatchObject({ codec: { name } });
  });
});

describe('the flood of phones and beacons', () => {
  it('gives no value, and one reason that only counts for a device somebody knows', () => {
    const phone = { id: '58:78:20:76:BC:24', manufacturerdata: '4c001005' };
    expect(decode(phone, {}, 'home/couloir/BTtoMQTT/undecoded')).toMatchObject({
      values: [],
      rejected: [{ reason: 'unknown_format' }],
      device: { identifier: '58782076BC24' },
    });
    expect(decode({ id: 'x', type: 'RMAC', rssi: -70 }).rejected).toEqual([]);
    expect(decode({ id: 'x', type: 'BCON', name: 'tag', servicedata: '00' }).rejected).toEqual([]);
  });
});

describe('a Mi scale', () => {
  const scale = (servicedata: string, servicedatauuid: string) =>
    decode({ id: 'AA:BB:CC:00:00:21', servicedata, servicedatauuid }, {}, TOPIC, miScale);

  it('counts the jin, half a kilogram, in the same steps as the kilogram', () =>
    expect(scale('1226e607020e10293af7019a38', '0x181b').values).toMatchObject([{ value: 72.45, unit: 'kg' }]));

  it('is one weighing while the impedance is measured and when the person steps off', () => {
    const frames = ['0224e607020e10293a00009a38', '0226e607020e10293af7019a38', '02a6e607020e10293af7019a38'];
    expect(new Set(frames.map((frame) => scale(frame, '0x181b').broadcast)).size).toBe(1);
  });

  it('without a clock takes the time of reception', () =>
    expect(scale('223e3000000000000000', '0x181d').values[0]?.time).toBeUndefined());

  it.each([
    ['another length', '0226e607', '0x181b'],
    ['the other service', '223e30e607020e10293a', '0x181b'],
    ['no hexadecimal', 'xyz', '0x181d'],
  ])('refuses %s', (_what, data, uuid) =>
    expect(scale(data, uuid)).toMatchObject({ values: [], rejected: [{ reason: 'unknown_format' }] }),
  );
});

describe('two relays that hear one device', () => {
  const vectors = (first: object, second: object, seconds = 2) =>
    decodeVectors(
      parseVectors(
        JSON.stringify([
          {
            id: 'v',
            receivedAt: new Date(receivedAt + seconds * 1000).toISOString(),
            topic: 'home/salon/BTtoMQTT/undecoded',
            payload: JSON.stringify(second),
            config: { role: 'sos_button' },
            given: [
              {
                topic: 'home/couloir/BTtoMQTT/undecoded',
                payload: JSON.stringify(first),
                receivedAt: new Date(receivedAt).toISOString(),
              },
            ],
          },
        ]),
      ),
      codecs,
    )[0]?.values.length;
  const press = (packet: string, rssi: number) => ({
    id: 'A4:C1:38:8D:18:B2',
    rssi,
    servicedata: `4400${packet}3a01`,
    servicedatauuid: '0xfcd2',
  });

  it('give one reading of one press, and two of two presses', () => {
    expect(vectors(press('21', -60), press('21', -85))).toBe(0);
    expect(vectors(press('21', -60), press('22', -60))).toBe(1);
    expect(vectors(press('21', -60), press('21', -60), 90)).toBe(1);
    expect(bthome.rebroadcasts).toBeUndefined();
  });
});
