import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
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
const eui = (n: number): string => `24E124136B50220${n}`;

/** One resident for each family, so that their readings cannot be taken for one another's. */
const DEVICES = [
  { id: 'tts-raw', identifiers: ['ch1'], config: { deviceProfile: 'milesight-em300-th' } },
  { id: 'tts-decoded', identifiers: [eui(2)], config: { role: 'sos_button' } },
  { id: 'chirpstack', identifiers: [eui(3)], config: { deviceModel: 'VS373' } },
  { id: 'live-objects', identifiers: [eui(4)], config: { deviceProfile: 'milesight-em300-th' } },
  { id: 'actility', identifiers: [eui(5)], config: { deviceProfile: 'elsys' } },
  { id: 'webhook', identifiers: [eui(6)], config: { deviceProfile: 'milesight-ws101', role: 'sos_button' } },
  { id: 'webhook-chirpstack', identifiers: [eui(7)], config: { deviceProfile: 'cayenne-lpp' } },
  { id: 'gateways', identifiers: [eui(8)], config: { deviceProfile: 'milesight-em300-th' } },
].map((device, index) => ({
  ...device,
  site: SITE,
  model: 'lorawan',
  assignedTo: { resident: `r-${index + 1}`, since: '2020-01-01T00:00:00Z' },
}));

interface Reading {
  readonly value: number | boolean;
  readonly unit: string;
  readonly time: string;
}

let vigie: VigieProcess;
let box: MqttClient;
let nurse: Awaited<ReturnType<typeof signIn>>;
let technician: Awaited<ReturnType<typeof signIn>>;

beforeAll(async () => {
  vigie = await vigieProcess();
  const ehpad = smallEhpad(DEVICES.length);
  const file = provisioningFile({ ...ehpad, devices: [...ehpad.devices, ...DEVICES] });
  expect(await vigie.run('provision', file)).toMatchObject({ code: 0 });
  await vigie.start();
  nurse = await signIn(vigie.url, { username: 'lea', password: PASSWORD });
  technician = await signIn(vigie.url, { username: 'tech', password: PASSWORD });
  box = await connectAsync(vigie.mqttUrl, {
    protocolVersion: 4,
    clientId: 'box-1',
    username: 'box-1',
    password: PASSWORD,
  });
}, 60_000);

afterAll(async () => {
  await box?.endAsync(true);
  await vigie?.stop();
}, 60_000);

const publish = (topic: string, message: object): Promise<unknown> =>
  box.publishAsync(topic, JSON.stringify(message), { qos: 1 });
const webhook = (path: string, message: object, password = PASSWORD): Promise<Response> =>
  fetch(`${vigie.url}/api/v1/ingest/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`box-1:${password}`).toString('base64')}`,
    },
    body: JSON.stringify(message),
  });

const readings = async (resident: number, metric: string): Promise<readonly Reading[]> => {
  const { points } = await nurse.get<{ points: Reading[] }>(
    `/residents/r-${resident}/readings?metric=${metric}&resolution=raw`,
  );
  return points;
};
const arrives = (resident: number, metric: string): Promise<Reading> =>
  until(`${metric} of r-${resident}`, async () => (await readings(resident, metric))[0] ?? null);
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
const ttsUplink = (device: string, devEui: string, uplink: object) => ({
  end_device_ids: { device_id: device, application_ids: { application_id: 'capteurs' }, dev_eui: devEui },
  uplink_message: { session_key_id: 'AY0cXm1x1j3n', network_ids: { tenant_id: 'ttn' }, ...uplink },
});

