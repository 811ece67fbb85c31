import { describe, expect, it } from '@jest/globals';
import type { DeviceConfig } from '../../../domain/device.js';
import { DecodeError } from '../../../domain/errors.js';
import { codec } from '../../../gateway/codecs/gatt.js';
import { e2eCrc } from '../../../gateway/codecs/gatt/cgm.js';
import { bytesOf } from '../../../gateway/codecs/support/bytes.js';
import { refusalOf } from '../../support/refusal.js';

const receivedAt = Date.parse('2026-11-23T08:00:00Z');
const decode = (characteristic: string, hex: string, config: DeviceConfig = {}) =>
  codec.decode({
    topic: `gatt/box-1/A4C138001122/1800/${characteristic}`,
    payload: Buffer.from(hex, 'hex'),
    retained: false,
    receivedAt,
    config,
  });
const read = (characteristic: string, hex: string, config?: DeviceConfig) =>
  Object.fromEntries(decode(characteristic, hex, config).values.map(({ metric, value }) => [metric, value]));
const qualities = (characteristic: string, hex: string) => [
  ...new Set(decode(characteristic, hex).values.map(({ quality }) => quality ?? 'good')),
];

describe('IEEE 11073 numbers', () => {
  it.each([
    ['7800', 120],
    ['bdf0', 18.9],
    ['6df1', 36.5],
    ['6de1', 3.65],
    ['ff0f', -1],
    ['ff07', null],
    ['0008', null],
    ['fe07', null],
    ['0208', null],
    ['0108', null],
    ['0180', 1e-8],
    ['0170', 1e7],
  ])('SFLOAT %s is %p', (hex, expected) => {
    expect(bytesOf(Buffer.from(hex, 'hex'), 'test').sfloat()).toBe(expected);
  });
  it.each([
    ['6c0100ff', 36.4],
    ['b00e00fe', 37.6],
    ['ffffff00', -1],
    ['ffff7f00', null],
    ['00008000', null],
    ['feff7f00', null],
    ['02008000', null],
    ['01008000', null],
  ])('FLOAT %s is %p', (hex, expected) => {
    expect(bytesOf(Buffer.from(hex, 'hex'), 'test').float()).toBe(expected);
  });
  it('are read inside a larger buffer without seeing its neighbours', () => {
    const part = Buffer.from('ffff7800ffff', 'hex').subarray(2, 4);
    const bytes = bytesOf(part, 'test');
    expect(bytes.sfloat()).toBe(120);
    expect(() => bytes.u8()).toThrow(DecodeError);
  });
});

describe('a GATT topic', () => {
  it('names the device by its address in every usual spelling', () => {
    expect(codec.address('gatt/box-1/a4:c1:38:00:11:22/1810/2A35')).toEqual({
      identifier: 'a4:c1:38:00:11:22',
      aliases: ['A4C138001122', 'A4:C1:38:00:11:22', 'a4c138001122'],
    });
  });
  it('takes the 128-bit form of a Bluetooth UUID', () => {
    const uuid = (short: string) => `0000${short}-0000-1000-8000-00805f9b34fb`;
    expect(codec.address(`gatt/b/x/${uuid('180d')}/${uuid('2a37')}`)).toEqual({ identifier: 'x', aliases: [] });
  });
  it('of an intermediate measurement is ignored', () => {
    expect(codec.address('gatt/b/x/1810/2a36')).toBe('ignored');
    expect(codec.address('gatt/b/x/1809/2A1E')).toBe('ignored');
  });
  it.each(['gatt/b/x/1810', 'gatt/b/x/1810/2a35/more', 'gatt/b/x/1810/zzzz'])('%s is not one', (topic) =>
    expect(codec.address(topic)).toBeNull(),
  );
  it('of a characteristic that is no measurement is refused with its reason', () => {
    expect(refusalOf(() => decode('2a29', '00'))).toBe('unknown_topic');
  });
});

