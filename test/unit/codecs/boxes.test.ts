import { describe, expect, it } from '@jest/globals';
import type { DeviceConfig } from '../../../domain/device.js';
import { decoded, type Sent } from '../../support/decoding.js';

type Row = [
  name: string,
  messages: Sent[],
  readings: Record<string, number | boolean>,
  quarantined?: string | undefined,
  config?: DeviceConfig,
];
const check = (
  _name: string,
  messages: Sent[],
  readings: object,
  quarantined: string | null = null,
  config: DeviceConfig = {},
) => expect(decoded(messages, config)).toEqual({ readings, quarantined });
const one = (topic: string, payload: unknown): Sent[] => [
  { topic, payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload) },
];
const SOS: DeviceConfig = { role: 'sos_button' };

const blu = (data: object) =>
  one('shellyblugw-1/events/rpc', {
    method: 'NotifyEvent',
    params: { ts: 1795420799, events: [{ event: 'shelly-blu', data }] },
  });
describe('Shelly', () => {
  it.each<Row>([
    ['a leak', one('shellyflood-1/status/flood:0', { alarm: true }), { water_leak: true }],
    ['a prefix of one’s own', one('maison/ch7/status/temperature:100', { tC: 19.5 }), { ambient_temperature: 19.5 }],
    ['a sensor in error', one('shelly-1/status/temperature:0', { tC: null, errors: ['read'] }), {}],
    [
      'the older script’s names',
      blu({ addr: '60:ef:ab:11:22:33', Battery: 90, Window: 1 }),
      { battery_level: 90, door_open: true },
    ],
    ['a BLU button with the role', blu({ address: '60:ef:ab:11:22:33', button: 1 }), { sos: true }, undefined, SOS],
    ['a BLU button without it', blu({ address: '60:ef:ab:11:22:33', button: 1 }), {}],
    ['the end of a press', blu({ address: '60:ef:ab:11:22:33', button: 0 }), {}, undefined, SOS],
    ['an event of nobody', blu({ button: 1 }), {}, 'malformed_payload', SOS],
    ['a text for a number', one('shelly-1/status/temperature:0', { tC: '20' }), {}, 'invalid_value'],
    ['other words for online', one('shelly-1/online', 'yes'), {}, 'malformed_payload'],
  ])('%s', check);

  it('takes one broadcast heard by two gateways once', () => {
    const message = (gateway: string, ts: number): Sent => ({
      topic: `${gateway}/events/rpc`,
      payload: JSON.stringify({
        method: 'NotifyEvent',
        params: { events: [{ event: 'shelly-blu', ts, data: { address: '60:ef:ab:11:22:33', pid: 7, motion: 1 } }] },
      }),
    });
    const heard = message('gw-a', 1795420799.1);
    expect(decoded([heard]).readings).toEqual({ motion: true });
    expect(decoded([heard, message('gw-b', 1795420799.6)]).readings).toEqual({});
  });
});

const scale = (fields: object) =>
  one('tele/t1/SENSOR', {
    MISCALEV2aa: { mac: '70879e568c44', stabilized: 1, weight_removed: 0, weight: 140, ...fields },
  });
describe('Tasmota', () => {
  it.each<Row>([
    ['an answer to Status 10', one('stat/t1/STATUS10', { StatusSNS: { SCD40: { CarbonDioxide: 650 } } }), { co2: 650 }],
    ['pounds', scale({ weight_unit: 'lbs' }), { body_weight: 140 * 0.45359237 }],
    ['jin', scale({ weight_unit: 'jin' }), { body_weight: 70 }],
    ['a unit nobody knows', scale({ weight_unit: 'stone?' }), {}, 'unit_mismatch'],
    ['a weight that stayed on the display', scale({ weight_unit: 'kg', weight_removed: 1 }), {}],
    ['the chip’s own temperature', one('tele/t1/SENSOR', { ESP32: { Temperature: 53 } }), {}],
    [
      'a battery in volts',
      one('tele/t1/SENSOR', { AM2301: { Temperature: 20, Battery: 3 } }),
      { ambient_temperature: 20 },
    ],
    ['kelvin', one('tele/t1/SENSOR', { AM2301: { Temperature: 290 }, TempUnit: 'K' }), {}, 'unit_mismatch'],
    ['other words for online', one('tele/t1/LWT', 'up'), {}, 'malformed_payload'],
    ['a command’s answer', one('stat/t1/RESULT', '{}'), {}],
  ])('%s', check);
});

const radar = (event: unknown, status: unknown) =>
  one('milesight/vs373/SN', { device_info: {}, trigger_data: { event, status } });
describe('VS373 over Wi-Fi', () => {
  it.each<Row>([
    ['a fall', radar(0, 1), { fall: true }],
    ['a fall that ended', radar(0, 2), { fall: false }],
    ['a fall that was dismissed', radar(0, 3), { fall: false }],
    ['a fall with a status nobody knows', radar(0, 9), {}, 'invalid_value'],
    ['an empty room', radar(5, 1), { presence: false }],
    ['back in bed is not said', radar(3, 2), {}],
    ['breathing', radar(7, 1), {}],
    ['no trigger', one('milesight/vs373/SN', { device_info: {} }), {}, 'malformed_payload'],
  ])('%s', check);
});

