import { encode } from 'cborg';
import { describe, expect, it } from '@jest/globals';
import { DecodeError } from '../../../domain/errors.js';
import { codec } from '../../../gateway/codecs/senml.js';
import { divideName, deviceAddress } from '../../../gateway/codecs/senml/name.js';
import { normalise } from '../../../gateway/normalise.js';
import { partsOf } from '../../../gateway/parts.js';

const receivedAt = Date.parse('2026-11-23T08:00:00Z');
const input = (payload: Uint8Array, retained = false) => ({
  topic: 'senml/box-031',
  payload,
  retained,
  receivedAt,
  config: {},
});
const bytes = (pack: unknown): Buffer => Buffer.from(JSON.stringify(pack));
const decode = (pack: unknown, retained = false) => codec.decode(input(bytes(pack), retained));
const cbor = (...records: [number | string, unknown][][]): Buffer =>
  Buffer.from(encode(records.map((fields) => new Map(fields))));
const NAME = 'urn:dev:mac:0024befffe804ff1:';

describe('a SenML pack', () => {
  it('says the same in CBOR as in JSON', () => {
    const json = decode([
      { bn: NAME, bt: 1.7e9, bu: 'Cel', n: 'ambient_temperature', v: 20.5 },
      { n: 'ambient_temperature', t: -60, v: 20.25 },
      { n: 'door_open', vb: true },
      { bv: 30, n: 'spo2', u: '%', v: 66 },
    ]);
    const packed = cbor(
      [
        [-2, NAME],
        [-3, 1.7e9],
        [-4, 'Cel'],
        [0, 'ambient_temperature'],
        [2, 20.5],
      ],
      [
        [0, 'ambient_temperature'],
        [6, -60],
        [2, 20.25],
      ],
      [
        [0, 'door_open'],
        [4, true],
      ],
      [
        [-5, 30],
        [0, 'spo2'],
        [1, '%'],
        [2, 66],
      ],
    );
    expect(codec.decode(input(packed))).toEqual(json);
    expect(json.values.map(({ metric, value, time }) => [metric, value, time])).toEqual([
      ['ambient_temperature', 20.5, { kind: 'instant', epoch: 1.7e12 }],
      ['ambient_temperature', 20.25, { kind: 'instant', epoch: 1.7e12 - 60_000 }],
      ['door_open', true, { kind: 'instant', epoch: 1.7e12 }],
      ['spo2', 96, { kind: 'instant', epoch: 1.7e12 }],
    ]);
  });

  it('reads the decimal fractions of CBOR', () => {
    // [{0: "spo2", 1: "%", 2: 4([-1, 965])}]
    expect(
      codec.decode(input(Buffer.from('81a3006473706f320161250 2c4822019 03c5'.replaceAll(' ', ''), 'hex'))).values,
    ).toMatchObject([{ metric: 'spo2', value: 96.5 }]);
  });

  it.each([
    ['beat/min', 'pulse_rate', 72, 72],
    ['1/s', 'pulse_rate', 1.2, 72],
    ['mm[Hg]', 'systolic_bp', 120, 120],
    ['kPa', 'systolic_bp', 16, 120.009869],
    ['kg/m3', 'glucose', 1.2, 120],
    ['mg/dL', 'glucose', 120, 120],
    ['g', 'body_weight', 72_450, 72.45],
    ['/', 'spo2', 0.96, 96],
    ['ppm', 'co2', 800, 800],
    ['count', 'steps', 1200, 1200],
  ])('in %s gives %s', (u, n, v, expected) => {
    const message = decode([{ n, u, v }]);
    const { values, dropped } = normalise({ message, input: input(bytes([])), timezone: 'Europe/Paris' });
    expect(dropped).toEqual([]);
    expect(values[0]?.value).toBeCloseTo(expected, 5);
  });

  it('never guesses a unit', () => {
    const message = decode([{ n: 'spo2', v: 96 }]);
    const { values, dropped } = normalise({ message, input: input(bytes([])), timezone: 'Europe/Paris' });
    expect(values).toEqual([]);
    expect(dropped).toMatchObject([{ reason: 'out_of_limits' }]);
  });

  it('of several devices has a part for each', () => {
    const message = decode([
      { n: 'urn:dev:ow:a1:spo2', u: '%', v: 96 },
      { n: 'urn:dev:ow:b2_spo2', u: '%', v: 91 },
      { n: 'urn:dev:ow:a1:aura', v: 1 },
      { n: 'device_online', vb: true },
    ]);
    const parts = partsOf(message, { identifier: 'box-031' });
    const seen = parts.map(({ address, message: part }) => [
      address.identifier,
      part.values.length,
      part.rejected?.length,
    ]);
    expect(seen.sort()).toEqual([
      ['box-031', 1, 0],
      ['urn:dev:ow:a1', 1, 1],
      ['urn:dev:ow:b2', 1, 0],
    ]);
  });

  it('that is retained has no relative time: nobody knows when its now was', () => {
    expect(decode([{ n: 'spo2', u: '%', v: 96, t: -30 }], true).values[0]?.time).toBeUndefined();
    expect(decode([{ n: 'spo2', u: '%', v: 96, bt: 1.7e9 }], true).values[0]?.time).toBeDefined();
  });

  it('keeps its good records when one is bad', () => {
    const message = decode([
      { bn: NAME, n: 'sos', vb: true },
      { n: 'heart_rate', u: 'beat/min', v: '72' },
      { n: 'spo2', u: '%', v: 96, vb: true },
      { n: 'spo2', vs: 'ninety' },
      { n: '§', v: 1 },
      { n: 'aura', v: 1 },
    ]);
    expect(message.values).toMatchObject([{ metric: 'sos', value: true }]);
    expect(message.rejected?.map(({ reason }) => reason)).toEqual([
      'malformed_payload',
      'malformed_payload',
      'invalid_value',
      'malformed_payload',
      'unknown_metric',
    ]);
  });

  it('may have records of base fields, sums and extensions, which are no measurements', () =>
    expect(
      decode([
        { bn: NAME, bver: 10 },
        { n: 'steps', s: 12 },
        { n: 'sos', vb: true, colour: 'red' },
      ]),
    ).toMatchObject({
      values: [{ metric: 'sos' }],
      rejected: [],
    }));

  it.each<[string, unknown]>([
    ['an object', {}],
    ['records that are no objects', [1]],
    ['a base time that is a text', [{ bt: 'now', n: 'sos', vb: true }]],
    ['a base name that is a number', [{ bn: 1, n: 'sos', vb: true }]],
    ['a version that is a text', [{ bver: '10', n: 'sos', vb: true }]],
    [
      'a label that must be understood, in its last record',
      [
        { n: 'sos', vb: true },
        { n: 'sos', vb: true, x_: 0 },
      ],
    ],
  ])('is refused whole when it is or has %s', (_what, pack) => expect(() => decode(pack)).toThrow(DecodeError));
});

