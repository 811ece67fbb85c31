import { describe, expect, it } from '@jest/globals';
import type { DeviceConfig } from '../../../domain/device.js';
import { readDecoded, readNormalized } from '../../../gateway/codecs/lorawan/aliases.js';
import { decoderFor, lorawanConfigSchema, PROFILES } from '../../../gateway/codecs/lorawan/profiles.js';
import type { Payload } from '../../../gateway/codecs/lorawan/payload.js';
import { refusalOf } from '../../support/refusal.js';

const SOS: DeviceConfig = { role: 'sos_button' };
const read = (profile: string, hex: string, { port = 85, config = {} as DeviceConfig } = {}): Payload => {
  const decoder = decoderFor({ deviceProfile: profile });
  if (!decoder) throw new Error(`no decoder for ${profile}`);
  return decoder({ bytes: Buffer.from(hex.replaceAll(' ', ''), 'hex'), port, config });
};
const pairs = ({ values }: Payload) => values.map(({ metric, value }) => [metric, value]);

describe('the bytes of a LoRaWAN sensor', () => {
  it.each<[string, string, number, DeviceConfig, [string, number | boolean][]]>([
    ['milesight-ws101', 'ff2e02', 85, SOS, [['sos', true]]],
    ['milesight-ws101', 'ff2e03', 85, SOS, [['sos', true]]],
    ['milesight-ws101', '017510 ff2e01', 85, {}, [['battery_level', 16]]],
    ['milesight-ws202', '030000 040001', 85, {}, [['motion', false]]],
    ['milesight-ws203', '050001 8367220101', 85, {}, [['presence', true], ['ambient_temperature', 29]]], // prettier-ignore
    ['milesight-ws301', '030000 040001', 85, {}, [['door_open', false], ['tamper', true]]], // prettier-ignore
    ['milesight-ws303', '030001', 85, {}, [['water_leak', true]]],
    ['milesight-em300-th', '0367f6ff', 85, {}, [['ambient_temperature', -1]]],
    ['milesight-em300-sld', '050001', 85, {}, [['water_leak', true]]],
    ['milesight-am307', '077da803 08e60102 0e0100', 85, {}, [['co2', 936]]],
    ['milesight-em300-th', 'ff0bff ff0101 ff166136c40091605408 ff090300 ff0a0101 ff0f00', 85, {}, []],
    ['milesight-vs373', '03f8 04 00 0000 0000', 85, {}, [['fall', true]]],
    ['milesight-vs373', '07b0 02 00 000000 000000 08b1 02 dc05', 85, {}, [['bed_occupancy', true], ['respiratory_rate', 15]]], // prettier-ignore
    ['milesight-vs373', '03f8 00 00 0000 0000', 85, {}, []],
    ['milesight-vs373', '08b1 01 0000', 85, {}, []],
    ['milesight-vs373', '08b1 05 dc05', 85, {}, []],
    ['milesight-vs373', '06fb 0c00 00 02 00', 85, {}, [['fall', false]]],
    ['milesight-vs373', '06fb 0c00 00 03 00', 85, {}, [['fall', false]]],
    ['milesight-vs373', '06fb 0c00 03 01 02', 85, {}, [['bed_occupancy', false]]],
    ['milesight-vs373', '06fb 0c00 03 02 02', 85, {}, []],
    ['milesight-vs373', '06fb 0c00 04 01 00 06fb 0d00 05 01 00', 85, {}, [['presence', true], ['presence', false]]], // prettier-ignore
    ['milesight-vs373', '06fb 0c00 06 01 00', 85, {}, []],
    ['browan-tbdw100', '01bb3404', 100, {}, [['door_open', true]]],
    ['browan-tbms100', '00bb3404', 102, {}, [['motion', false]]],
    ['browan-tbms100', '0000000000000000', 102, {}, []],
    ['browan-tbms100', '01bb3404', 204, {}, []],
    ['browan-tbpb100', '01bb34', 147, SOS, [['sos', true]]],
    ['browan-tbpb100', '01bb34', 147, {}, []],
    ['browan-tbpb100', '00bb34', 147, SOS, []],
    ['browan-tbwl100', '01bb34 2d 35', 106, {}, [['water_leak', true], ['ambient_humidity', 45], ['ambient_temperature', 21]]], // prettier-ignore
    ['browan-tbhv110', '00bb34 2d 9001 0100 0100 35', 103, {}, [['ambient_humidity', 45], ['ambient_temperature', 21]]], // prettier-ignore
    ['elsys-ers-eye', '1102', 5, {}, [['presence', true]]],
    ['elsys', '1101 070d62', 5, {}, []],
    ['elsys', '01fff6 0500 1201', 5, {}, [['ambient_temperature', -1], ['motion', false], ['water_leak', true]]], // prettier-ignore
    ['cayenne-lpp', '016601 0268a0 0300ff', 1, {}, [['presence', true], ['ambient_humidity', 80]]], // prettier-ignore
  ])('of %s, %s, are read', (profile, hex, port, config, expected) => {
    const payload = read(profile, hex, { port, config });
    expect(pairs(payload)).toEqual(expected);
    expect(payload.rejected).toEqual([]);
  });

  it('give history records their own time', () => {
    expect(read('milesight-em300-mcs', '20ce 9e744663 1001 5d 01').values).toMatchObject([
      { metric: 'ambient_temperature', value: 27.2, time: { kind: 'instant', epoch: 1_665_561_758_000 } },
      { metric: 'ambient_humidity', value: 46.5, time: { epoch: 1_665_561_758_000 } },
      { metric: 'door_open', value: true, time: { epoch: 1_665_561_758_000 } },
    ]);
    const room = read('milesight-am307', '21ce 9e744663 1001 5d00 01 02 a803 2500 6627');
    expect(pairs(room)).toEqual([
      ['ambient_temperature', 27.2],
      ['ambient_humidity', 46.5],
      ['motion', true],
      ['co2', 936],
    ]);
    expect(read('milesight-vs373', '20ce 9e744663 0c00 00 01 00').values).toMatchObject([
      { metric: 'fall', value: true, time: { epoch: 1_665_561_758_000 } },
    ]);
  });

  it('keep what came before something unknown or cut off', () => {
    for (const rest of ['991122', '0367f6', '99']) {
      const payload = read('milesight-ws101', `ff2e01${rest}`, { config: SOS });
      expect(pairs(payload)).toEqual([['sos', true]]);
      expect(payload.rejected).toMatchObject([{ reason: 'malformed_payload' }]);
    }
  });

  it.each([
    ['milesight-em300-th', '99'],
    ['milesight-em300-th', '036711'],
    ['elsys', 'ff0000'],
    ['cayenne-lpp', '0399'],
  ])('of %s that cannot be read, %s, are refused', (profile, hex) => {
    expect(refusalOf(() => read(profile, hex))).toBe('malformed_payload');
  });

  it('with a code outside the table give no value', () => {
    expect(read('milesight-ws301', '030007 040000')).toMatchObject({
      values: [{ metric: 'tamper', value: false }],
      rejected: [{ metric: 'door_open', reason: 'invalid_value' }],
    });
    expect(read('milesight-vs373', '03f8 09 00 0000 0000').values).toEqual([]);
    expect(read('milesight-ws101', 'ff2e09', { config: SOS }).values).toEqual([]);
  });
});

