import { describe, expect, it } from '@jest/globals';
import { codec } from '../../../gateway/codecs/vigie-json.js';
import { refusalOf } from '../../support/refusal.js';

const TOPIC = 'vigie/v1/les-mirabelles/ox-0412/readings';
const decodeBytes = (payload: Uint8Array) =>
  codec.decode({ topic: TOPIC, payload, retained: false, receivedAt: 0, config: {} });
const decode = (payload: string) => decodeBytes(Buffer.from(payload));
const spo2 = '{"metric":"spo2","value":91,"unit":"%"}';

describe('a Vigie topic', () => {
  it.each([
    ['vigie/v1/les-mirabelles/ox-0412/readings', { identifier: 'ox-0412', site: 'les-mirabelles' }],
    ['vigie/v1/les-mirabelles/ox-0412/events', { identifier: 'ox-0412', site: 'les-mirabelles' }],
    ['vigie/v1/les-mirabelles/ox-0412/other', null],
    ['vigie/v1/les-mirabelles/ox-0412/readings/more', null],
    ['vigie/v2/les-mirabelles/ox-0412/readings', null],
    ['vigie/v1//ox-0412/readings', null],
    ['vigie/v1/+/ox-0412/readings', null],
    [`vigie/v1/s/${'x'.repeat(65)}/readings`, null],
  ])('%s names its device and site', (topic, address) => expect(codec.address(topic)).toEqual(address));
});

describe('a Vigie message', () => {
  it.each([
    ['text that is not JSON', '{"readings":[', 'malformed_payload'],
    ['an empty payload', '', 'malformed_payload'],
    ['a bare NaN', `{"readings":[{"metric":"spo2","value":NaN,"unit":"%"}]}`, 'malformed_payload'],
    ['an array', `[${spo2}]`, 'malformed_payload'],
    ['null', 'null', 'malformed_payload'],
    ['no readings', '{"seq":1}', 'malformed_payload'],
    ['an empty list of readings', '{"readings":[]}', 'malformed_payload'],
    ['readings that are an object', '{"readings":{}}', 'malformed_payload'],
    ['a reading that is a text', '{"readings":["spo2"]}', 'malformed_payload'],
    ['a metric that is a number', '{"readings":[{"metric":1,"value":1,"unit":"%"}]}', 'malformed_payload'],
    ['a metric nobody knows', '{"readings":[{"metric":"aura","value":1,"unit":"1"}]}', 'unknown_metric'],
    ['a number as text', '{"readings":[{"metric":"spo2","value":"91","unit":"%"}]}', 'invalid_value'],
    ['a null value', '{"readings":[{"metric":"spo2","value":null,"unit":"%"}]}', 'invalid_value'],
    ['an infinite value', '{"readings":[{"metric":"spo2","value":1e999,"unit":"%"}]}', 'invalid_value'],
    ['a boolean for a number', '{"readings":[{"metric":"spo2","value":true,"unit":"%"}]}', 'invalid_value'],
    ['a number for a boolean', '{"readings":[{"metric":"sos","value":1,"unit":"1"}]}', 'invalid_value'],
    ['a number without a unit', '{"readings":[{"metric":"spo2","value":91}]}', 'unit_mismatch'],
    ['a unit of another dimension', '{"readings":[{"metric":"spo2","value":91,"unit":"Cel"}]}', 'unit_mismatch'],
    ['a boolean in per cent', '{"readings":[{"metric":"sos","value":true,"unit":"%"}]}', 'unit_mismatch'],
    ['a time that is not ISO 8601', `{"time":"yesterday","readings":[${spo2}]}`, 'malformed_payload'],
    ['a time that is a number', `{"time":1763884692,"readings":[${spo2}]}`, 'malformed_payload'],
    ['a negative sequence', `{"seq":-1,"readings":[${spo2}]}`, 'malformed_payload'],
    ['a sequence that is a text', `{"seq":"1","readings":[${spo2}]}`, 'malformed_payload'],
  ])('with %s is refused', (_what, payload, reason) => {
    expect(refusalOf(() => decode(payload))).toBe(reason);
  });

  it('that is not UTF-8 is refused', () => {
    expect(() => decodeBytes(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).toThrow('UTF-8');
  });

  it('that is too large is refused before it is parsed', () => {
    const payload = Buffer.alloc(300 * 1024, 0x20);
    expect(refusalOf(() => decodeBytes(payload))).toBe('payload_too_large');
  });

  it('never repeats its values in an error', () => {
    const secret = '{"readings":[{"metric":"spo2","value":"Odette","unit":"%"}]}';
    expect(() => decode(secret)).toThrow(/^(?!.*Odette)/s);
  });

  it('keeps the SOS beside a reading that cannot be read', () => {
    const message = decode(
      '{"readings":[{"metric":"sos","value":true,"unit":"1"},{"metric":"aura","value":1,"unit":"1"}]}',
    );
    expect(message.values).toEqual([{ metric: 'sos', value: true, unit: '1' }]);
    expect(message.rejected).toEqual([expect.objectContaining({ metric: 'aura', reason: 'unknown_metric' })]);
  });

  it('gives its time to the readings that have none of their own', () => {
    const own = '{"metric":"pulse_rate","value":70,"unit":"/min","time":"2026-11-23T08:00:00+01:00"}';
    expect(
      decode(`{"time":"2026-11-23T07:58:12.345Z","readings":[${spo2},${own}]}`).values.map(({ time }) => time),
    ).toEqual([
      { kind: 'instant', epoch: Date.parse('2026-11-23T07:58:12.345Z') },
      { kind: 'instant', epoch: Date.parse('2026-11-23T07:00:00Z') },
    ]);
  });

  it('has a wall-clock time when its time has no zone, and a wrong clock when its date does not exist', () => {
    const timeOf = (time: string) => decode(`{"time":"${time}","readings":[${spo2}]}`).values[0]?.time;
    const local = { year: 2026, month: 11, day: 23, hour: 7, minute: 58, second: 12 };
    expect(timeOf('2026-11-23T07:58:12')).toEqual({ kind: 'local', local });
    for (const wrong of ['2026-02-30T00:00:00Z', '2000-00-00T00:00:00Z', '2026-11-23T24:10:00Z'])
      expect(timeOf(wrong)).toEqual({ kind: 'instant', epoch: NaN });
  });

  it('takes a boolean without a unit, and fields it does not know', () => {
    const { values } = decode('{"firmware":"2.1","readings":[{"metric":"fall","value":true,"confidence":0.9}]}');
    expect(values).toEqual([{ metric: 'fall', value: true, unit: '1' }]);
  });

  it('has the same key only for the same sequence with the same content', () => {
    const key = (seq: number, value: number) =>
      decode(`{"seq":${seq},"readings":[{"metric":"spo2","value":${value},"unit":"%"}]}`).sequence;
    expect(key(0, 91)).toBe(key(0, 91));
    expect(key(0, 91)).not.toBe(key(1, 91));
    expect(key(0, 91)).not.toBe(key(0, 92));
    expect(decode(`{"readings":[${spo2}]}`).sequence).toBeUndefined();
  });
});
