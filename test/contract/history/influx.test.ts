import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY, HOUR } from '../../../domain/time.js';
import { openInfluxHistory, type InfluxOptions } from '../../../platform/history/influx.js';
import type { History } from '../../../platform/history/history.js';
import { startInfluxd, type Influxd } from '../../support/influxd.js';
import { aReading } from '../../support/readings.js';
import { until } from '../../support/until.js';
import { historyContract } from './suite.js';

const NEVER = new AbortController().signal;
const NOW = Math.floor(Date.now() / HOUR) * HOUR;
const q = { site: 'les-tilleuls', resident: 'r-001', metric: 'heart_rate', from: NOW - DAY, to: NOW + DAY } as const;
let influxd: Influxd;
beforeAll(async () => void (influxd = await startInfluxd()));
afterAll(() => influxd?.close());

for (const gzip of [false, true])
  historyContract(`InfluxDB, ${gzip ? 'compressed' : 'plain'}`, async () => {
    const history = await openInfluxHistory({ url: influxd.url, database: `contract-${String(gzip)}`, gzip });
    return { history, end: () => history.close() };
  });

describe('the InfluxDB history', () => {
  let database: string;
  let count = 0;
  const open: History[] = [];
  const openAt = async (options: Partial<InfluxOptions> = {}): Promise<History> => {
    const history = await openInfluxHistory({ url: influxd.url, database, ...options });
    open.push(history);
    return history;
  };
  beforeEach(() => void (database = `db-${(count += 1)}`));
  afterAll(async () => {
    for (const history of open) await history.close();
  });
  const many = (n: number, parts: Parameters<typeof aReading>[0] = {}) =>
    Array.from({ length: n }, (_, i) => aReading({ time: NOW - i * 1_000, value: 50 + (i % 60), ...parts }));
  const stored = async (history: History): Promise<number> =>
    (await history.aggregate({ ...q, resolution: '1d' })).reduce((sum, point) => sum + point.count, 0);
  /** A point that fixes `value` as text in the shard of today, as a stranger's write would. */
  const poison = async (device: string, value: string): Promise<void> => {
    const line = `reading,device=${device},metric=heart_rate,resident=r-001,site=les-tilleuls value=${value} ${NOW}`;
    await fetch(`${influxd.url}/write?db=${database}&precision=ms`, { method: 'POST', body: line });
  };

  it('creates the database and its retention policy, and leaves an existing policy alone', async () => {
    const policies = async () =>
      (await influxd.query(`SHOW RETENTION POLICIES ON "${database}"`)).results[0]?.series?.[0]?.values;
    await (await openAt({ retention: 90 * DAY })).write([aReading({ time: NOW })], NEVER);
    const created = ['vigie', '2160h0m0s', '24h0m0s', 1, true];
    expect(await policies()).toContainEqual(created);
    await (await openAt({ retention: 30 * DAY })).write([aReading({ time: NOW })], NEVER);
    expect(await policies()).toContainEqual(created);
  });

  it('tags with pseudonymous ids, numbers as floats and booleans as booleans', async () => {
    const history = await openAt();
    await history.write(
      [aReading({ time: NOW, value: 70 }), aReading({ time: NOW, metric: 'fall', value: true })],
      NEVER,
    );
    const tags = await influxd.query('SHOW TAG KEYS', database);
    expect(tags.results[0]?.series?.[0]?.values.flat()).toEqual(['device', 'metric', 'resident', 'site']);
    const fields = await influxd.query('SHOW FIELD KEYS', database);
    expect(
      fields.results[0]?.series?.map(({ name, values }) => [name, Object.fromEntries(values as [string, string][])]),
    ).toEqual([
      ['event', { late: 'boolean', quality: 'string', received: 'integer', value: 'boolean' }],
      ['reading', { late: 'boolean', quality: 'string', received: 'integer', value: 'float' }],
    ]);
  });

  it('writes no second point for an identifier that tries to start a new line', async () => {
    const history = await openAt();
    const evil = 'ox\nreading,device=forged value=1 1\n';
    await history.write([aReading({ time: NOW, device: evil, resident: `${evil}r` })], NEVER);
    const forged = await influxd.query(`SELECT count(value) FROM reading WHERE device = 'forged'`, database);
    expect(forged.results[0]?.series).toBeUndefined();
    const { points } = await history.raw({ ...q, resident: `${evil}r`, limit: 10 });
    expect(points).toMatchObject([{ value: 72, device: 'oxreading,device=forged value=1 1' }]);
  });

  it('refuses identifiers that InfluxDB cannot hold, and only those rows', async () => {
    const history = await openAt();
    const result = await history.write(
      [aReading({ time: NOW, device: 'ox\\' }), aReading({ time: NOW }), aReading({ time: NOW, site: '\n' })],
      NEVER,
    );
    expect(result.rejected).toEqual([0, 2].map((index) => ({ index, reason: 'history.invalid-tag' })));
    expect(await stored(history)).toBe(1);
  });

  it('finds the rows that conflict with a field type and stores all others', async () => {
    const history = await openAt();
    await history.check(NEVER);
    // A field's type is fixed per shard: today's shard takes text, the others still take numbers.
    await poison('stranger', '"text"');
    const old = many(40).map((reading, i) => ({ ...reading, time: NOW - 30 * DAY + i * 1_000 }));
    const bad = aReading({ time: NOW - 10 });
    const result = await history.write([...old.slice(0, 17), bad, ...old.slice(17)], NEVER);
    expect(result).toEqual({ rejected: [{ index: 17, reason: 'influx.type-conflict' }] });
    const points = await history.aggregate({ ...q, from: NOW - 31 * DAY, to: NOW - 29 * DAY, resolution: '1d' });
    expect(points.reduce((sum, point) => sum + point.count, 0)).toBe(40);
  });

  it('refuses points older than the retention policy, whoever notices first', async () => {
    const readings = [aReading({ time: NOW - 10 * DAY }), aReading({ time: NOW })];
    const rejected = [{ index: 0, reason: 'influx.beyond-retention' }];
    const history = await openAt({ retention: DAY });
    expect(await history.write(readings, NEVER)).toEqual({ rejected });
    const wrongClock = await openAt({ retention: DAY, now: () => NOW - 20 * DAY });
    expect(await wrongClock.write(readings, NEVER)).toEqual({ rejected });
    expect(await stored(history)).toBe(1);
  });

  it('creates the database again when somebody has dropped it', async () => {
    const history = await openAt();
    await history.write(many(10), NEVER);
    await influxd.query(`DROP DATABASE "${database}"`);
    expect(await history.write(many(10), NEVER)).toEqual({ rejected: [] });
    expect(await stored(history)).toBe(10);
  });

  it('creates the retention policy again when somebody has dropped it', async () => {
    const history = await openAt();
    await history.write(many(10), NEVER);
    await influxd.query(`DROP RETENTION POLICY "vigie" ON "${database}"`);
    expect(await history.write(many(10), NEVER)).toEqual({ rejected: [] });
    expect(await stored(history)).toBe(10);
  });

  it('opens without a server and keeps every row until it is there', async () => {
    await influxd.stop();
    const history = await openAt();
    expect(await history.write(many(3), NEVER)).toMatchObject({ rejected: [], retryFrom: 0 });
    await expect(history.check(NEVER)).rejects.toMatchObject({ code: 'history.unavailable' });
    await influxd.start();
    await expect(history.check(NEVER)).resolves.toBeUndefined();
    expect(await history.write(many(3), NEVER)).toEqual({ rejected: [] });
    expect(await stored(history)).toBe(3);
  });

  it('has every acknowledged point exactly once after influxd is killed and restarted during writes', async () => {
    const history = await openAt();
    const readings = many(30_000, {});
    let kept = 0;
    let restarted: Promise<void> | null = null;
    for (let at = 0; at < readings.length;) {
      const batch = readings.slice(at, at + 1_000);
      const writing = history.write(batch, NEVER);
      if (at === 10_000 && !restarted) {
        await influxd.kill();
        restarted = new Promise<void>((resolve) => setTimeout(resolve, 200)).then(() => influxd.start());
      }
      const result = await writing;
      expect(result.rejected).toEqual([]);
      if (result.retryFrom === undefined) at += batch.length;
      else {
        kept += 1;
        at += result.retryFrom;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    await restarted;
    expect(kept).toBeGreaterThan(0);
    await until('all points', async () => (await stored(history)) === 30_000);
  });
});
