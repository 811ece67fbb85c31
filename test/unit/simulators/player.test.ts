import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFitbitHeartRate, shippedHeartRate } from '../../../simulators/behaviours/player.js';
import { readRecording } from '../../../simulators/replay.js';
import { shiftPayload } from '../../../simulators/shift.js';

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'vigie-player-'))));
afterAll(() => rm(folder, { recursive: true }));
const file = async (text: string): Promise<string> => {
  const path = join(folder, `${Math.random()}.txt`);
  await writeFile(path, text);
  return path;
};

describe('the player of recorded hearts', () => {
  it('reads US dates with AM and PM, holds the last sample and loops', async () => {
    const recording = await readFitbitHeartRate(
      await file(
        'Id,Time,Value\nx,4/1/2016 11:59:50 AM,70\nx,4/1/2016 12:00:00 PM,80\nx,4/1/2016 12:00:15 PM,90\nx,bad,1\n\n',
      ),
    );
    expect([0, 9_999, 10_000, 24_999, 25_000, 25_001, 35_001].map(recording.at)).toEqual([70, 70, 80, 80, 90, 70, 80]);
  });

  it('cuts the hours in which the device was off', async () => {
    const recording = await readFitbitHeartRate(await file('x,4/1/2016 1:00:00 AM,70\nx,4/1/2016 9:00:00 PM,80\n'));
    expect(recording.duration).toBeLessThanOrEqual(60_001);
  });

  it('ships a recording that stays inside the default limits', async () => {
    const recording = await readFitbitHeartRate(shippedHeartRate());
    const values = Array.from({ length: 2_000 }, (_, index) => recording.at((recording.duration * index) / 2_000));
    expect(recording.duration).toBeGreaterThan(5 * 3_600_000);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...values)).toBeLessThanOrEqual(110);
    expect(await readFile(new URL('./ORIGIN.md', shippedHeartRate()), 'utf8')).toContain('CC BY 4.0');
  });

  it('says which file has no samples', async () => {
    const empty = await file('nothing\n');
    await expect(readFitbitHeartRate(empty)).rejects.toThrow(empty);
  });
});

describe('recordings of raw messages', () => {
  it('are read as an array or a line each, in the order of reception', async () => {
    const messages = [
      { topic: 'b', payload: '{}', receivedAt: '2026-03-10T07:00:01Z', retained: true },
      { topic: 'a', payloadBase64: 'AGE=', receivedAt: '2026-03-10T07:00:00Z', note: 'ignored' },
    ];
    const expected = [
      { at: 1773126000000, topic: 'a', payload: Buffer.from([0, 0x61]), retain: false },
      { at: 1773126001000, topic: 'b', payload: Buffer.from('{}'), retain: true },
    ];
    expect(await readRecording(await file(JSON.stringify(messages)))).toEqual(expected);
    expect(await readRecording(await file(messages.map((each) => JSON.stringify(each)).join('\n')))).toEqual(expected);
  });

  it('are refused with the number of the message, without quoting it', async () => {
    const broken = await file(
      '{"topic":"a","payload":"secret","receivedAt":"2026-03-10T07:00:00Z"}\n{"topic":"secret"}',
    );
    await expect(readRecording(broken)).rejects.toThrow(/^message 2: (?!.*secret)/);
    await expect(readRecording(await file('[not json'))).rejects.toMatchObject({ code: 'replay.invalid' });
  });
});

describe('times inside payloads', () => {
  const by = 3_600_000;
  const zone = 'Europe/Paris';
  const json = (value: unknown): string =>
    Buffer.from(
      shiftPayload({ topic: 'zigbee2mqtt/x', payload: Buffer.from(JSON.stringify(value)) }, { by, zone }),
    ).toString();

  it('move with the message in JSON, at any depth, as ISO or epoch milliseconds', () => {
    expect(json({ last_seen: '2026-03-10T06:58:12.000Z', t: 1 })).toBe(
      '{"last_seen":"2026-03-10T07:58:12.000Z","t":1}',
    );
    expect(json({ last_seen: 1773125892000 })).toBe('{"last_seen":1773129492000}');
    expect(json({ readings: [{ time: '2026-03-10T06:00:00Z' }] })).toBe(
      '{"readings":[{"time":"2026-03-10T07:00:00.000Z"}]}',
    );
  });

  it('stay when they are local, an uptime, or not JSON at all', () => {
    expect(json({ time: '2026-03-10 06:00:00', timestamp: 1234 })).toBe(
      '{"time":"2026-03-10 06:00:00","timestamp":1234}',
    );
    const text = Buffer.from('online');
    expect(shiftPayload({ topic: 'x/availability', payload: text }, { by, zone })).toBe(text);
  });

  it.each([
    ['gatt/b/m/1822/2a5e', '0361004800ea07030a081e008001', '0361004800ea07030a091e008001'],
    ['site/s/gatt/b/m/1808/2A18', '020700ea07030908000064b011', '020700ea07030909000064b011'],
    ['gatt/b/m/1810/2a35', '1e8a00580078000000041114293b3c00012700', '1e8a00580078000000041114293b3c00012700'],
    ['gatt/b/m/1822/2a5e', '0062003d00', '0062003d00'],
  ])('move in the bytes of %s', (topic, before, after) => {
    const shifted = shiftPayload({ topic, payload: Buffer.from(before, 'hex') }, { by, zone });
    expect(Buffer.from(shifted).toString('hex')).toBe(after);
  });
});
