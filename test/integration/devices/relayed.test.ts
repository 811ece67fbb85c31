import { createCipheriv } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encode } from 'cborg';
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
const KEY = '231d39c1d7cc1ab1aee224cd096db932';

/** Each family has a device of its own and the resident `r-1`, or the room where what it measures is a place's. */
const devices = [
  { id: 'thermo-z', identifiers: ['ch101/porte'] },
  { id: 'cuff', identifiers: ['A4:C1:38:00:11:22'] },
  { id: 'belt', identifiers: ['AA:BB:CC:00:00:04'] },
  { id: 'scale', identifiers: ['AA:BB:CC:00:00:21'] },
  { id: 'bath-scale', identifiers: ['A4C1388D18B2'], config: { role: 'body_scale' } },
  { id: 'button', identifiers: ['54:48:E6:8F:80:A5'], config: { role: 'sos_button', bindKey: KEY } },
  { id: 'oximeter', identifiers: ['0024befffe804ff1'] },
  { id: 'thermometer', identifiers: ['00:24:BE:80:4F:F2'] },
];
const provisioning = () => {
  const ehpad = smallEhpad(1);
  const relayed = devices.map((device) => ({
    site: SITE,
    model: 'relayed',
    cadenceSeconds: 3600,
    assignedTo: { resident: 'r-1', since: '2020-01-01T00:00:00Z' },
    ...device,
  }));
  return { ...ehpad, devices: [...ehpad.devices, ...relayed] };
};

interface Reading {
  readonly metric: string;
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
  expect(await vigie.run('provision', provisioningFile(provisioning()))).toMatchObject({ code: 0 });
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

const publish = (topic: string, payload: string | Buffer | object): Promise<unknown> =>
  box.publishAsync(topic, typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload), {
    qos: 1,
  });
const readings = async (metric: string): Promise<readonly Reading[]> => {
  const { points } = await nurse.get<{ points: Reading[] }>(`/residents/r-1/readings?metric=${metric}`);
  return points;
};
const arrives = (metric: string, value: number | boolean): Promise<Reading> =>
  until(`${metric} ${value}`, async () => {
    const found = (await readings(metric)).find((reading) =>
      typeof value === 'number' ? Math.abs(Number(reading.value) - value) < 0.005 : Boolean(reading.value) === value,
    );
    return found ?? null;
  });
/** The wall clock of the site, as a scale without a time zone shows it. */
const parisClock = (instant: Date): number[] => {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Paris',
    dateStyle: 'short',
    timeStyle: 'medium',
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value);
  return [part('year'), part('month'), part('day'), part('hour'), part('minute'), part('second')];
};
const isNow = (time: string): void => expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);

