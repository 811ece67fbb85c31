import { z } from 'zod';
import { crossingText } from '../../../domain/text.js';
import type { Metric } from '../../../domain/metrics.js';
import {
  isThresholdMetric,
  readThresholdSettings,
  THRESHOLD_METRICS,
  withDefaults,
  type MetricThresholds,
  type Thresholds,
} from '../../../domain/thresholds.js';
import type { Evidence } from '../../../domain/alert.js';
import type { Example, ExampleReading, Finding, Phase, Rule, RuleOutput } from '../rule.js';
import { criticalLimit, limitCrossed, outerLimit, stepSide, type Side, type SideName } from '../threshold-side.js';

/** One entry per side that is not normal; undefined when both are. */
type Memory = Readonly<Partial<Record<SideName, Side>>>;

const SIDES = ['low', 'high'] as const;
const NOTHING: RuleOutput<Memory> = { memory: undefined, findings: [] };

const trail = ({ first, worst, last }: Side): Evidence[] => [
  ...new Map([first, worst, last].map((evidence) => [evidence.reading, evidence])).values(),
];

const findingOf = (metric: Metric, limits: MetricThresholds, name: SideName, side: Side, phase: Phase): Finding => {
  const worst = Number(side.worst.value);
  const critical = side.priority === 'high' ? criticalLimit(limits, name) : null;
  const limit = critical ?? outerLimit(limits, name) ?? side.worst.limit ?? worst;
  return {
    direction: name,
    metric,
    phase,
    priority: side.priority,
    category: 'clinical',
    message: crossingText(metric, worst, limit),
    evidence: trail(side),
    isolated: limits.spot,
  };
};

/**
 * A measured value beyond the resident's limits (domain/thresholds.ts): believed after N readings in a row or T seconds,
 * over after a margin and a hold. An oscillation around a limit stays inside the margin and is one alert.
 */
export const rule: Rule<Thresholds, Memory> = {
  name: 'threshold',
  version: 1,
  metrics: THRESHOLD_METRICS,
  retrospective: true,
  params: z.unknown().transform((raw) => withDefaults(readThresholdSettings(raw))),
  evaluate({ reading, params, memory }) {
    const { metric, value } = reading;
    if (typeof value !== 'number' || !isThresholdMetric(metric)) return NOTHING;
    const limits = params[metric];
    if (!memory && limitCrossed(limits, 'low', value) === null && limitCrossed(limits, 'high', value) === null)
      return NOTHING;

    const findings: Finding[] = [];
    const next: Partial<Record<SideName, Side>> = {};
    let changed = false;
    for (const name of SIDES) {
      const was = memory?.[name];
      const step = stepSide(limits, name, was, { reading, value });
      if (step.next) next[name] = step.next;
      changed ||= step.next !== was;
      const about = step.next ?? was;
      if (step.phase && about) findings.push(findingOf(metric, limits, name, about, step.phase));
    }
    if (!changed) return { memory, findings };
    return { memory: next.low || next.high ? next : undefined, findings };
  },
};

const every = (seconds: number, metric: Metric, values: readonly number[]): ExampleReading[] =>
  values.map((value, index) => ({ at: index * seconds, metric, value }));
const LOW_SPO2 = 'SpO₂ 87\u202f% < 90\u202f%';

export const examples: readonly Example[] = [
  {
    name: 'believes a low SpO2 after three readings in a row',
    timeline: every(5, 'spo2', [96, 88, 87, 88]),
    alerts: [{ priority: 'high', condition: 'active', workflow: 'open', message: LOW_SPO2, startsAt: 5, endsAt: null }],
  },
  {
    name: 'believes it after a minute when readings are rare',
    timeline: every(60, 'spo2', [96, 87, 87]),
    alerts: [
      { priority: 'high', condition: 'active', workflow: 'open', message: LOW_SPO2, startsAt: 60, endsAt: null },
    ],
  },
  { name: 'does not believe one artefact', timeline: every(5, 'spo2', [96, 71, 96, 96, 71, 96]), alerts: [] },
  {
    name: 'closes by itself what was not critical, after the hold',
    timeline: every(30, 'pulse_rate', [80, 118, 119, 117, 100, 99, 98]),
    alerts: [
      {
        priority: 'medium',
        condition: 'ended',
        workflow: 'closed',
        message: 'Pouls 119 > 110\u00a0/min',
        startsAt: 30,
        endsAt: 180,
      },
    ],
  },
  {
    name: 'keeps a critical alert for somebody after it ended',
    timeline: every(30, 'spo2', [87, 88, 88, 95, 96, 97]),
    alerts: [{ priority: 'high', condition: 'ended', workflow: 'open', message: LOW_SPO2, startsAt: 0, endsAt: 150 }],
  },
  {
    name: 'rises from « à voir » to critical',
    timeline: every(30, 'spo2', [91, 91, 91, 89, 87, 88]),
    alerts: [{ priority: 'high', condition: 'active', workflow: 'open', message: LOW_SPO2, startsAt: 0, endsAt: null }],
  },
  {
    name: 'asks for a second measurement of a first fever and forgets it when that is normal',
    timeline: every(600, 'body_temperature', [38.2, 37.4]),
    alerts: [
      {
        priority: 'medium',
        condition: 'ended',
        workflow: 'closed',
        message: 'Température 38,2 > 37,8\u00a0°C',
        startsAt: 0,
        endsAt: 600,
      },
    ],
  },
  {
    name: 'rings at once for a severe hypoglycaemia measured by hand',
    timeline: [{ at: 0, metric: 'glucose', value: 48 }],
    alerts: [
      {
        priority: 'high',
        condition: 'active',
        workflow: 'open',
        message: 'Glycémie 48 < 54\u00a0mg/dL',
        startsAt: 0,
        endsAt: null,
      },
    ],
  },
  {
    name: 'is slower, not silent, when every reading is doubtful',
    timeline: [0, 5, 10, 15, 20, 25].map((at) => ({ at, metric: 'spo2', value: 65, questionable: true })),
    alerts: [
      {
        priority: 'high',
        condition: 'active',
        workflow: 'open',
        message: 'SpO₂ 65\u202f% < 90\u202f%',
        startsAt: 0,
        endsAt: null,
      },
    ],
  },
  {
    name: 'follows the limits of the resident',
    settings: { spo2: { criticalLow: 84, low: 88 } },
    timeline: every(30, 'spo2', [89, 88, 90, 89]),
    alerts: [],
  },
];
