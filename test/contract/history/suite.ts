import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DAY, HOUR, MINUTE, SECOND } from '../../../domain/time.js';
import type { Reading } from '../../../domain/reading.js';
import type { History, RawPoint, SeriesQuery, WriteResult } from '../../../platform/history/history.js';
import { aReading, type ReadingParts } from '../../support/readings.js';

const NEVER = new AbortController().signal;
/** An hour, aligned, safely in the past. */
const START = Math.floor((Date.now() - 3 * DAY) / DAY) * DAY + 6 * HOUR;
let residents = 0;

const query = (resident: string, parts: Partial<SeriesQuery> = {}): SeriesQuery => ({
  site: 'les-tilleuls',
  resident,
  metric: 'heart_rate',
  from: START,
  to: START + DAY,
  ...parts,
});

/** What every history must do, run over each of them. Each test has a resident of its own. */
export const historyContract = (
  name: string,
  open: () => Promise<{ history: History; end(): Promise<void> }>,
): void => {
  describe(`the history port over ${name}`, () => {
    let history: History;
    let end: () => Promise<void>;
    beforeAll(async () => ({ history, end } = await open()));
    afterAll(() => end?.());

    const newResident = (): string => `r-${(residents += 1)}`;
    const write = (readings: readonly Reading[]): Promise<WriteResult> => history.write(readings, NEVER);
    const series = (resident: string, parts: readonly ReadingParts[]): Reading[] =>
      parts.map((part) => aReading({ resident, time: START, ...part }));
    const pages = async (q: SeriesQuery, limit: number): Promise<RawPoint[]> => {
      const points: RawPoint[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 1_000; page += 1) {
        const result = await history.raw({ ...q, limit, ...(cursor === undefined ? {} : { cursor }) });
        points.push(...result.points);
        if (result.next === null) return points;
        cursor = result.next;
      }
      throw new Error('the pages never end');
    };
    const values = async (q: SeriesQuery) => (await pages(q, 1_000)).map(({ value }) => value);

    it('gives back every field of a point', async () => {
      const resident = newResident();
      await write(series(resident, [{ value: 71.5, device: 'ox-9', quality: 'questionable', late: true }]));
      expect(await history.raw({ ...query(resident), limit: 10 })).toEqual({
        points: [{ time: START, value: 71.5, quality: 'questionable', device: 'ox-9', late: true }],
        next: null,
      });
    });

    it('stores 37 and then 37.2 (T-26)', async () => {
      const resident = newResident();
      const q = query(resident, { metric: 'body_temperature' });
      expect(await write(series(resident, [{ metric: 'body_temperature', value: 37 }]))).toEqual({ rejected: [] });
      const later = { metric: 'body_temperature', value: 37.2, time: START + 1_000 } as const;
      expect(await write(series(resident, [later]))).toEqual({ rejected: [] });
      expect(await values(q)).toEqual([37, 37.2]);
    });

    it('gives booleans back as booleans', async () => {
      const resident = newResident();
      const q = query(resident, { metric: 'bed_occupancy' });
      await write(
        series(
          resident,
          [true, false].map((value, i) => ({ metric: 'bed_occupancy', value, time: START + i })),
        ),
      );
      expect(await values(q)).toEqual([true, false]);
    });

    it('changes nothing when the same readings are written three times', async () => {
      const resident = newResident();
      const readings = series(
        resident,
        Array.from({ length: 50 }, (_, i) => ({ value: 60 + i, time: START + i * SECOND })),
      );
      for (let i = 0; i < 3; i += 1) expect(await write(readings)).toEqual({ rejected: [] });
      expect(await pages(query(resident), 1_000)).toHaveLength(50);
      const [window] = await history.aggregate({ ...query(resident), resolution: '1h' });
      expect(window).toMatchObject({ min: 60, max: 109, count: 50 });
    });

    it('keeps different values that one device measured in the same millisecond', async () => {
      const resident = newResident();
      await write(series(resident, [{ value: 70 }, { value: 80 }]));
      await write(series(resident, [{ value: 90 }]));
      expect((await values(query(resident))).sort()).toEqual([70, 80, 90]);
    });

    it('loses and repeats no point over pages, though devices share milliseconds', async () => {
      const resident = newResident();
      const readings = Array.from({ length: 97 }, (_, i) =>
        aReading({ resident, value: 40 + i, device: `ox-${i % 7}`, time: START + Math.floor(i / 30) }),
      );
      await write(readings);
      for (const limit of [1, 7, 30, 97]) {
        const seen = (await pages(query(resident), limit)).map(({ value }) => value);
        expect(new Set(seen)).toEqual(new Set(readings.map(({ value }) => value)));
        expect(seen).toHaveLength(97);
      }
    });

    it('gives points in ascending time, from included and to excluded', async () => {
      const resident = newResident();
      const times = [5, 0, 3, 10, 9].map((s) => START + s * SECOND);
      await write(times.map((time) => aReading({ resident, time, value: 60 + (time - START) / SECOND })));
      const q = query(resident, { from: START + 3 * SECOND, to: START + 10 * SECOND });
      expect(await values(q)).toEqual([63, 65, 69]);
    });

    it('keeps residents, sites and metrics apart', async () => {
      const resident = newResident();
      await write([
        aReading({ resident, time: START, value: 61 }),
        aReading({ resident, time: START, value: 62, site: 'home-1' }),
        aReading({ resident, time: START, value: 63, metric: 'pulse_rate' }),
        aReading({ resident: null, room: resident, time: START, value: 64 }),
      ]);
      expect(await values(query(resident))).toEqual([61]);
    });

    it.each([
      ['1m', MINUTE],
      ['5m', 5 * MINUTE],
      ['1h', HOUR],
      ['1d', DAY],
    ] as const)('aggregates by %s in windows aligned to UTC', async (resolution, window) => {
      const resident = newResident();
      const day = START - 6 * HOUR;
      const of = (time: number, value: number) => aReading({ resident, time, value });
      await write([of(day, 60), of(day + window - 1, 90), of(day + window, 75), of(day + 3 * window, 50)]);
      const points = await history.aggregate({ ...query(resident, { from: day, to: day + 4 * window }), resolution });
      expect(points).toEqual([
        { time: day, min: 60, mean: 75, max: 90, count: 2 },
        { time: day + window, min: 75, mean: 75, max: 75, count: 1 },
        { time: day + 3 * window, min: 50, mean: 50, max: 50, count: 1 },
      ]);
    });

    it('aggregates whole windows, whatever the bounds of the question', async () => {
      const resident = newResident();
      await write(series(resident, [{ value: 60 }, { value: 80, time: START + 59 * MINUTE }]));
      const q = query(resident, { from: START + 10 * MINUTE, to: START + 20 * MINUTE });
      expect(await history.aggregate({ ...q, resolution: '1h' })).toEqual([
        { time: START, min: 60, mean: 70, max: 80, count: 2 },
      ]);
    });

    it('aggregates booleans as 0 and 1', async () => {
      const resident = newResident();
      const events = [true, true, false, true].map(
        (value, i) => ({ metric: 'motion', value, time: START + i }) as const,
      );
      await write(series(resident, events));
      expect(await history.aggregate({ ...query(resident, { metric: 'motion' }), resolution: '5m' })).toEqual([
        { time: START, min: 0, mean: 0.75, max: 1, count: 4 },
      ]);
    });

    it('puts late data into the aggregates of its own time', async () => {
      const resident = newResident();
      await write(series(resident, [{ value: 60 }, { value: 62, time: START + 10 * HOUR }]));
      const before = await history.aggregate({ ...query(resident), resolution: '1h' });
      expect(before[0]).toEqual({ time: START, min: 60, mean: 60, max: 60, count: 1 });
      await write(series(resident, [{ value: 140, time: START + 30 * MINUTE, late: true }]));
      for (const resolution of ['1h', '1d'] as const) {
        const [first] = await history.aggregate({ ...query(resident, { to: START + HOUR }), resolution });
        expect(first).toMatchObject({ min: 60, max: 140, count: resolution === '1h' ? 2 : 3 });
      }
    });

    it('refuses what is not a number and stores the rest', async () => {
      const resident = newResident();
      const bad = [Number.NaN, Number.POSITIVE_INFINITY, true].map((value, i) => ({ value, time: START + i }));
      const result = await write(
        series(resident, [{ value: 60, time: START + 10 }, ...bad, { value: 61, time: START + 11 }]),
      );
      expect(result).toEqual({
        rejected: [
          { index: 1, reason: 'history.not-a-number' },
          { index: 2, reason: 'history.not-a-number' },
          { index: 3, reason: 'history.wrong-type' },
        ],
      });
      expect(await values(query(resident))).toEqual([60, 61]);
    });

    it.each(['a b', 'a,site=other', 'a=b', 'a"b', "a' OR 1=1 --", 'é☂', 'a\\b', '$site', 'a\\,b'])(
      'keeps the identifier %j to itself',
      async (suffix) => {
        const resident = `${newResident()}-${suffix}`;
        await write([aReading({ resident, time: START, value: 66, device: `dev-${suffix}`, site: suffix })]);
        const { points } = await history.raw({ ...query(resident, { site: suffix }), limit: 10 });
        expect(points).toMatchObject([{ value: 66, device: `dev-${suffix}` }]);
      },
    );

    it('takes ten thousand readings at once', async () => {
      const resident = newResident();
      const readings = Array.from({ length: 10_000 }, (_, i) =>
        aReading({ resident, time: START + i * 8_000, value: 60 + (i % 40) }),
      );
      expect(await write(readings)).toEqual({ rejected: [] });
      const points = await history.aggregate({ ...query(resident), resolution: '1d' });
      expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
    });

    it('answers nothing for a resident it does not know', async () => {
      expect(await history.raw({ ...query('nobody'), limit: 10 })).toEqual({ points: [], next: null });
      expect(await history.aggregate({ ...query('nobody'), resolution: '1h' })).toEqual([]);
    });

    it('refuses a cursor it did not give', async () => {
      const raw = history.raw({ ...query('nobody'), limit: 10, cursor: '0; DROP DATABASE vigie' });
      await expect(raw).rejects.toMatchObject({ code: 'history.cursor' });
    });

    it('keeps everything when it is told to stop', async () => {
      const resident = newResident();
      const result = await history.write(series(resident, [{ value: 60 }]), AbortSignal.abort());
      expect(result).toMatchObject({ rejected: [], retryFrom: 0 });
    });

    it('answers its check', async () => {
      await expect(history.check(AbortSignal.timeout(5_000))).resolves.toBeUndefined();
    });
  });
};
