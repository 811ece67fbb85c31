import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import protobuf from 'protobufjs/minimal.js';
import { until } from '../../support/until.js';
import {
  PASSWORD,
  provisioningFile,
  signIn,
  smallEhpad,
  vigieProcess,
  type VigieProcess,
} from '../../support/vigie.js';

const SITE = 'les-tilleuls';
const devices = [
  { id: 'shelly-ht', identifiers: ['shellyplusht-b8d61a8b17cc'] },
  { id: 'shelly-blu', identifiers: ['60:EF:AB:11:22:33'] },
  { id: 'tasmota', identifiers: ['chambre7'] },
  { id: 'tasmota-scale', identifiers: ['70:87:9E:56:8C:44'] },
  { id: 'esp', identifiers: ['esp-01'] },
  { id: 'radar', identifiers: ['6806E41970333123'] },
  { id: 'oxy', identifiers: ['Meuse/gw31/oxy1'] },
  { id: 'homie', identifiers: ['ch12'] },
  { id: 'omh', identifiers: ['tensio-12'] },
  { id: 'scaip', identifiers: ['10149471'] },
  { id: 'espa', identifiers: ['CH 12 APPEL'], config: { role: 'sos_button' } },
  { id: 'vayyar', identifiers: ['id_ABC'] },
  { id: 'carelink', identifiers: ['CL0042'] },
];

interface Reading {
  readonly value: number | boolean;
  readonly unit: string;
  readonly time: string;
  readonly device: string;
}

let vigie: VigieProcess;
let box: MqttClient;
let nurse: Awaited<ReturnType<typeof signIn>>;

const connect = (): Promise<MqttClient> =>
  connectAsync(vigie.mqttUrl, { protocolVersion: 4, clientId: 'box-1', username: 'box-1', password: PASSWORD });

beforeAll(async () => {
  vigie = await vigieProcess();
  const ehpad = smallEhpad(1);
  const assignedTo = { resident: 'r-1', since: '2020-01-01T00:00:00Z' };
  const own = devices.map((device) => ({ site: SITE, model: 'm', cadenceSeconds: 3600, assignedTo, ...device }));
  const file = provisioningFile({ ...ehpad, devices: [...ehpad.devices, ...own] });
  expect(await vigie.run('provision', file)).toMatchObject({ code: 0 });
  await vigie.start();
  nurse = await signIn(vigie.url, { username: 'lea', password: PASSWORD });
  box = await connect();
}, 60_000);

afterAll(async () => {
  await box?.endAsync(true);
  await vigie?.stop();
}, 60_000);

const publish = (topic: string, payload: string | Buffer | object, retain = false): Promise<unknown> =>
  box.publishAsync(topic, typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload), {
    qos: 1,
    retain,
  });
const arrives = (metric: string, value: number | boolean, device?: string): Promise<Reading> =>
  until(`${metric} ${value}`, async () => {
    const { points } = await nurse.get<{ points: Reading[] }>(`/residents/r-1/readings?metric=${metric}`);
    const same = (came: Reading['value']): boolean =>
      typeof value === 'number' ? Math.abs(Number(came) - value) < 0.005 : Boolean(came) === value;
    return points.find((reading) => same(reading.value) && (!device || reading.device === device)) ?? null;
  });
const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds;
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
/** `2026-11-23T09:00:00` on a clock of the site. */
const paris = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleString('sv-SE', { timeZone: 'Europe/Paris' }).replace(' ', 'T');