describe('hostile CBOR', () => {
  it.each<[string, Buffer]>([
    ['an array that claims 2³² entries', Buffer.from('9affffffff01', 'hex')],
    ['an array that claims 2⁶⁴ entries', Buffer.from('9bffffffffffffffff01', 'hex')],
    ['a map that claims 2³² entries', Buffer.from('81baffffffff00', 'hex')],
    ['a text that claims 4 GB', Buffer.from('81a1007affffffff61', 'hex')],
    ['60 000 nested arrays', Buffer.alloc(60_000, 0x81)],
    ['60 000 nested indefinite arrays', Buffer.alloc(60_000, 0x9f)],
    ['60 000 nested tags', Buffer.concat([Buffer.from([0x81]), Buffer.alloc(60_000, 0xc4)])],
    ['a tag nobody knows', Buffer.from('81d9d9f7a0', 'hex')],
    ['the same label twice', Buffer.from('81a20061610061 62'.replaceAll(' ', ''), 'hex')],
    ['a break out of place', Buffer.from('81ff', 'hex')],
    ['what follows the pack', Buffer.from('8000', 'hex')],
    ['65 kB of records', Buffer.concat([Buffer.from('9a00010000', 'hex'), Buffer.alloc(66_000, 0xa0)])],
    [
      'a big number as a value',
      cbor(
        [
          [0, 'spo2'],
          [2, 2n ** 64n - 1n],
        ],
        [
          [0, 'spo2'],
          [2, NaN],
        ],
      ),
    ],
    [
      'a prototype as a label',
      cbor([
        ['__proto__', { value: 1 }],
        [0, 'spo2'],
        [2, null],
      ]),
    ],
  ])('%s gives no value', (_what, payload) => {
    try {
      const message = codec.decode(input(payload));
      const { values } = normalise({ message, input: input(payload), timezone: 'Europe/Paris' });
      expect(values).toEqual([]);
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError);
    }
  });
});

describe('a SenML name', () => {
  it.each([
    ['urn:dev:mac:0024befffe804ff1:heart_rate', 'urn:dev:mac:0024befffe804ff1', 'heart_rate'],
    ['urn:dev:ow:264437f5000000ed_heart_rate', 'urn:dev:ow:264437f5000000ed', 'heart_rate'],
    ['box-7/spo2', 'box-7', 'spo2'],
    ['spo2', '', 'spo2'],
    ['urn:dev:ow:a1:aura', 'urn:dev:ow:a1', null],
    ['urn:dev:ow:a1:constructor', 'urn:dev:ow:a1', null],
  ])('%s', (name, device, metric) => expect(divideName(name)).toEqual({ device, metric }));

  it.each(['', '-x:spo2', 'é:spo2', 'a b:spo2', 'a'.repeat(300)])('"%s" is none', (name) =>
    expect(divideName(name)).toBeNull(),
  );

  it('finds its device however it was provisioned', () => {
    expect(deviceAddress('urn:dev:mac:0024befffe804ff1').aliases).toEqual(
      expect.arrayContaining(['0024befffe804ff1', '00:24:BE:FF:FE:80:4F:F1', '0024be804ff1', '00:24:BE:80:4F:F1']),
    );
    expect(deviceAddress('urn:dev:ow:10e2073a01080063').aliases).toContain('10e2073a01080063');
    expect(deviceAddress('box-7')).toEqual({ identifier: 'box-7', aliases: [] });
  });
});
