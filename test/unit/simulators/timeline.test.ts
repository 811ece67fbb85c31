import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, MINUTE, SECOND } from '../../../domain/time.js';
import type { Script } from '../../../simulators/incidents.js';
import { demoProvisioning } from '../../../simulators/demo-provisioning.js';
import { loadDeviceModels, timeline, type TimelineOptions, type Transmission } from '../../../simulators/timeline.js';

const origin = Date.parse('2026-03-10T09:00:00Z');
const provisioning = demoProvisioning({ seed: '42' });
const models = await loadDeviceModels();

const play = (until: number, options: Partial<TimelineOptions> = {}): Transmission[] => {
  const taken: Transmission[] = [];
  const all = { provisioning, seed: '42', origin, historySince: origin, speed: 1, script: [], ...options };
  for (const transmission of timeline(all, models)) {
    if (transmission.at > until) break;
    taken.push(transmission);
  }
  return taken;
};
const text = (message: Transmission): Record<string, unknown> =>
  JSON.parse(Buffer.from(message.payload).toString('utf8')) as Record<string, unknown>;
const hex = (message: Transmission): string => Buffer.from(message.payload).toString('hex');
const ofResident = (resident: string) => (device: { assignedTo: { resident?: string } }) =>
  device.assignedTo.resident === resident;