describe('a GATT frame', () => {
  it.each([
    ['a cuff frame', '2a35', '007800500059' + '0000'],
    ['a thermometer frame', '2a1c', '006c0100ff00'],
    ['a battery frame', '2a19', '6400'],
    ['a scale frame', '2a9d', '00b03600'],
  ])('that is longer than its flags say is refused: %s', (_what, characteristic, hex) => {
    expect(refusalOf(() => decode(characteristic, hex))).toBe('malformed_payload');
  });
  it('may be longer when it sets a flag of a later version', () => {
    expect(read('2a35', '2078005000590000aa')).toEqual({ systolic_bp: 120, diastolic_bp: 80, mean_bp: 89 });
  });

  it.each([
    ['demonstration', '2a5e', '02600046000004', {}],
    ['test data', '2a5e', '02600046000008', {}],
    ['unavailable', '2a5e', '02600046000020', {}],
    ['invalid', '2a5e', '02600046000080', {}],
    ['sensor off the finger', '2a5e', '0460004600000800', {}],
    ['clock never set', '2a5e', '1161004800ea07030a081e00', { spo2: 97, pulse_rate: 72 }],
    ['with perfusion index', '2a5e', '08610048000cf0', { spo2: 97, pulse_rate: 72, perfusion_index: 1.2 }],
    ['control solution', '2a18', '020700ea07030908000064b01a', {}],
    ['glucose without a concentration', '2a18', '000700ea070309080000', {}],
    ['mean pressure not computed', '2a35', '0078005000ff07', { systolic_bp: 120, diastolic_bp: 80 }],
    ['a scale that knows no height', '2a9d', '08b03600000000', { body_weight: 70 }],
    ['body composition that failed', '2a9c', '0000ffff', {}],
  ])('reads %s', (_what, characteristic, hex, expected) => expect(read(characteristic, hex)).toEqual(expected));

  it('has no time when the clock was never set', () => {
    expect(decode('2a5e', '1161004800ea07030a081e00').values.every(({ time }) => time === undefined)).toBe(true);
  });

  it.each([
    ['good', '2a5e', '02600046008001'],
    ['early estimate', '2a5e', '02600046004000'],
    ['questionable', '2a5e', '02600046000040'],
    ['from storage, of unknown age', '2a5e', '02600046000002'],
    ['low perfusion', '2a5e', '0460004600200000'],
    ['poor signal', '2a5f', '0860004600100000'],
  ])('says of itself: %s', (what, characteristic, hex) =>
    expect(qualities(characteristic, hex)).toEqual([what === 'good' ? 'good' : 'questionable']),
  );

  it('moves glucose times by the offset the user set', () => {
    const { values, sequence } = decode('2a18', '030700ea0703091730' + '00' + 'f6ff' + '64b011');
    expect(values[0]?.time).toEqual({
      kind: 'local',
      local: { year: 2026, month: 3, day: 9, hour: 23, minute: 38, second: 0 },
    });
    expect(sequence).toBe('7 2026 3 9 23 48 0');
  });

  it('of another user than the resident waits for a human', () => {
    const frame = '0cb0360200000000';
    expect(read('2a9d', frame)).toEqual({ body_weight: 70 });
    expect(read('2a9d', frame, { userSlot: 2 })).toEqual({ body_weight: 70 });
    expect(refusalOf(() => decode('2a9d', frame, { userSlot: 1 }))).toBe('unassigned_device');
  });
});

describe('continuous glucose', () => {
  it('places older records of a burst before the newest', () => {
    const { values } = decode('2aa7', '060078000500' + '06007a000a00');
    expect(values).toEqual([
      { metric: 'glucose', value: 120, unit: 'mg/dL', time: { kind: 'instant', epoch: receivedAt - 5 * 60_000 } },
      { metric: 'glucose', value: 122, unit: 'mg/dL' },
    ]);
  });
  it('reads a record whose E2E-CRC matches', () => {
    expect(e2eCrc(Buffer.from('08000c100600', 'hex'))).toBe(0x6f59);
    expect(read('2aa7', '08000c100600596f', { e2eCrc: true })).toEqual({ glucose: 120 });
  });
  it('refuses a size that is not what the flags say', () => {
    for (const hex of ['05000c100600', '00', '', '06010c100600', '08000c100600596f'])
      expect(() => decode('2aa7', hex)).toThrow(DecodeError);
  });
});
