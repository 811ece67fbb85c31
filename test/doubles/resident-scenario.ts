/** The past of a resident as the server would tell it: curves with a gap and late points, limits, devices, alerts. */
import { isMetric, metricDefinition } from '../../domain/metrics.js';
import { DAY, HOUR, type Millis, MINUTE, toIso } from '../../domain/time.js';
import type { AlertView, ThresholdsView } from '../../web/protocol.js';
import { alertsAt, RESIDENTS, vitalsAt } from './desk-scenario.js';

const BY_HAND = new Set(['systolic_bp', 'diastolic_bp', 'body_temperature']);
const SWING: Record<string, number> = { spo2: 0.8, body_temperature: 0.25, respiratory_rate: 1.2 };
const EVERY: Millis = 5 * MINUTE;

/** The sensor was off for two hours, eleven hours ago. */
const GAP = { from: 12 * HOUR, to: 9 * HOUR + 50 * MINUTE };

const deviceOf = (metric: string): string =>
  metric === 'respiratory_rate' ? 'bm-0207' : BY_HAND.has(metric) ? 'kit-3' : 'ox-0412';

interface Sample {
  readonly at: number;
  readonly value: number;
  readonly late: boolean;
}

const samplesOf = (metric: string, resident: string, from: number, to: number, now: number): Sample[] => {
  const reading = vitalsAt(now)
    .find((one) => one.resident === resident)
    ?.readings.find((one) => one.metric === metric);
  if (typeof reading?.value !== 'number') return [];
  const { value: last } = reading;
  const flagged = alertsAt(now).some((alert) => alert.resident?.id === resident && alert.metric === metric);
  const base = !flagged ? last : metric === 'spo2' ? 94 : last * 0.84;
  const end = Date.parse(reading.time);
  const every = BY_HAND.has(metric) ? 6 * HOUR : EVERY;
  const samples: Sample[] = [];
  for (let index = 0; end - index * every >= from; index += 1) {
    const at = end - index * every;
    const age = now - at;
    if (at > to || (every === EVERY && age < GAP.from && age > GAP.to)) continue;
    const swing = SWING[metric] ?? 5;
    const drift = Math.sin(index / 9 + last) * swing + Math.sin(index * 2.1) * swing * 0.35;
    const value = flagged && index < 2 ? last : base + drift;
    const { decimals } = metricDefinition(isMetric(metric) ? metric : 'spo2');
    const late = every === EVERY && age > 4 * HOUR + 30 * MINUTE && age < 5 * HOUR;
    samples.push({ at, value: Number(value.toFixed(decimals)), late });
  }
  return samples.reverse();
};

/** The answer of `GET /residents/{id}/readings`. */
export const readingsAnswer = (resident: string, query: URLSearchParams, now: number): object => {
  const metric = query.get('metric') ?? '';
  const to = Date.parse(query.get('to') ?? toIso(now));
  const from = Date.parse(query.get('from') ?? toIso(to - DAY));
  const resolution = query.get('resolution') ?? 'raw';
  const samples = samplesOf(metric, resident, from, to, now);
  if (resolution === 'raw') {
    const { unit } = metricDefinition(isMetric(metric) ? metric : 'spo2');
    const points = samples.map(({ at, value, late }) => ({
      time: toIso(at),
      value,
      unit,
      quality: 'good',
      device: deviceOf(metric),
      late,
    }));
    return { points, next: null };
  }
  const window = resolution === '1d' ? DAY : resolution === '1h' ? HOUR : resolution === '5m' ? EVERY : MINUTE;
  const windows = new Map<number, number[]>();
  for (const { at, value } of samples) {
    const start = Math.floor(at / window) * window;
    windows.set(start, [...(windows.get(start) ?? []), value]);
  }
  const points = [...windows].map(([start, values]) => ({
    time: toIso(start),
    min: Math.min(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    max: Math.max(...values),
    count: values.length,
  }));
  return { points };
};

type Four = readonly [criticalLow: number | null, low: number | null, high: number | null, criticalHigh: number | null];
type Origin = 'default' | 'site' | 'resident';

const limits = (unit: string, [criticalLow, low, high, criticalHigh]: Four, origin: Origin = 'default') => ({
  unit,
  criticalLow: { value: criticalLow, origin },
  low: { value: low, origin },
  high: { value: high, origin },
  criticalHigh: { value: criticalHigh, origin },
});

export const THRESHOLDS: ThresholdsView = {
  metrics: {
    spo2: limits('%', [90, 92, null, null], 'resident'),
    pulse_rate: limits('/min', [41, 50, 110, 130]),
    heart_rate: limits('/min', [41, 50, 110, 130]),
    respiratory_rate: limits('/min', [9, null, 20, 24]),
    systolic_bp: { ...limits('mm[Hg]', [91, 101, 160, 180]), high: { value: 160, origin: 'site' } },
    body_temperature: limits('Cel', [35, null, 37.8, 39]),
  },
};

/** Devices of a resident's site; four of them are theirs. */
export const devicesFor = (resident: string, now: number): readonly object[] => {
  const assignedTo = { resident, room: null, since: toIso(now - 57 * DAY) };
  const device = (id: string, model: string, cadenceSeconds: number | null) => ({
    id,
    site: 'les-mirabelles',
    model,
    identifiers: [],
    cadenceSeconds,
    state: 'active',
    stateSince: null,
    config: {},
    keys: [],
    assignedTo,
    status: null,
  });
  return [
    device('ox-0412', 'Oxymètre de doigt', 300),
    device('bm-0207', 'Tapis de lit', 300),
    device('kit-3', 'Kit partagé n° 3', null),
    device('sos-0112', 'Bouton d’appel', null),
  ];
};

/** What happened to a resident and is over. */
export const closedAlerts = (resident: string, now: number): AlertView[] => {
  const model = alertsAt(now).find(({ id }) => id === 'a18');
  const person = RESIDENTS.find(({ id }) => id === resident);
  if (!model || !person) return [];
  const { id, family, given, room, unit } = person;
  const shared = {
    ...model,
    resident: { id, family, given, room, unit },
    room,
    workflow: 'closed',
    signal: 'off',
  } as const;
  const start = now - 8 * HOUR;
  return [
    {
      ...shared,
      id: `old-${resident}`,
      metric: 'spo2',
      direction: 'low',
      condition: 'ended',
      message: { fr: 'SpO₂ 91 % < 92 %', en: 'SpO₂ 91% < 92%' },
      startedAt: toIso(start),
      endedAt: toIso(start + 10 * MINUTE),
      closedAt: toIso(start + 17 * MINUTE),
      outcome: 'checked_normal',
      note: 'doigt froid, capteur replacé',
      owner: { username: 'ines', name: 'Inès Rossignol', since: toIso(start + 2 * MINUTE) },
    },
    {
      ...shared,
      id: `off-${resident}`,
      category: 'technical',
      metric: 'spo2',
      direction: 'event',
      condition: 'ended',
      message: { fr: 'capteur muet', en: 'silent sensor' },
      startedAt: toIso(now - 11 * HOUR - 45 * MINUTE),
      endedAt: toIso(now - GAP.to),
      closedAt: toIso(now - GAP.to),
      outcome: 'self_resolved',
      owner: null,
    },
  ];
};