describe('the fleet as a stream of messages', () => {
  it('is the same to the byte for the same seed and start, and another for another seed', () => {
    const stream = (seed: string): string[] =>
      play(origin + 5 * MINUTE, { seed, historySince: origin - HOUR }).map(
        (m) => `${m.at} ${m.username} ${m.topic} ${hex(m)}`,
      );
    expect(stream('42')).toEqual(stream('42'));
    expect(stream('43')).not.toEqual(stream('42'));
  });

  it('is in order and gives every resident values in the first 15 seconds without a flood', () => {
    const first = play(origin + 15 * SECOND);
    expect(first.map(({ at }) => at)).toEqual(first.map(({ at }) => at).sort((a, b) => a - b));
    for (const { id } of provisioning.residents) {
      const macs = provisioning.devices.filter(ofResident(id)).flatMap((device) => device.identifiers);
      const said = first.filter(({ topic }) => macs.some((mac) => topic.includes(`/${mac}/`)));
      for (const characteristic of ['2a5e', '2a35', '2a1c'])
        expect(said.some(({ topic }) => topic.endsWith(`/${characteristic}`))).toBe(true);
    }
    const perSecond = new Map<number, number>();
    for (const { at } of first)
      perSecond.set(Math.floor(at / SECOND), (perSecond.get(Math.floor(at / SECOND)) ?? 0) + 1);
    expect(Math.max(...perSecond.values())).toBeLessThan(200);
  });

  it('speaks through the identity that owns the topic', () => {
    const boxes = new Set(provisioning.boxes.map((box) => box.username));
    for (const { topic, username } of play(origin + 20 * SECOND)) {
      const [root, second, third, fourth] = topic.split('/');
      if (root === 'vigie') {
        expect(fourth).toBe(username);
        expect(provisioning.devices.find((device) => device.id === fourth)?.site).toBe(third);
      } else {
        expect(boxes.has(username)).toBe(true);
        expect(root === 'gatt' ? second : username).toBe(username);
      }
    }
  });

  it('lets a wearable say heart rate, SpO2 and respiration every five seconds, numbered and dated', () => {
    const messages = play(origin + MINUTE).filter(({ topic }) => topic === 'vigie/v1/les-mirabelles/mo-012/readings');
    expect(messages.length).toBeGreaterThanOrEqual(11);
    const [one, two] = messages.slice(-2).map(text) as [Record<string, unknown>, Record<string, unknown>];
    expect(Number(two.seq) - Number(one.seq)).toBe(1);
    expect(Date.parse(String(two.time)) - Date.parse(String(one.time))).toBe(5 * SECOND);
    expect(one.readings).toEqual(
      expect.arrayContaining([
        { metric: 'heart_rate', value: expect.any(Number), unit: '/min' },
        { metric: 'respiratory_rate', value: expect.any(Number), unit: '/min' },
      ]),
    );
  });

  it('writes Zigbee2MQTT messages with every cached attribute, ISO last_seen and retained availability', () => {
    const messages = play(origin + 20 * SECOND).filter(({ topic }) => topic.startsWith('zigbee2mqtt/ch01/porte'));
    const [availability, state] = [...messages].sort((a, b) => b.topic.length - a.topic.length) as [
      Transmission,
      Transmission,
    ];
    expect(availability).toMatchObject({ topic: 'zigbee2mqtt/ch01/porte/availability', retain: true });
    expect(text(availability)).toEqual({ state: 'online' });
    expect(state.retain).toBe(false);
    expect(text(state)).toEqual({
      contact: true,
      battery_low: false,
      tamper: false,
      battery: expect.any(Number),
      voltage: expect.any(Number),
      linkquality: expect.any(Number),
      last_seen: new Date(state.at).toISOString(),
    });
  });

  it('lets a radar see a scripted fall and a button a scripted call, once each', () => {
    const script: Script = [
      { kind: 'fall', resident: 'r-007', at: origin + 20 * SECOND, lying: MINUTE },
      { kind: 'sos', resident: 'r-103', at: origin + 30 * SECOND },
    ];
    const messages = play(origin + 3 * MINUTE, { script });
    const states = (topic: string, key: string): unknown[] =>
      messages.filter((message) => message.topic === topic).map((message) => text(message)[key]);
    expect(states('zigbee2mqtt/ch07/radar', 'status').slice(1, 3)).toEqual(['falling', 'low_posture']);
    expect(states('zigbee2mqtt/chambre/bouton-sos', 'action').filter((action) => action === 'emergency')).toHaveLength(
      1,
    );
    const fall = messages.find((m) => m.topic === 'zigbee2mqtt/ch07/radar' && text(m).status === 'falling');
    expect(fall?.at).toBeLessThan(origin + 24 * SECOND);
  });

  it('shows a scripted desaturation on the wearable, and recovery', () => {
    const script: Script = [
      {
        kind: 'episode',
        episode: 'desaturation',
        resident: 'r-012',
        from: origin + 10 * SECOND,
        ramp: 10 * SECOND,
        plateau: MINUTE,
        recovery: MINUTE,
      },
    ];
    const spo2 = play(origin + 4 * MINUTE, { script })
      .filter(({ topic }) => topic === 'vigie/v1/les-mirabelles/mo-012/readings')
      .map((message) => ({
        at: message.at - origin,
        value: (text(message).readings as { metric: string; value: number }[]).find((r) => r.metric === 'spo2')?.value,
      }))
      .filter((each): each is { at: number; value: number } => each.value !== undefined);
    const during = spo2.filter(({ at }) => at > 25 * SECOND && at < 75 * SECOND).map(({ value }) => value);
    const after = spo2.filter(({ at }) => at > 150 * SECOND).map(({ value }) => value);
    expect(Math.max(...during)).toBeLessThan(90);
    expect(Math.min(...after)).toBeGreaterThanOrEqual(92);
  });

  it('streams from an oximeter that is left on the finger', () => {
    const script: Script = [{ kind: 'watch', resident: 'r-002', from: origin + 20 * SECOND, until: origin + MINUTE }];
    const stream = play(origin + 2 * MINUTE, { script, only: ofResident('r-002') }).filter(({ topic }) =>
      topic.endsWith('/2a5f'),
    );
    expect(stream).toHaveLength(10);
    expect(hex(stream[0] as Transmission)).toBe('04ff07ff072000');
    expect(hex(stream[1] as Transmission)).toMatch(/^04..00..008000$/);
  });

  it('sends what devices stored before the start, with the same bytes after a restart', () => {
    const stored = (start: number): string[] =>
      play(start + MINUTE, { origin: start, historySince: start - DAY, only: ofResident('r-012') })
        .filter(
          ({ topic, payload }) => topic.endsWith('/2a5e') && payload.length > 5 && ((payload[13] ?? 0) & 0x02) !== 0,
        )
        .map(hex);
    const before = stored(origin);
    expect(before.length).toBeGreaterThanOrEqual(3);
    expect(stored(origin + 10 * MINUTE)).toEqual(before);
    const memory = play(origin + 2 * MINUTE, { historySince: origin - DAY, only: ofResident('r-012') })
      .filter(({ topic }) => topic.startsWith('vigie/'))
      .map(text)
      .filter((message) => message.time === undefined);
    expect(memory).toHaveLength(24);
  });

  it('runs the body faster than the clocks of the devices when it is sped up', () => {
    const fast = play(origin + HOUR, { speed: 60, only: ofResident('r-012') }).filter(({ topic }) =>
      topic.startsWith('vigie/'),
    );
    const last = fast.at(-1) as Transmission;
    expect(last.at).toBeGreaterThan(origin + 59 * MINUTE);
    expect(Date.parse(String(text(last).time))).toBeLessThanOrEqual(origin + MINUTE);
  });

  it('lets the same radar, pad and door tell one story: out of the room, out of bed', () => {
    const home = play(origin + DAY, { only: (device) => device.site === 'domicile-01' });
    const states = (name: string, key: string): unknown[] =>
      home.filter(({ topic }) => topic === `zigbee2mqtt/chambre/${name}`).map((message) => text(message)[key]);
    expect(new Set(states('radar', 'status'))).toContain('on_the_bed');
    expect(states('radar', 'status')).not.toContain('falling');
    expect(states('bouton-sos', 'action').every((action) => action === '')).toBe(true);
    expect(new Set(states('tapis-lit', 'contact'))).toEqual(new Set([true, false]));
  });

  it('plays a recorded heart on whoever wears it', () => {
    const recordings = new Map([['r-012', { duration: HOUR, at: () => 77 }]]);
    const message = play(origin + 6 * SECOND, { recordings }).find(
      ({ topic }) => topic === 'vigie/v1/les-mirabelles/mo-012/readings',
    );
    expect((text(message as Transmission).readings as { value: number }[])[0]?.value).toBe(77);
  });
});
