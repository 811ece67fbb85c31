import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DAY, MINUTE, toIso } from '../../../domain/time.js';
import { previewThresholds } from '../../../gateway/alerts/preview.js';
import { createRuleSettings } from '../../../gateway/rule-settings.js';
import { backtestPreviewSchema, thresholdsSchema } from '../../../web/protocol.js';
import { aReading } from '../../support/readings.js';
import { startWorld, type Client, type World } from './world.js';

let world: World;
let lea: Client;
let ines: Client;
let karim: Client;
let clock = Date.now();
const PATH = '/api/v1/residents/r-a1/thresholds';

beforeAll(async () => {
  world = await startWorld({ preview: previewThresholds, now: () => clock });
  [lea, ines, karim] = await Promise.all([world.signIn('lea'), world.signIn('ines'), world.signIn('karim')]);
});
afterAll(async () => {
  await world.close();
});

const change = (metrics: unknown, over: object = {}) => ({
  metrics,
  prescriber: 'Dr Hirondelle',
  reason: 'BPCO connue',
  reviewDate: toIso(clock + 30 * DAY),
  ...over,
});
const put = (metrics: unknown, over: object = {}) => lea.call('PUT', PATH, change(metrics, over));
/** What the rules would run on. */
const inForce = async () =>
  (await createRuleSettings(['threshold'], () => clock).current(world.store.db))('threshold', 'site-a', 'r-a1');

describe('limits of a resident', () => {
  it('are changed with author, prescriber, reason and review date, and each change is kept', async () => {
    const { status, body } = await put({ spo2: { low: 91 } });
    expect(status).toBe(200);
    const view = thresholdsSchema.parse(body);
    expect(view.metrics.spo2?.low).toEqual({ value: 91, origin: 'resident' });
    expect(view.versions).toMatchObject([
      { state: 'active', author: 'lea', prescriber: 'Dr Hirondelle', reason: 'BPCO connue', end: null },
    ]);
    expect(await inForce()).toEqual({ spo2: { low: 91 } });
  });

  it('that are unsafe wait for a second person and change nothing until then', async () => {
    const { body } = await put({ spo2: { criticalLow: 80, low: 84 } });
    const view = thresholdsSchema.parse(body);
    expect(view.unsafe).toEqual([{ metric: 'spo2', limit: 'criticalLow', value: 80, floor: 85 }]);
    expect(view.metrics.spo2?.criticalLow.value).toBe(90);
    expect(await inForce()).toEqual({ spo2: { low: 91 } });
    const waiting = view.versions![0]!;
    expect(waiting.state).toBe('awaiting_approval');

    const approve = `${PATH}/${waiting.id}/approve`;
    expect((await lea.post(approve)).body.code).toBe('thresholds.second_person');
    expect((await karim.post(approve)).status).toBe(403);
    const agreed = thresholdsSchema.parse((await ines.post(approve)).body);
    expect(agreed.metrics.spo2?.criticalLow).toEqual({ value: 80, origin: 'resident' });
    expect(agreed.versions![0]).toMatchObject({ state: 'active', author: 'lea', approvedBy: 'ines' });
    expect((await ines.post(approve)).body.code).toBe('thresholds.not_waiting');
  });

  it('that end give way to the ones before, by the clock', async () => {
    await put({ spo2: { low: 93 } });
    await put({ spo2: { low: 92 } }, { end: toIso(clock + 30 * MINUTE) });
    expect(await inForce()).toEqual({ spo2: { low: 92 } });
    clock += 30 * MINUTE;
    expect(await inForce()).toEqual({ spo2: { low: 93 } });
  });

  it.each([
    ['limits that cross', { spo2: { low: 85, criticalLow: 90 } }, {}, 422, 'thresholds.crossed'],
    ['an end in the past', { spo2: { low: 91 } }, { end: '2020-01-01T00:00:00.000Z' }, 422, 'thresholds.dates'],
    ['no reason', { spo2: { low: 91 } }, { reason: ' ' }, 400, 'body.invalid'],
    ['an unknown metric', { mood: { low: 1 } }, {}, 400, 'body.invalid'],
  ])('are refused with %s', async (_name, metrics, over, status, code) => {
    const answer = await put(metrics, over);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('are not an aide’s to change, and another site’s resident does not exist', async () => {
    expect((await karim.call('PUT', PATH, change({}))).status).toBe(403);
    expect((await lea.call('PUT', '/api/v1/residents/r-b1/thresholds', change({}))).status).toBe(404);
  });
});

describe('a preview', () => {
  it('says how many alerts these limits would have given in 14 days, beside those of today', async () => {
    const start = clock - 2 * DAY;
    const values = [0, 1, 2].flatMap((hour) =>
      Array.from({ length: 20 }, (_, i) => [start + (hour * 60 + i) * MINUTE, i < 10 ? 91 : 97] as const),
    );
    const readings = values.map(([time, value]) =>
      aReading({ site: 'site-a', resident: 'r-a2', device: 'ox-a2', metric: 'spo2', value, time }),
    );
    await world.history.write(readings, new AbortController().signal);
    const { status, body } = await lea.post('/api/v1/residents/r-a2/backtest', { metrics: { spo2: { low: 90 } } });
    expect(status).toBe(200);
    expect(backtestPreviewSchema.parse(body)).toMatchObject({ alerts: 0, current: 3, readings: 60, complete: true });
  });
});