describe('a LoRaWAN sensor reaches the resident', () => {
  it('through The Things Stack, its bytes read by profile, its history at its own time', async () => {
    const time = ago(90_000);
    const record = Buffer.alloc(4);
    const earlier = Math.floor(Date.now() / 1000) - 3_600;
    record.writeUInt32LE(earlier);
    const hex = `03673401 0468 65 20ce ${record.toString('hex')} 10015d00`.replaceAll(' ', '');
    const uplink = { f_port: 85, f_cnt: 120, received_at: time, frm_payload: base64(hex) };
    await publish('v3/capteurs@ttn/devices/ch1/up', ttsUplink('ch1', eui(1), uplink));
    await arrives(1, 'ambient_humidity');
    const temperatures = [...(await readings(1, 'ambient_temperature'))];
    expect(temperatures.sort((a, b) => a.time.localeCompare(b.time))).toMatchObject([
      { value: 27.2, unit: 'Cel', time: new Date(earlier * 1000).toISOString() },
      { value: 30.8, unit: 'Cel', time },
    ]);
  });

  it('through The Things Stack under its DevEUI, as its formatter decoded it', async () => {
    const time = ago(5_000);
    const uplink = { f_port: 85, received_at: time, frm_payload: '/y4B', decoded_payload: { button: 'short' } };
    await publish('v3/capteurs@ttn/devices/bouton/up', ttsUplink('bouton', eui(2), uplink));
    expect(await arrives(2, 'sos')).toMatchObject({ value: true, unit: '1', time });
  });

  it('through ChirpStack: a fall', async () => {
    const time = ago(5_000);
    await publish(`application/17c82e96/device/${eui(3).toLowerCase()}/event/up`, {
      time,
      deviceInfo: { devEui: eui(3).toLowerCase() },
      devAddr: '01a2b3c4',
      fCnt: 55,
      fPort: 85,
      data: base64('06fb0c00000100'),
    });
    expect(await arrives(3, 'fall')).toMatchObject({ value: true, unit: '1', time });
  });

  it('through Live Objects, which names it in the message only', async () => {
    const time = ago(30_000);
    await publish('fifo/teleassistance', {
      streamId: `urn:lo:nsid:lora:${eui(4)}`,
      timestamp: time,
      value: { port: 85, fcnt: 120, payload: '01755c03673401046865' },
    });
    expect(await arrives(4, 'battery_level')).toMatchObject({ value: 92, unit: '%', time });
  });

  it('through Actility, in the local time of the network', async () => {
    const at = Date.now() - 20_000;
    const local = new Date(at + 3_600_000).toISOString().replace('Z', '+01:00');
    await publish(`thingpark/uplink/${eui(5)}`, {
      DevEUI_uplink: { Time: local, DevEUI: eui(5), FPort: '5', FCntUp: '12', payload_hex: '0100e2022906030807 0d62'.replace(' ', '') }, // prettier-ignore
    });
    expect(await arrives(5, 'co2')).toMatchObject({ value: 776, unit: '[ppm]', time: new Date(at).toISOString() });
  });

  it('by a webhook of The Things Stack, the same message by MQTT being no second one', async () => {
    const time = ago(4_000);
    const message = ttsUplink('sos-6', eui(6), { f_port: 85, f_cnt: 9, received_at: time, frm_payload: '/y4B' });
    expect((await webhook('tts', message)).status).toBe(200);
    expect(await arrives(6, 'sos')).toMatchObject({ value: true, time });
    await publish('v3/capteurs@ttn/devices/sos-6/up', message);
    const other = ttsUplink('sos-6', eui(6), { f_port: 85, f_cnt: 10, received_at: ago(0), frm_payload: 'AXUQ' });
    expect((await webhook('tts', other)).status).toBe(200);
    await arrives(6, 'battery_level');
    expect(await readings(6, 'sos')).toHaveLength(1);
  });

  it('by a webhook of ChirpStack', async () => {
    const time = ago(3_000);
    const message = { time, deviceInfo: { applicationId: '17c82e96', devEui: eui(7) }, fPort: 1, data: 'A2cBEA==' };
    expect((await webhook('chirpstack?event=up', message)).status).toBe(200);
    expect(await arrives(7, 'ambient_temperature')).toMatchObject({ value: 27.2, unit: 'Cel', time });
    expect((await webhook('chirpstack?event=up', message, 'not its password')).status).toBe(401);
  });

  it('once, when three gateways heard it', async () => {
    for (const n of [3, 2, 1])
      await publish(`application/17c82e96/device/${eui(8)}/event/up`, {
        deduplicationId: `copy-${n}`,
        time: ago(n * 1_000),
        devAddr: '01a2b3c4',
        fCnt: 7,
        fPort: 85,
        data: base64('03673401'),
        rxInfo: [{ gatewayId: `gateway-${n}` }],
      });
    await publish(`application/17c82e96/device/${eui(8)}/event/up`, {
      time: ago(0),
      devAddr: '01a2b3c4',
      fCnt: 8,
      fPort: 85,
      data: base64('017550'),
    });
    await arrives(8, 'battery_level');
    expect(await readings(8, 'ambient_temperature')).toHaveLength(1);
  });
});

describe('a LoRaWAN sensor nobody has provisioned', () => {
  it('is kept under its DevEUI', async () => {
    const uplink = { f_port: 85, received_at: ago(1_000), frm_payload: '/y4B', decoded_payload: { temperature: 20 } };
    await publish('v3/capteurs@ttn/devices/inconnu/up', ttsUplink('inconnu', eui(9), uplink));
    const row = await until('a quarantined message', async () => {
      const { items } = await technician.get<{ items: { deviceIdentifier: string | null; reason: string }[] }>(
        '/quarantine?limit=50',
      );
      return items.find(({ deviceIdentifier }) => deviceIdentifier === eui(9));
    });
    expect(row.reason).toBe('unknown_device');
  });
});