const homie = (unit: string, value: string): Sent[] => [
  { topic: 'homie/ch12/n/temperature/$unit', payload: unit },
  { topic: 'homie/ch12/n/temperature', payload: value },
];
describe('Homie', () => {
  it.each<Row>([
    ['fahrenheit', homie('°F', '68'), { ambient_temperature: 20 }],
    ['no unit', one('homie/ch12/n/temperature', '20'), {}, 'unit_mismatch'],
    ['a boolean', one('homie/ch12/n/motion', 'true'), { motion: true }],
    [
      'a meaning by $name',
      [
        { topic: 'homie/ch12/n/x1/$name', payload: 'CO2' },
        { topic: 'homie/ch12/n/x1/$unit', payload: 'ppm' },
        { topic: 'homie/ch12/n/x1', payload: '700' },
      ],
      { co2: 700 },
    ],
    ['a property of no metric', one('homie/ch12/n/colour', 'red'), {}],
    ['not a number', homie('°C', 'NaN'), {}, 'invalid_value'],
    ['ready', one('homie/ch12/$state', 'ready'), { device_online: true }],
    ['asleep', one('homie/ch12/$state', 'sleeping'), {}],
    ['a command', one('homie/ch12/n/temperature/set', '20'), {}],
    ['Homie 5', one('homie/5/ch12/n/temperature', '20'), {}, 'unknown_topic'],
  ])('%s', check);
});

const omh = (body: object) => one('omh/t', { header: {}, body });
describe('Open mHealth', () => {
  it.each<Row>([
    ['mmol/L', omh({ blood_glucose: { value: 5, unit: 'mmol/L' } }), { glucose: 5 * 18.0156 }],
    [
      'fahrenheit',
      omh({ body_temperature: { value: 98.6, unit: 'F' } }),
      { body_temperature: expect.closeTo(37, 5) as unknown as number },
    ],
    ['a unit of another dimension', omh({ heart_rate: { value: 70, unit: 'kg' } }), {}, 'unit_mismatch'],
    ['steps of an interval', omh({ step_count: { value: 200, unit: 'steps' } }), {}],
  ])('%s', check);
});

const mrq = (inner: string) => one('scaip/1', `<mrq><cid>1</cid>${inner}</mrq>`);
describe('SCAIP', () => {
  it.each<Row>([
    [
      'a declaration before',
      one('scaip/1', '<?xml version="1.0"?><mrq><mty>ME</mty><stc>010</stc></mrq>'),
      { sos: true },
    ],
    ['a cancelled alarm', mrq('<mty>ME</mty><stc>19</stc>'), {}],
    ['a status nobody knows', mrq('<mty>ME</mty><stc>77</stc>'), {}, 'unknown_metric'],
    ['an answer', one('scaip/1', '<mrs><ref>1</ref></mrs>'), {}],
    ['another root', one('scaip/1', '<x/>'), {}, 'malformed_payload'],
    [
      'entities',
      one('scaip/1', '<!DOCTYPE x [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><mrq><mty>ME</mty><stc>&b;0</stc></mrq>'),
      {},
      'malformed_payload',
    ],
    ['a predefined entity as a code', mrq('<mty>ME</mty><stc>&#49;0</stc>'), {}, 'unknown_metric'],
    ['elements nested as deep as they fit', one('scaip/1', '<a>'.repeat(5_000)), {}, 'malformed_payload'],
    ['more bytes than a message has', one('scaip/1', `<mrq>${'x'.repeat(20_000)}</mrq>`), {}, 'payload_too_large'],
    [
      'prototype names',
      mrq('<__proto__><mty>ME</mty></__proto__><constructor>1</constructor>'),
      {},
      'malformed_payload',
    ],
    [
      'an alarm told twice',
      [...mrq('<ref>7</ref><mty>ME</mty><stc>10</stc>'), ...mrq('<ref>7</ref><mty>ME</mty><stc>10</stc>')],
      {},
    ],
  ])('%s', check);
});

const espa = (records: string, check = true): Sent[] => {
  const block = Buffer.from(`1\x02${records}\x03`, 'latin1');
  const sum = block.reduce((parity, byte) => parity ^ byte, 0);
  return one('espa/bridge', Buffer.concat([Buffer.from([1]), block, Buffer.from(check ? [sum] : [])]));
};
const CALL = '1\x1f101\x1e2\x1fCH 12 APPEL\x1e4\x1f3';
describe('ESPA 4.4.4', () => {
  it.each<Row>([
    ['a call whose text has the role', espa(CALL), { sos: true }, undefined, SOS],
    ['without a check character', espa(CALL, false), { sos: true }, undefined, SOS],
    ['a call whose text has no role', espa(CALL), {}, 'unknown_metric'],
    ['the end of a call', espa('2\x1fCH 12 APPEL\x1e4\x1f1'), {}, undefined, SOS],
    [
      'a wrong check character',
      one('espa/bridge', Buffer.concat([Buffer.from(`\x011\x02${CALL}\x03`), Buffer.from([0])])),
      {},
      'malformed_payload',
      SOS,
    ],
    ['no block', one('espa/bridge', 'CH 12 APPEL'), {}, 'malformed_payload', SOS],
    ['the same call a moment later', [...espa(CALL), ...espa(CALL)], {}, undefined, SOS],
  ])('%s', check);
});

const vayyar = (status: string) => one('/devices/v/events', { type: 1, payload: { status, timestamp: 1795420740 } });
describe('Vayyar and Carelink', () => {
  it.each<Row>([
    ['a fall that is being called for', vayyar('calling'), { fall: true }],
    ['its second stage', [...vayyar('fall confirmed'), ...vayyar('calling')], {}],
    ['a stage nobody knows', vayyar('maybe'), {}, 'invalid_value'],
    ['without a payload', one('/devices/v/events', { type: 1 }), {}, 'malformed_payload'],
    ['a confirmed fall', one('CL1/fall/confirmation', { status: true }), { fall: true }],
    ['a confirmation of nothing', one('CL1/fall/confirmation', {}), {}, 'invalid_value'],
    ['a status that is no will', one('CL1/status', '{"ok":true}'), {}],
  ])('%s', check);
});
