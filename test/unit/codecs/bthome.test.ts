import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { DeviceConfig } from '../../../domain/device.js';
import { MINUTE } from '../../../domain/time.js';
import type { DecodedMessage } from '../../../gateway/codecs/codec.js';
import { codec } from '../../../gateway/codecs/bthome.js';

const receivedAt = Date.parse('2026-11-23T08:00:00Z');
const MAC = 'A4C1388D18B2';
const KEY = '231d39c1d7cc1ab1aee224cd096db932';

interface Heard {
  readonly config?: DeviceConfig;
  readonly memory?: unknown;
  readonly at?: number;
  readonly topic?: string;
}
const decode = (payload: object, { config = {}, memory, at = receivedAt, topic }: Heard = {}): DecodedMessage =>
  codec.decode({
    topic: topic ?? `home/couloir/BTtoMQTT/${MAC}`,
    payload: Buffer.from(JSON.stringify(payload)),
    retained: false,
    receivedAt: at,
    config,
    memory,
  });
const advert = (hex: string, heard?: Heard): DecodedMessage =>
  decode({ id: 'A4:C1:38:8D:18:B2', servicedata: hex, servicedatauuid: '0xfcd2' }, heard);
const read = (message: DecodedMessage) => message.values.map(({ metric, value }) => [metric, value]);

/** What a device with this key would broadcast. */
const seal = (content: string, counter: number, info = 0x45): { cipher: string; ctr: string; mic: string } => {
  const ctr = Buffer.alloc(4);
  ctr.writeUInt32LE(counter);
  const nonce = Buffer.concat([Buffer.from(MAC, 'hex'), Buffer.from('d2fc', 'hex'), Buffer.from([info]), ctr]);
  const sealing = createCipheriv('aes-128-ccm', Buffer.from(KEY, 'hex'), nonce, { authTagLength: 4 });
  const cipher = sealing.update(Buffer.from(content, 'hex'));
  sealing.final();
  return { cipher: cipher.toString('hex'), ctr: ctr.toString('hex'), mic: sealing.getAuthTag().toString('hex') };
};
const sealedAdvert = (content: string, counter: number, heard: Heard = {}): DecodedMessage => {
  const { cipher, ctr, mic } = seal(content, counter);
  return advert(`45${cipher}${ctr}${mic}`, { config: { bindKey: KEY, role: 'sos_button' }, ...heard });
};

describe('BTHome v2 objects', () => {
  it.each<[string, string, DeviceConfig, (string | number | boolean)[][]]>([
    ['steps over what is not a reading', '4004138a0105138a140c020c2101', {}, [['motion', true]]],
    ['steps over a text', '405303616263210101', {}, [['motion', true]]],
    [
      'reads leak, smoke, tamper and a low battery',
      '401501200129012b01',
      {},
      [
        ['battery_low', true],
        ['water_leak', true],
        ['smoke', true],
        ['tamper', true],
      ],
    ],
    [
      'reads both presence objects',
      '4023012500',
      {},
      [
        ['presence', true],
        ['presence', false],
      ],
    ],
    ['reads pounds of a body scale', '40073e1d', { role: 'body_scale' }, [['body_weight', 74.86]]],
    ['takes any press of a four-button remote', '403a003a003a023a00', { role: 'sos_button' }, [['sos', true]]],
    ['takes a number of press it does not know for a press', '403a05', { role: 'sos_button' }, [['sos', true]]],
    ['rings once for two buttons', '403a013a01', { role: 'sos_button' }, [['sos', true]]],
    ['keeps the MAC address inside out of the objects', '42b2188d38c1a4015d', {}, [['battery_level', 93]]],
    ['reads 0x58 in steps of 0.35', '4058ea', {}, [['ambient_temperature', -22 * 0.35]]],
  ])('%s', (_what, hex, config, expected) => {
    const came = read(advert(hex, { config }));
    expect(came.map(([metric]) => metric)).toEqual(expected.map(([metric]) => metric));
    came.forEach(([, value], place) => {
      const wanted = expected[place]?.[1];
      if (typeof wanted === 'number') expect(value).toBeCloseTo(wanted, 9);
      else expect(value).toBe(wanted);
    });
  });

  it('takes the time of the advertisement for all its values', () => {
    const { values } = advert('4001645000e0c7692101');
    expect(values.map(({ time }) => time)).toEqual(Array(2).fill({ kind: 'instant', epoch: 0x69c7e000 * 1000 }));
  });

  it('keeps what came before an object that is cut off, and says so', () => {
    expect(advert('400164020a')).toMatchObject({
      values: [{ metric: 'battery_level' }],
      rejected: [{ reason: 'malformed_payload' }],
    });
    expect(advert('4053').rejected).toHaveLength(1);
  });

  it.each(['', 'zz', '4', 'e10200'])('reads nothing from the service data "%s"', (hex) =>
    expect(advert(hex)).toMatchObject({ values: [], rejected: [{ metric: 'advertisement' }] }),
  );
});

