import { describe, expect, it } from '@jest/globals';
import { METRIC_NAMES, metricDefinition } from '../../../domain/metrics.js';
import { HOUR } from '../../../domain/time.js';
import type { DecodedMessage, DecodedValue } from '../../../gateway/codecs/codec.js';
import { normalise } from '../../../gateway/normalise.js';

const receivedAt = Date.parse('2026-11-23T08:00:00Z');
const run = (message: DecodedMessage, { retained = false, timezone = 'Europe/Paris', config = {} } = {}) =>
  normalise({
    message,
    input: { topic: 't', payload: new Uint8Array(), retained, receivedAt, config },
    timezone,
  });
const one = (value: DecodedValue, options?: Parameters<typeof run>[1]) => run({ values: [value] }, options);
const at = (epoch: number): Pick<DecodedValue, 'time'> => ({ time: { kind: 'instant', epoch } });
const spo2: DecodedValue = { metric: 'spo2', value: 91, unit: '%' };

describe('a value', () => {
  it('takes the reception time when it has none', () => {
    expect(one(spo2)).toEqual({
      values: [
        {
          metric: 'spo2',
          value: 91,
          time: receivedAt,
          quality: 'good',
          suspect: false,
          late: false,
          timeFrom: 'reception',
          clockReplaced: false,
        },
      ],
      dropped: [],
    });
  });

  it('keeps its own time, and is late beyond an hour', () => {
    for (const [age, late] of [
      [HOUR, false],
      [HOUR + 1, true],
      [-60_000, false],
    ] as const)
      expect(one({ ...spo2, ...at(receivedAt - age) }).values).toMatchObject([
        { time: receivedAt - age, late, timeFrom: 'device', clockReplaced: false },
      ]);
  });

  it('of a device whose clock is wrong takes the reception time and says so', () => {
    for (const epoch of [0, NaN, receivedAt + HOUR])
      expect(one({ ...spo2, ...at(epoch) }).values).toMatchObject([
        { time: receivedAt, late: false, timeFrom: 'reception', clockReplaced: true },
      ]);
  });

  it('reads its wall clock in the zone of the device before that of the site', () => {
    const local = { year: 2026, month: 11, day: 23, hour: 8, minute: 0, second: 0 };
    const value: DecodedValue = { ...spo2, time: { kind: 'local', local } };
    expect(one(value).values[0]?.time).toBe(Date.parse('2026-11-23T07:00:00Z'));
    expect(one(value, { config: { timezone: 'UTC' } }).values[0]?.time).toBe(receivedAt);
  });

  it('is converted and not rounded', () => {
    expect(one({ metric: 'systolic_bp', value: 18.9, unit: 'kPa' }).values[0]?.value).toBe(18.9 * 7.500616827);
  });

  it('in a unit of another dimension is dropped', () => {
    expect(one({ ...spo2, unit: 'Cel' }).dropped).toMatchObject([{ metric: 'spo2', reason: 'unit_mismatch' }]);
    expect(one({ metric: 'fall', value: true, unit: '%' }).dropped).toMatchObject([{ reason: 'unit_mismatch' }]);
  });

  it('of the wrong kind is dropped', () => {
    expect(one({ metric: 'fall', value: 1, unit: '1' }).dropped).toMatchObject([{ reason: 'invalid_value' }]);
    expect(one({ ...spo2, value: true }).dropped).toMatchObject([{ reason: 'invalid_value' }]);
    expect(one({ ...spo2, value: NaN }).dropped).toMatchObject([{ reason: 'out_of_limits' }]);
  });

  it('keeps the quality its frame gives it, and is suspect outside the plausible range', () => {
    expect(one({ ...spo2, quality: 'questionable' }).values).toMatchObject([
      { quality: 'questionable', suspect: false },
    ]);
    expect(one({ ...spo2, value: 65 }).values).toMatchObject([{ quality: 'good', suspect: true }]);
  });

  it('that drops does not take the others of its message along', () => {
    const { values, dropped } = run({
      values: [
        { ...spo2, value: 20 },
        { metric: 'sos', value: true, unit: '1' },
      ],
      rejected: [{ metric: 'aura', reason: 'unknown_metric', detail: 'unknown metric "aura"' }],
    });
    expect(values).toMatchObject([{ metric: 'sos', value: true }]);
    expect(dropped.map(({ reason }) => reason)).toEqual(['unknown_metric', 'out_of_limits']);
  });
});

describe('the hard limits', () => {
  const numeric = METRIC_NAMES.flatMap((metric) => {
    const definition = metricDefinition(metric);
    return definition.kind === 'number' ? [{ metric, ...definition }] : [];
  });
  it.each(numeric.map((row) => [row.metric, row] as const))('of %s are included, and nothing beyond', (_name, row) => {
    const [low, high] = row.limits;
    const kept = (value: number) => one({ metric: row.metric, value, unit: row.unit }).values.length === 1;
    expect([low, high].map(kept)).toEqual([true, true]);
    expect([low - 0.001, high + 0.001].map(kept)).toEqual([false, false]);
  });
  it('say which metric and which limits, and not the value', () => {
    const [dropped] = one({ ...spo2, value: 12.34 }).dropped;
    expect(dropped).toEqual({ metric: 'spo2', reason: 'out_of_limits', detail: 'spo2: outside 50–100 %' });
  });
});

describe('a retained message', () => {
  const retained = { retained: true };
  it('without a time of its own gives no reading', () => {
    expect(one({ metric: 'sos', value: true, unit: '1' }, retained)).toMatchObject({
      values: [],
      dropped: [{ metric: 'sos', reason: 'retained' }],
    });
  });
  it('with a time that cannot be used gives no reading either', () => {
    expect(one({ ...spo2, ...at(0) }, retained).values).toEqual([]);
  });
  it('with its own time is a reading', () => {
    expect(one({ ...spo2, ...at(receivedAt - 1000) }, retained).values).toHaveLength(1);
  });
  it('about availability is current', () => {
    const message: DecodedMessage = {
      values: [{ metric: 'device_online', value: false, unit: '1' }],
      retainedIsCurrent: true,
    };
    expect(run(message, retained).values).toHaveLength(1);
  });
});

it('a pulse that is not irregular is no finding', () => {
  expect(one({ metric: 'irregular_pulse', value: false, unit: '1' })).toEqual({ values: [], dropped: [] });
});
