import { describe, expect, it } from '@jest/globals';
import { METRIC_NAMES } from '../../../domain/metrics.js';
import { SECOND } from '../../../domain/time.js';
import type { Example } from '../../../gateway/alerts/rule.js';
import { createWorld, reading, RULE_FILES, RULES, START } from './support.js';

const run = (name: string, { timeline, settings, until }: Example) => {
  const rule = RULES.find((known) => known.name === name)!;
  const world = createWorld([rule], () => settings);
  world.tick(0);
  for (const { at, metric, value, questionable } of timeline)
    world.feed([reading(at, metric, value, questionable ? { quality: 'questionable' } : {})]);
  if (until !== undefined) world.tick(until);
  return world.alerts().map((alert) => ({
    priority: alert.priority,
    condition: alert.condition,
    workflow: alert.workflow,
    message: alert.message.fr,
    startsAt: (alert.startedAt - START) / SECOND,
    endsAt: alert.endedAt === null ? null : (alert.endedAt - START) / SECOND,
  }));
};

describe.each(Object.entries(RULE_FILES))('the rule %s', (name, { rule, examples }) => {
  it('is named as its file and wants metrics of the table', () => {
    expect(rule.name).toBe(name);
    expect(rule.metrics.length).toBeGreaterThan(0);
    for (const metric of rule.metrics) expect(METRIC_NAMES).toContain(metric);
  });

  it('has defaults for every parameter', () => {
    expect(rule.params.safeParse({}).success).toBe(true);
  });

  it.each(examples.map((example) => [example.name, example] as const))('%s', (_name, example) => {
    expect(run(name, example)).toEqual(example.alerts);
  });
});