describe('the profile of a LoRaWAN sensor', () => {
  it.each([
    [{ deviceProfile: 'milesight-ws101' }, 'milesight-ws101'],
    [{ deviceModel: 'VS373' }, 'milesight-vs373'],
    [{ deviceModel: 'Milesight WS101-868M-SOS' }, 'milesight-ws101'],
    [{ deviceModel: 'EM300-TH-868M' }, 'milesight-em300-th'],
    [{ deviceProfile: 'something else', deviceModel: 'TBMS100' }, 'browan-tbms100'],
    [{ deviceModel: 'ELSYS ERS CO2' }, 'elsys'],
  ])('%j is %s', (config, profile) => {
    expect(decoderFor(config)).toBe(decoderFor({ deviceProfile: profile }));
    expect(decoderFor(config)).not.toBeNull();
  });

  it.each([{}, { deviceProfile: '__proto__' }, { deviceModel: 'constructor' }, { deviceProfile: 'milesight-ws999' }])(
    '%j is none',
    (config) => expect(decoderFor(config)).toBeNull(),
  );

  it('is chosen from the list', () => {
    expect(PROFILES).toEqual(expect.arrayContaining(['cayenne-lpp', 'elsys', 'milesight-vs373', 'browan-tbms100']));
    expect(lorawanConfigSchema.safeParse({ deviceProfile: 'elsys' }).success).toBe(true);
    expect(lorawanConfigSchema.safeParse({ deviceProfile: 'unknown' }).success).toBe(false);
  });
});

