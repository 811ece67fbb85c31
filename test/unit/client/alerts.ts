import type { AlertView, LatestReading, ResidentView } from '../../../web/protocol.js';

const NOW = Date.parse('2026-03-10T13:02:47.000Z');
export const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
export { NOW };

/** An open critical alert of room 12, changed by what is given. */
export const alert = (id: string, changes: Partial<AlertView> = {}): AlertView => ({
  id,
  site: 'les-mirabelles',
  resident: { id: `r-${id}`, family: 'Dahlia', given: 'Rose', room: '12', unit: 'rdj' },
  room: '12',
  device: null,
  rule: 'threshold',
  metric: 'spo2',
  direction: 'low',
  priority: 'high',
  category: 'clinical',
  condition: 'active',
  signal: 'on',
  workflow: 'open',
  owner: null,
  snoozedUntil: null,
  escalation: { level: 0, nextStepAt: null },
  message: { fr: 'SpO₂ 87 % < 90 %', en: 'SpO₂ 87% < 90%' },
  evidence: [{ reading: 'rd', metric: 'spo2', value: 87, limit: 90, time: at(-40) }],
  startedAt: at(-360),
  endedAt: null,
  closedAt: null,
  outcome: null,
  note: null,
  version: 1,
  ...changes,
});

export const reading = (metric: LatestReading['metric'], value: number, time: string): LatestReading => ({
  metric,
  value,
  unit: '%',
  time,
  receivedAt: time,
  quality: 'good',
  stale: false,
  staleAt: at(600),
});

export const resident = (id: string, changes: Partial<ResidentView> = {}): ResidentView => ({
  id,
  site: 'les-mirabelles',
  unit: 'rdj',
  room: '12',
  family: 'Dahlia',
  given: 'Rose',
  birthDate: null,
  sex: 'female',
  spo2Scale: 1,
  ...changes,
});
