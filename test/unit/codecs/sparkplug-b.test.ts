import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { DecodeError } from '../../../domain/errors.js';
import { MOST_BYTES, readPayload } from '../../../gateway/codecs/sparkplug/payload.js';
import { decoded } from '../../support/decoding.js';

interface Written {
  name?: string;
  alias?: number;
  type?: number;
  int?: number;
  float?: number;
  flag?: boolean;
  unit?: string;
}

const payload = (...metrics: Written[]): Buffer => {
  const writer = protobuf.Writer.create();
  for (const { name, alias, type, int, float, flag, unit } of metrics) {
    writer.uint32(0x12).fork();
    if (name !== undefined) writer.uint32(0x0a).string(name);
    if (alias !== undefined) writer.uint32(0x10).uint64(alias);
    if (type !== undefined) writer.uint32(0x20).uint32(type);
    if (unit !== undefined) {
      writer.uint32(0x4a).fork().uint32(0x0a).string('engUnit').uint32(0x12).fork();
      writer.uint32(0x42).string(unit).ldelim().ldelim();
    }
    if (int !== undefined) writer.uint32(0x50).uint32(int);
    if (float !== undefined) writer.uint32(0x65).float(float);
    if (flag !== undefined) writer.uint32(0x70).bool(flag);
    writer.ldelim();
  }
  return Buffer.from(writer.finish());
};
const on = (kind: string, ...metrics: Written[]) => ({
  topic: `spBv1.0/G/${kind.startsWith('N') ? `${kind}/n` : `${kind}/n/d`}`,
  payload: payload(...metrics),
});

describe('Sparkplug B', () => {
  it('reads a metric by its name, in the engineering unit of its birth', () => {
    const born = on('DBIRTH', { name: 'salle/ambient_temperature', alias: 7, unit: '°F', float: 68 });
    expect(decoded([born, on('DDATA', { alias: 7, float: 70.7 })]).readings['ambient_temperature']).toBeCloseTo(21.5);
    expect(decoded([on('DDATA', { name: 'co2', int: 650 })]).readings).toEqual({ co2: 650 });
  });

  it('reads signed integers', () => {
    const cold = on('DDATA', { name: 'ambient_temperature', type: 3, int: 2 ** 32 - 12 });
    expect(decoded([cold]).readings).toEqual({ ambient_temperature: -12 });
  });

  it('forgets the aliases of the devices with a new birth of their node', () => {
    const born = on('DBIRTH', { name: 'co2', alias: 7 });
    const data = on('DDATA', { alias: 7, int: 650 });
    expect(decoded([born, data]).readings).toEqual({ co2: 650 });
    expect(decoded([born, on('NBIRTH', {}), data])).toEqual({ readings: {}, quarantined: 'unknown_metric' });
  });

  it('takes no call for help from a birth, which repeats what was', () => {
    expect(decoded([on('DBIRTH', { name: 'sos', alias: 1, flag: true })]).readings).toEqual({ device_online: true });
    expect(decoded([on('DDATA', { name: 'sos', flag: true })]).readings).toEqual({ sos: true });
  });

  it('takes a node and its devices for offline after its will, unless the will is of an earlier connection', () => {
    const born = [on('NBIRTH', { name: 'bdSeq', int: 4 }), on('DBIRTH', { name: 'co2', alias: 7 })];
    expect(decoded([...born, on('NDEATH', { name: 'bdSeq', int: 4 })]).readings).toEqual({ device_online: false });
    expect(decoded([...born, on('NDEATH', { name: 'bdSeq', int: 3 })]).readings).toEqual({});
  });

  it.each(['__proto__', 'constructor'])('takes a device called %s for any other', (name) => {
    const place = (kind: string, ...metrics: Written[]) => ({
      topic: `spBv1.0/G/${kind}/n/${name}`,
      payload: payload(...metrics),
    });
    const { readings } = decoded([place('DDATA', { alias: 7, int: 650 })]);
    expect(readings).toEqual({});
    decoded([place('DBIRTH', { name: 'co2', alias: 7 }), place('DDATA', { alias: 7, int: 650 })]);
    expect(({} as Record<string, unknown>)['7']).toBeUndefined();
  });

  it('gives a payload or a DecodeError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readPayload(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['groups nested as deep as they fit', Buffer.alloc(MOST_BYTES, 0x0b)],
    ['more metrics than a node has', Buffer.alloc(20_000, Buffer.from([0x12, 0]))],
    ['a length of 4 GB', Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a compressed payload', Buffer.concat([Buffer.from([0x22, 2]), Buffer.from('ZZ')])],
    ['more bytes than a node sends', Buffer.alloc(MOST_BYTES + 1)],
  ])('refuses %s', (_name, bytes) => expect(() => readPayload(bytes)).toThrow(DecodeError));
});