describe('the device of an advertisement', () => {
  const undecoded = { topic: 'home/couloir/BTtoMQTT/undecoded' };

  it('is named by the payload where the topic names only the relay', () => {
    const { device } = advert('402101', undecoded);
    expect(device?.identifier).toBe(MAC);
    expect(device?.aliases).toEqual(expect.arrayContaining(['A4:C1:38:8D:18:B2', 'a4c1388d18b2']));
    expect(codec.address(`home/x/BTtoMQTT/${MAC}`)).toMatchObject({ identifier: MAC });
    expect(codec.address('home/x/BTtoMQTT/undecoded')).toEqual({ identifier: 'x' });
  });

  it('brings its own configuration, not that of the relay', () => {
    const message = codec.decode({
      ...undecoded,
      payload: Buffer.from(`{"id":"${MAC}","servicedata":"403a01","servicedatauuid":"0xfcd2"}`),
      retained: false,
      receivedAt,
      config: {},
      configOf: ({ identifier }) => (identifier === MAC ? { role: 'sos_button' } : {}),
    });
    expect(read(message)).toEqual([['sos', true]]);
  });

  it('may have its role in the roles by address of a configuration that covers several', () => {
    expect(read(advert('403a01', { config: { roles: { 'A4:C1:38:8D:18:B2': 'sos_button' } } }))).toEqual([
      ['sos', true],
    ]);
    expect(read(advert('403a01', { config: { roles: { 'AA:AA:AA:AA:AA:AA': 'sos_button' } } }))).toEqual([]);
  });

  it('must be there', () => {
    expect(() => decode({ servicedata: '402101', servicedatauuid: '0xfcd2' }, undecoded)).toThrow(/id: expected/);
  });
});

describe('encrypted BTHome', () => {
  it('is read with the key, also as the parts Theengs publishes', () => {
    expect(read(sealedAdvert('3a01', 7))).toEqual([['sos', true]]);
    const config: DeviceConfig = { bindKey: KEY, role: 'sos_button' };
    for (const info of [0x41, 0x45])
      expect(read(decode({ id: MAC, encr: 2, ...seal('01643a01', 9, info) }, { config }))).toEqual([
        ['battery_level', 100],
        ['sos', true],
      ]);
  });

  it.each<[string, DecodedMessage, string]>([
    ['without a key', sealedAdvert('3a01', 7, { config: {} }), 'missing_key'],
    ['with a key that is none', sealedAdvert('3a01', 7, { config: { bindKey: 'abc' } }), 'missing_key'],
    ['with another key', sealedAdvert('3a01', 7, { config: { bindKey: '0'.repeat(32) } }), 'malformed_payload'],
    ['cut off', advert('4501', { config: { bindKey: KEY } }), 'malformed_payload'],
    ['sent in the clear by a device with a key', advert('403a01', { config: { bindKey: KEY } }), 'malformed_payload'],
  ])('is refused %s', (_what, message, reason) =>
    expect(message).toMatchObject({ values: [], rejected: [{ reason }] }),
  );

  it('remembers the counter of each device that proved its key', () => {
    const first = sealedAdvert('3a01', 500);
    expect(first).toMatchObject({ sequence: '500', memory: { [MAC]: [500, receivedAt] } });
    const other = { AABBCCDDEEFF: [3, 0] };
    expect(sealedAdvert('3a01', 501, { memory: { ...other, [MAC]: [500, receivedAt] } }).memory).toEqual({
      ...other,
      [MAC]: [501, receivedAt],
    });
    expect(sealedAdvert('3a01', 7, { config: { bindKey: '0'.repeat(32) } }).memory).toBeUndefined();
  });

  it.each<[string, number, number, 'read' | 'replayed']>([
    ['a counter that grew', 501, 10 * MINUTE, 'read'],
    ['the same advertisement through a second relay', 500, 2_000, 'read'],
    ['a neighbour that a slower relay delivers later', 499, 30_000, 'read'],
    ['a message received before the newest, replayed from quarantine', 400, -10 * MINUTE, 'read'],
    ['a recording of the last advertisement', 500, 10 * MINUTE, 'replayed'],
    ['an older recording', 300, 10 * MINUTE, 'replayed'],
    ['a counter that a new battery restarted', 3, 10 * MINUTE, 'read'],
  ])('%s', (_what, counter, later, verdict) => {
    const heard = { memory: { [MAC]: [500, receivedAt] }, at: receivedAt + later };
    const message = sealedAdvert('3a01', counter, heard);
    if (verdict === 'read') expect(read(message)).toEqual([['sos', true]]);
    else expect(message).toMatchObject({ values: [], rejected: [{ reason: 'replayed' }] });
  });
});