describe('what a box publishes under its own name reaches the resident', () => {
  it('from Shelly, and from a BLU device its gateway relays', async () => {
    const at = secondsAgo(60);
    const params = { ts: at, 'temperature:0': { tC: 20.3 }, 'humidity:0': { rh: 42.2 } };
    await publish('shellyplusht-b8d61a8b17cc/events/rpc', { method: 'NotifyStatus', params });
    expect(await arrives('ambient_temperature', 20.3)).toMatchObject({ unit: 'Cel', time: iso(at) });
    const data = { pid: 118, motion: 1, address: '60:ef:ab:11:22:33' };
    const events = [{ event: 'shelly-blu', ts: at, data }];
    await publish('shellyblugw-a1/events/rpc', { method: 'NotifyEvent', params: { events } });
    expect((await arrives('motion', true)).time).toBe(iso(at));
  });

  it('from Tasmota, in fahrenheit and on its own wall clock, and from a scale it hears', async () => {
    const at = secondsAgo(90);
    await publish('tele/chambre7/SENSOR', { Time: paris(at), AM2301: { Temperature: 68.9 }, TempUnit: 'F' });
    expect(await arrives('ambient_temperature', 20.5)).toMatchObject({ unit: 'Cel', time: iso(at) });
    const scale = { mac: '70879e568c44', stabilized: 1, weight_removed: 0, weight_unit: 'kg', weight: 64.2 };
    await publish('tele/tasmota_1/SENSOR', { Time: paris(at), MISCALEV1568c44: scale });
    expect(await arrives('body_weight', 64.2)).toMatchObject({ unit: 'kg', time: iso(at) });
  });

  it('from Home Assistant discovery, also after a restart of Vigie', async () => {
    const config = {
      uniq_id: 's_t',
      dev_cla: 'temperature',
      unit_of_meas: '°F',
      stat_t: 'maison/salon',
      val_tpl: '{{ value_json.t | round(1) }}',
      dev: { ids: ['esp-01'] },
    };
    await publish('homeassistant/sensor/salon/t/config', config, true);
    await publish('maison/salon', { t: 70.7 });
    expect(await arrives('ambient_temperature', 21.5)).toMatchObject({ unit: 'Cel' });
    await box.endAsync(true);
    await vigie.stop();
    await vigie.start();
    nurse = await signIn(vigie.url, { username: 'lea', password: PASSWORD });
    box = await connect();
    await publish('maison/salon', { t: 66.2 });
    await arrives('ambient_temperature', 19);
  }, 120_000);

  it('from a VS373 over Wi-Fi', async () => {
    const at = secondsAgo(20);
    await publish('milesight/vs373/6806E41970333123', {
      device_info: { time: paris(at).replace('T', ' ') },
      trigger_data: { type: 0, trigger_id: 1, event: 3, status: 1 },
    });
    expect((await arrives('bed_occupancy', false)).time).toBe(iso(at));
  });

  it('from Sparkplug B, which is asked for its births when they are missing', async () => {
    const asked = new Promise<string>((resolve) => {
      box.on('message', (topic) => resolve(topic));
    });
    await box.subscribeAsync('spBv1.0/Meuse/NCMD/gw31/#', { qos: 1 });
    const data = (): Buffer => {
      const writer = protobuf.Writer.create().uint32(0x12).fork();
      writer.uint32(0x10).uint64(1).uint32(0x18).uint64(Date.now()).uint32(0x65).float(74);
      return Buffer.from(writer.ldelim().finish());
    };
    await publish('spBv1.0/Meuse/DDATA/gw31/oxy1', data());
    expect(await asked).toBe('spBv1.0/Meuse/NCMD/gw31');
    const birth = Buffer.from('12190a11766974616c732f68656172745f72617465100120093801', 'hex');
    await publish('spBv1.0/Meuse/DBIRTH/gw31/oxy1', birth);
    await publish('spBv1.0/Meuse/DDATA/gw31/oxy1', data());
    expect(await arrives('heart_rate', 74)).toMatchObject({ unit: '/min' });
  });

  it('from Homie and Open mHealth', async () => {
    await publish('homie/ch12/climat/temperature/$unit', '°F', true);
    await publish('homie/ch12/climat/temperature', '71.6', true);
    await arrives('ambient_temperature', 22);
    const at = secondsAgo(40);
    await publish('omh/tensio-12', {
      systolic_blood_pressure: { value: 115, unit: 'mmHg' },
      effective_time_frame: { date_time: iso(at) },
    });
    expect(await arrives('systolic_bp', 115)).toMatchObject({ unit: 'mm[Hg]', time: iso(at) });
  });

  it('from SCAIP and ESPA 4.4.4: calls for help', async () => {
    await publish('scaip/10149471', '<mrq><ref>1</ref><mty>ME</mty><cid>10149471</cid><stc>0010</stc></mrq>');
    await arrives('sos', true);
    const before = (await nurse.get<{ points: Reading[] }>('/residents/r-1/readings?metric=sos')).points.length;
    await publish('espa/bridge', Buffer.from('013102311f3130311e321f434820313220415050454c1e341f33035b', 'hex'));
    await until('the second call', async () => {
      const { points } = await nurse.get<{ points: Reading[] }>('/residents/r-1/readings?metric=sos');
      return points.length > before;
    });
  });

  it('from Vayyar-like radars and Carelink pendants', async () => {
    const [radar, pendant] = [secondsAgo(30), secondsAgo(10)];
    const fall = { status: 'fall exit', timestamp: radar - 60, endTimestamp: radar };
    await publish('/devices/id_ABC/events', { type: 1, payload: fall });
    expect((await arrives('fall', false)).time).toBe(iso(radar));
    await publish('CL0042/fall/detected', { timestamp: iso(pendant), sensor: { heartrate: 96 } });
    expect((await arrives('heart_rate', 96)).time).toBe(iso(pendant));
  });
});