describe('what a box relays reaches the resident', () => {
  it('from Zigbee2MQTT, at the time the bridge last saw the device', async () => {
    const seen = new Date(Date.now() - 120_000).toISOString();
    await publish('zigbee2mqtt/ch101/porte', { battery: 88, status: 'falling', last_seen: seen });
    const fall = await arrives('fall', true);
    expect(fall.time).toBe(seen);
  });

  it('from raw Bluetooth characteristics: a cuff in kilopascals', async () => {
    // 16.0 kPa over 10.6 kPa.
    await publish('gatt/box-1/A4C138001122/1810/2A35', Buffer.from('01a0f06af07bf0', 'hex'));
    expect((await arrives('systolic_bp', 120.01)).unit).toBe('mm[Hg]');
  });

  it('from the Theengs decoder: a chest belt', async () => {
    await publish('home/couloir/BTtoMQTT/AABBCC000004', { id: 'AA:BB:CC:00:00:04', type: 'BODY', bpm: 70 });
    const rate = await arrives('heart_rate', 70);
    expect(rate.unit).toBe('/min');
    isNow(rate.time);
  });

  it('from a Mi scale, in pounds and on its own wall clock', async () => {
    const weighed = new Date(Math.floor(Date.now() / 1000) * 1000 - 90_000);
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parisClock(weighed);
    const data = Buffer.from([
      0x03,
      0x26,
      year & 0xff,
      year >> 8,
      month,
      day,
      hour,
      minute,
      second,
      0xf7,
      1,
      0xf1,
      0x36,
    ]);
    const advert = { id: 'AA:BB:CC:00:00:21', servicedatauuid: '0x181b', servicedata: data.toString('hex') };
    await publish('home/sdb/BTtoMQTT/undecoded', advert);
    await publish('home/couloir/BTtoMQTT/undecoded', { ...advert, rssi: -80 });
    const weight = await arrives('body_weight', 63.8);
    expect(weight).toMatchObject({ unit: 'kg', time: weighed.toISOString() });
    expect(await readings('body_weight')).toHaveLength(1);
  });

  it('from BTHome: the mass of a device that is a body scale', async () => {
    const advert = { id: 'A4:C1:38:8D:18:B2', servicedatauuid: '0xfcd2', servicedata: '40065e1f' };
    await publish('home/sdb/BTtoMQTT/undecoded', advert);
    await publish('home/couloir/BTtoMQTT/A4C1388D18B2', advert);
    await arrives('body_weight', 80.3);
    expect(await readings('body_weight')).toHaveLength(2);
  });

  it('from encrypted BTHome: a press, and never again when it is played back', async () => {
    const press = (counter: number): object => {
      const ctr = Buffer.alloc(4);
      ctr.writeUInt32LE(counter);
      const nonce = Buffer.concat([Buffer.from('5448e68f80a5d2fc45', 'hex'), ctr]);
      const sealing = createCipheriv('aes-128-ccm', Buffer.from(KEY, 'hex'), nonce, { authTagLength: 4 });
      const body = Buffer.concat([sealing.update(Buffer.from('3a01', 'hex')), ctr]);
      sealing.final();
      const data = Buffer.concat([Buffer.from([0x45]), body, sealing.getAuthTag()]);
      return { id: '54:48:E6:8F:80:A5', servicedatauuid: '0xfcd2', servicedata: data.toString('hex') };
    };
    await publish('home/couloir/BTtoMQTT/undecoded', press(500));
    const sos = await arrives('sos', true);
    isNow(sos.time);
    await publish('home/sdb/BTtoMQTT/undecoded', press(500));
    await publish('home/couloir/BTtoMQTT/undecoded', press(501));
    await until('the second press', async () => (await readings('sos')).length >= 2);
    await publish('home/couloir/BTtoMQTT/AABBCC000004', { id: 'AA:BB:CC:00:00:04', type: 'BODY', bpm: 71 });
    await arrives('heart_rate', 71);
    expect(await readings('sos')).toHaveLength(2);
  });

  it('from SenML, in JSON: one pack that speaks of two devices', async () => {
    const at = Math.floor(Date.now() / 1000) - 30;
    await publish('senml/box-031', [
      { bn: 'urn:dev:mac:0024befffe804ff1:', bt: at, n: 'spo2', u: '%', v: 96 },
      { bn: 'urn:dev:mac:0024befffe804ff2:', n: 'body_temperature', u: 'K', v: 310.15 },
    ]);
    expect(await arrives('spo2', 96)).toMatchObject({ unit: '%', time: new Date(at * 1000).toISOString() });
    expect(await arrives('body_temperature', 37)).toMatchObject({ unit: 'Cel' });
  });

  it('from SenML, in CBOR', async () => {
    const record = new Map<number, string | number>([
      [0, 'urn:dev:mac:0024befffe804ff1:pulse_rate'],
      [1, '1/s'],
      [2, 1.2],
    ]);
    await publish('senml/box-031', Buffer.from(encode([record])));
    expect(await arrives('pulse_rate', 72)).toMatchObject({ unit: '/min' });
  });
});

describe('what a box relays of devices nobody knows', () => {
  const quarantined = async (matches: (payload: { topic: string; reason: string }) => boolean) =>
    (await technician.get<{ items: { topic: string; reason: string }[] }>('/quarantine?limit=200')).items.filter(
      matches,
    );

  it('is kept when it measures, and not when it is a phone', async () => {
    await publish('home/couloir/BTtoMQTT/58782076BC24', { id: '58:78:20:76:BC:24', type: 'RMAC', rssi: -79 });
    await publish('home/couloir/BTtoMQTT/undecoded', { id: '5A:00:00:00:00:01', manufacturerdata: '4c001005' });
    await publish('home/couloir/BTtoMQTT/582D3433AADF', { id: '58:2D:34:33:AA:DF', type: 'THB', tempc: 26 });
    await until('the thermometer in quarantine', async () => {
      const items = await quarantined(({ topic }) => topic.endsWith('582D3433AADF'));
      return items[0]?.reason === 'unknown_device';
    });
    expect(await quarantined(({ topic }) => topic.endsWith('58782076BC24'))).toEqual([]);
    expect(await quarantined(({ reason }) => reason === 'unknown_format')).toEqual([]);
  });

  it('is kept for each device of a message, so that each can be adopted', async () => {
    await publish('senml/box-031', [
      { n: 'urn:dev:ow:a1:spo2', u: '%', v: 96 },
      { n: 'urn:dev:ow:b2:spo2', u: '%', v: 91 },
    ]);
    await until('both devices in quarantine', async () => {
      const { items } = await technician.get<{ items: { deviceIdentifier: string | null }[] }>('/quarantine?limit=200');
      const names = items.map(({ deviceIdentifier }) => deviceIdentifier);
      return ['urn:dev:ow:a1', 'urn:dev:ow:b2'].every((name) => names.includes(name));
    });
  });

  it('says that a key is missing', async () => {
    await publish('home/couloir/BTtoMQTT/undecoded', {
      id: '54:48:E6:8F:80:A6',
      servicedatauuid: '0xfcd2',
      servicedata: '4187b90011223372b0231f',
    });
    await until('the encrypted sensor in quarantine', async () => {
      return (await quarantined(({ reason }) => reason === 'missing_key')).length > 0;
    });
  });
});