describe('a decoded payload', () => {
  it.each<[object, DeviceConfig, [string, number | boolean][]]>([
    [{ Temperature: 20.5, Hum_SHT: 40 }, {}, [['ambient_temperature', 20.5], ['ambient_humidity', 40]]], // prettier-ignore
    [{ button_event: { status: 'long press' } }, SOS, [['sos', true]]],
    [{ button: 'double' }, SOS, [['sos', true]]],
    [{ button: 'short', battery: 90 }, {}, [['battery_level', 90]]],
    [{ button: 'released', battery: 90 }, SOS, [['battery_level', 90]]],
    [{ pir: 'idle' }, {}, [['motion', false]]],
    [{ motion: 6 }, {}, [['motion', true]]],
    [{ occupancy: 'vacant' }, {}, [['presence', false]]],
    [{ magnet_status: 'close', tamper_status: 'uninstalled' }, {}, [['door_open', false], ['tamper', true]]], // prettier-ignore
    [
      { door: 'open', install: 'yes' },
      {},
      [
        ['door_open', true],
        ['tamper', false],
      ],
    ],
    [{ leakage_status: 'leak' }, {}, [['water_leak', true]]],
    [{ detection_status: 'in_bed' }, {}, [['bed_occupancy', true]]],
    [{ detection_status: 'out of bed' }, {}, [['bed_occupancy', false]]],
    [{ detection_status: 'normal', target_status: 'normal' }, {}, []],
    [{ events: [{ alarm_type: 'fall', alarm_status: 'alarm_triggered' }] }, {}, [['fall', true]]],
    [{ events: [{ alarm_type: 'fall', alarm_status: 'alarm_ignored' }] }, {}, [['fall', false]]],
    [{ events: [{ alarm_type: 'bradynea', alarm_status: 'alarm_triggered' }] }, {}, []],
    [{ respiratory_status: 'normal', respiratory_rate: 14.5 }, {}, [['respiratory_rate', 14.5]]],
    [{ respiratory_status: 'undetectable', respiratory_rate: 14.5 }, {}, []],
    [{ respiratory_status: 'normal', respiratory_rate: 0 }, {}, []],
    [{ battery: 3.6, temperatureBoard: 20, status: 1 }, {}, []],
    [{ vdd: 3426, externalTemperature: 4 }, {}, []],
    [{ temperature: null, humidity: 41 }, {}, [['ambient_humidity', 41]]],
  ])('%j with %j', (object, config, expected) => {
    const payload = readDecoded(object as Record<string, unknown>, config);
    expect(payload && pairs(payload)).toEqual(expected);
    expect(payload?.rejected).toEqual([]);
  });

  it('gives records of its history their own time', () => {
    const payload = readDecoded(
      { history: [{ timestamp: 1_688_624_046, temperature: 29.2, occupancy: 'vacant' }, { temperature: 1 }] },
      {},
    );
    expect(payload?.values).toMatchObject([
      { metric: 'ambient_temperature', value: 29.2, time: { epoch: 1_688_624_046_000 } },
      { metric: 'presence', value: false, time: { epoch: 1_688_624_046_000 } },
    ]);
    expect(payload?.rejected).toHaveLength(1);
  });

  it.each([
    { temperature: '20' },
    { battery: 3 },
    { occupancy: 1 },
    { door: true },
    { magnet: 1 },
    { detection_status: '__proto__' },
    { button: 'triple somersault' },
  ])('%j says nothing sure', (object) => {
    const payload = readDecoded(object, {});
    expect(payload?.values).toEqual([]);
    expect(payload?.rejected).toHaveLength(1);
  });

  it.each<object>([
    {},
    { foo: 1 },
    { fall_detection: true },
    { my_temperature_setting: 20 },
    { constructor: 1, toString: 2 },
  ])('%j is not understood', (object) => expect(readDecoded(object as Record<string, unknown>, {})).toBeNull());
});

describe('a normalized payload', () => {
  it('is read in its own vocabulary; its battery is in volts', () => {
    const payload = readNormalized([
      {
        air: { temperature: 19.5, relativeHumidity: 44, co2: 700 },
        action: { motion: { detected: true }, contactState: 'open' },
        water: { leak: false },
        battery: 3.1,
      },
      { time: '2026-03-10T07:00:00Z', air: { temperature: 18 } },
    ]);
    expect(payload && pairs(payload)).toEqual([
      ['ambient_temperature', 19.5],
      ['ambient_humidity', 44],
      ['co2', 700],
      ['motion', true],
      ['door_open', true],
      ['water_leak', false],
      ['ambient_temperature', 18],
    ]);
    expect(payload?.values.at(-1)?.time).toEqual({ kind: 'instant', epoch: Date.parse('2026-03-10T07:00:00Z') });
  });

  it('of the air outside is no room', () => {
    expect(readNormalized([{ air: { location: 'outdoor', temperature: 3 } }])?.values).toEqual([]);
    expect(readNormalized([{ soil: 1 }, null, 7])).toBeNull();
  });
});
