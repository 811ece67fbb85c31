import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import { generate } from 'mqtt-packet';
import { connect } from 'node:net';
import { until } from '../../support/until.js';
import {
  PASSWORD,
  provisioningFile,
  signIn,
  smallEhpad,
  vigieProcess,
  type VigieProcess,
} from '../../support/vigie.js';

interface QuarantineItem {
  topic: string;
  reason: string;
  detail: string;
}

let vigie: VigieProcess;
let device: MqttClient;
let box: MqttClient;
let technician: Awaited<ReturnType<typeof signIn>>;
let nurse: Awaited<ReturnType<typeof signIn>>;

const own = 'vigie/v1/les-tilleuls/d-1/readings';
const mqtt = (username: string): Promise<MqttClient> =>
  connectAsync(vigie.mqttUrl, { protocolVersion: 4, clientId: username, username, password: PASSWORD });

beforeAll(async () => {
  vigie = await vigieProcess();
  expect(await vigie.run('provision', provisioningFile(smallEhpad(2)))).toMatchObject({ code: 0 });
  await vigie.start();
  technician = await signIn(vigie.url, { username: 'tech', password: PASSWORD });
  nurse = await signIn(vigie.url, { username: 'lea', password: PASSWORD });
  device = await mqtt('d-1');
  box = await mqtt('box-1');
}, 60_000);

afterAll(async () => {
  await device?.endAsync(true);
  await box?.endAsync(true);
  await vigie?.stop();
}, 60_000);

const quarantined = async (matches: (item: QuarantineItem) => boolean): Promise<QuarantineItem> =>
  until('a quarantine row', async () => {
    const { items } = await technician.get<{ items: QuarantineItem[] }>('/quarantine?limit=200');
    return items.find(matches) ?? null;
  });

const reading = (fields: object): string =>
  JSON.stringify({ time: new Date().toISOString(), readings: [{ metric: 'spo2', value: 97, unit: '%', ...fields }] });

const cases: readonly [name: string, payload: string | Buffer, reason: string][] = [
  ['malformed JSON', '{"readings":[', 'malformed_payload'],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'malformed_payload'],
  ['NaN', '{"readings":[{"metric":"spo2","value":NaN,"unit":"%"}]}', 'malformed_payload'],
  ['a number as text', reading({ value: '97' }), 'invalid_value'],
  ['a payload of 1 MB', `{"pad":"${'x'.repeat(1_000_000)}"}`, 'payload_too_large'],
  ['an unknown metric', reading({ metric: 'aura' }), 'unknown_metric'],
  ['a unit of another dimension', reading({ unit: 'kg' }), 'unit_mismatch'],
  ['a value outside the physical limits', reading({ value: 240 }), 'out_of_limits'],
  [
    'prototype keys',
    '{"__proto__":{"a":1},"readings":[{"metric":"constructor","value":1,"unit":"1"}]}',
    'unknown_metric',
  ],
];

describe('bad input from a known device', () => {
  it.each(cases)('%s is kept in quarantine with its reason', async (_name, payload, reason) => {
    await device.publishAsync(own, payload, { qos: 1 });
    const item = await quarantined((row) => row.topic === own && row.reason === reason);
    expect(item.detail).not.toBe('');
  });

  it('an unknown device behind a box is kept in quarantine', async () => {
    await box.publishAsync('zigbee2mqtt/personne_ne_me_connait', '{"temperature":21.5}', { qos: 1 });
    await quarantined((row) => row.reason === 'unknown_device' && row.topic.endsWith('personne_ne_me_connait'));
  });

  it('an unknown topic of a box is kept in quarantine', async () => {
    await box.publishAsync('some/other/format', 'hello', { qos: 1 });
    await quarantined((row) => row.reason === 'unknown_topic' && row.topic === 'some/other/format');
  });

  it('a topic that is not UTF-8 is kept in quarantine', async () => {
    const socket = connect(Number(new URL(vigie.mqttUrl).port), '127.0.0.1');
    const acknowledged = new Promise<void>((resolve) => {
      socket.on('data', (data: Buffer) => {
        if (data[0] === 0x20) {
          const topic = Buffer.concat([Buffer.from('home/'), Buffer.from([0xff, 0xfe])]);
          const body = Buffer.concat([
            Buffer.from([topic.length >> 8, topic.length & 0xff]),
            topic,
            Buffer.from([0, 7]),
            Buffer.from('{}'),
          ]);
          socket.write(Buffer.concat([Buffer.from([0x32, body.length]), body]));
        } else if (data[0] === 0x40) resolve();
      });
      socket.once('close', () => resolve());
    });
    socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clientId: 'box-raw',
        clean: true,
        keepalive: 30,
        username: 'box-1',
        password: Buffer.from(PASSWORD),
      }),
    );
    await acknowledged;
    socket.destroy();
    await quarantined((row) => row.reason === 'invalid_topic');
  });

  it('a time in the future is not believed: the reading takes the time it was received', async () => {
    const future = new Date(Date.now() + 3 * 3_600_000).toISOString();
    await device.publishAsync(
      own,
      JSON.stringify({ time: future, readings: [{ metric: 'pulse_rate', value: 64, unit: '/min' }] }),
      { qos: 1 },
    );
    const latest = await until('the reading', async () => {
      const { readings } = await nurse.get<{ readings: { metric: string; time: string; value: number }[] }>(
        '/residents/r-1/latest',
      );
      return readings.find(({ metric, value }) => metric === 'pulse_rate' && value === 64) ?? null;
    });
    expect(Math.abs(Date.parse(latest.time) - Date.now())).toBeLessThan(60_000);
  });

  it('the good readings of a message are kept when another one is bad', async () => {
    const readings = [
      { metric: 'aura', value: 1, unit: '1' },
      { metric: 'body_temperature', value: 36.8, unit: 'Cel' },
    ];
    await device.publishAsync(own, JSON.stringify({ time: new Date().toISOString(), readings }), { qos: 1 });
    await until('the good reading', async () => {
      const latest = await nurse.get<{ readings: { metric: string; value: number }[] }>('/residents/r-1/latest');
      return latest.readings.some(({ metric, value }) => metric === 'body_temperature' && value === 36.8);
    });
  });

  it('and the system is still the same process, ready', async () => {
    expect((await fetch(`${vigie.url}/readyz`)).status).toBe(200);
    expect(vigie.output()).not.toMatch(/unhandled|uncaught/i);
  });
});
