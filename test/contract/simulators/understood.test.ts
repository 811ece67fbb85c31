import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, MINUTE, toIso } from '../../../domain/time.js';
import { type DecodedVector, decodeVectors, parseVectors } from '../../../gateway/decode.js';
import { loadCodecs } from '../../../gateway/route.js';
import { demoProvisioning } from '../../../simulators/demo-provisioning.js';
import { personOf, vitalsAt } from '../../../simulators/physiology.js';
import { loadDeviceModels, timeline } from '../../../simulators/timeline.js';

const origin = Date.parse('2026-03-10T09:00:00Z');
const provisioning = demoProvisioning({ seed: '42', residents: 15, homes: 3 });

const decoded = await (async (): Promise<readonly (DecodedVector & { topic: string })[]> => {
  const configs = new Map(
    provisioning.devices.flatMap((d) => d.identifiers.map((each) => [`${d.site} ${each}`, d.config])),
  );
  const siteOf = new Map([...provisioning.boxes, ...provisioning.devices].map((each) => [each.username, each.site]));
  const vectors: unknown[] = [];
  const options = { provisioning, seed: '42', origin, historySince: origin - DAY, speed: 1, script: [] };
  for (const { at, username, topic, payload, retain } of timeline(options, await loadDeviceModels())) {
    if (at > origin + 2 * HOUR) break;
    const name = topic.startsWith('gatt/') ? topic.split('/')[2] : topic.replace(/^zigbee2mqtt\/|\/availability$/g, '');
    vectors.push({
      id: String(vectors.length),
      topic,
      payloadBase64: Buffer.from(payload).toString('base64'),
      receivedAt: toIso(at),
      retained: retain,
      config: configs.get(`${siteOf.get(username)} ${name}`) ?? { timezone: 'Europe/Paris' },
    });
  }
  const topics = vectors.map((vector) => (vector as { topic: string }).topic);
  return decodeVectors(parseVectors(JSON.stringify(vectors)), await loadCodecs()).map((each, index) => ({
    ...each,
    topic: topics[index] ?? '',
  }));
})();

describe('what the simulated devices say, read by the gateway', () => {
  it('is never quarantined', () => {
    const refused = decoded.filter(({ quarantined }) => quarantined !== null);
    expect(refused.map(({ topic, quarantined }) => `${topic} ${quarantined}`).slice(0, 5)).toEqual([]);
    expect(decoded.length).toBeGreaterThan(5_000);
  });

  it('gives readings, except for the pressure of an inflating cuff', () => {
    const silent = decoded.filter(({ values }) => values.length === 0);
    expect(silent.length).toBeGreaterThan(0);
    expect(silent.filter(({ topic }) => !topic.endsWith('/2a36'))).toEqual([]);
  });

  it('is the values of the body it was measured on, whatever unit the instrument speaks', () => {
    const metricOf = {
      spo2: 'spo2',
      systolic_bp: 'systolicBp',
      diastolic_bp: 'diastolicBp',
      body_temperature: 'temperature',
      glucose: 'glucose',
      body_weight: 'weight',
      pulse_rate: 'heartRate',
    } as const;
    const owner = new Map(provisioning.devices.map((device) => [device.identifiers[0], device]));
    let compared = 0;
    for (const { topic, values } of decoded) {
      const device = topic.startsWith('gatt/') ? owner.get(topic.split('/')[2] ?? '') : undefined;
      const resident = provisioning.residents.find((each) => each.id === device?.assignedTo.resident);
      if (!resident) continue;
      const kind = resident.site === 'les-mirabelles' ? 'ehpad' : 'home';
      const person = personOf('42', resident.id, { zone: 'Europe/Paris', kind });
      for (const { metric, value, time } of values) {
        if (!(metric in metricOf)) continue;
        const vital = metricOf[metric as keyof typeof metricOf];
        compared++;
        // Devices write whole seconds, and a cuff its result some seconds after it looked.
        expect(Math.abs(Number(value) - vitalsAt(person, time)[vital])).toBeLessThan(2.5);
      }
    }
    expect(compared).toBeGreaterThan(300);
  });

  it('says every metric the demonstration shows', () => {
    const metrics = new Set(decoded.flatMap(({ values }) => values.map(({ metric }) => metric)));
    for (const metric of [
      ...['heart_rate', 'spo2', 'respiratory_rate', 'pulse_rate', 'systolic_bp', 'body_temperature', 'body_weight'],
      ...['glucose', 'bed_occupancy', 'presence', 'motion', 'door_open', 'ambient_temperature', 'ambient_humidity'],
      ...['water_leak', 'battery_level', 'device_online'],
    ])
      expect([...metrics]).toContain(metric);
    expect([...metrics]).not.toContain('fall');
    expect([...metrics]).not.toContain('sos');
  });

  it('is dated when it was measured, stored records included', () => {
    const times = decoded.flatMap(({ values, receivedAt }) => values.map(({ time }) => receivedAt - time));
    expect(Math.min(...times)).toBeGreaterThan(-MINUTE);
    expect(Math.max(...times)).toBeGreaterThan(20 * HOUR);
    expect(Math.max(...times)).toBeLessThan(DAY + HOUR);
  });
});
