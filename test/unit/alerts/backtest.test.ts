import { describe, expect, it } from '@jest/globals';
import { backtest, backtestSettingsSchema } from '../../../gateway/alerts/backtest.js';
import { readFileSync, existsSync } from 'node:fs';
import { RULE_FILES, RULES } from './support.js';

const at = (seconds: number) => new Date(Date.parse('2026-11-23T08:00:00Z') + seconds * 1_000).toISOString();
const line = (seconds: number, metric: string, value: unknown, over: object = {}) =>
  JSON.stringify({ resident: 'r-001', metric, value, unit: metric === 'spo2' ? '%' : '1', time: at(seconds), ...over });
const low = [0, 5, 10].map((seconds) => line(seconds, 'spo2', 88));

describe('a back-test', () => {
  it('gives one line per alert with its last state', () => {
    const recovery = [20, 50, 80, 110].map((seconds) => line(seconds, 'spo2', 97));
    expect(backtest(RULES, [...low, line(12, 'fall', true), '', ...recovery])).toEqual([
      {
        rule: 'threshold',
        resident: 'r-001',
        priority: 'high',
        category: 'clinical',
        startsAt: at(0),
        endsAt: at(80),
        condition: 'ended',
        message: 'SpO₂ 88\u202f% < 90\u202f%',
      },
      {
        rule: 'fall',
        resident: 'r-001',
        priority: 'high',
        category: 'safety',
        startsAt: at(12),
        endsAt: null,
        condition: 'active',
        message: 'Chute détectée',
      },
    ]);
  });

  it('counts a repeated reading once and lets no late one ring', () => {
    expect(backtest(RULES, [low[0]!, low[0]!, low[0]!, low[0]!])).toEqual([]);
    expect(backtest(RULES, [line(0, 'sos', true, { receivedAt: at(3_601) })])).toEqual([]);
    expect(backtest(RULES, [line(0, 'sos', true, { receivedAt: at(3_599) })])).toHaveLength(1);
  });

  it('leaves out a first outlier that was not confirmed, and has ticks for the one nobody measured again', () => {
    const fever = line(0, 'body_temperature', 38.2, { unit: 'Cel' });
    const normal = line(600, 'body_temperature', 37, { unit: 'Cel' });
    expect(backtest(RULES, [fever, normal])).toEqual([]);
    expect(backtest(RULES, [fever, JSON.stringify({ tick: at(1_200) })])).toMatchObject([{ condition: 'active' }]);
  });

  it('names the device when there is no resident', () => {
    const alone = JSON.stringify({ device: 'btn-1', metric: 'sos', value: true, unit: '1', time: at(0) });
    expect(backtest(RULES, [alone])).toMatchObject([{ device: 'btn-1' }]);
  });

  it('follows the given settings and the prescribed SpO2 scale', () => {
    const settings = (value: object) => backtestSettingsSchema.parse(value);
    expect(backtest(RULES, low, settings({ residents: { 'r-001': { spo2Scale: 2 } } }))).toEqual([]);
    expect(
      backtest(RULES, low, settings({ rules: { threshold: { default: { spo2: { criticalLow: 85 } } } } })),
    ).toMatchObject([{ priority: 'medium', message: 'SpO₂ 88\u202f% < 92\u202f%' }]);
  });

  it.each([
    ['not JSON', 'nonsense'],
    ['an unknown metric', line(0, 'mood', 3)],
    ['another unit', line(0, 'glucose', 0.5, { unit: 'g/L' })],
    ['a number for an event', line(0, 'fall', 1)],
    ['nobody', JSON.stringify({ metric: 'spo2', value: 88, unit: '%', time: at(0) })],
  ])('refuses %s and says which line', (_name, bad) => {
    expect(() => backtest(RULES, [...low, bad])).toThrow(/^line 4: /);
  });
});

const timelines = new URL('../../fixtures/timelines/', import.meta.url);
const read = (name: string): string[] =>
  readFileSync(new URL(name, timelines), 'utf8')
    .split('\n')
    .filter((text) => text !== '');

describe('the example timelines', () => {
  it.each(Object.keys(RULE_FILES))('of %s give what the rule says, with all rules at work', (rule) => {
    const file = new URL(`${rule}.settings.json`, timelines);
    const settings = backtestSettingsSchema.parse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});
    const alerts = backtest(RULES, read(`${rule}.ndjson`), settings);
    expect(alerts).toEqual(read(`${rule}.expected.ndjson`).map((text) => JSON.parse(text) as unknown));
    expect(alerts.map((alert) => alert.rule)).toContain(rule);
  });
});
