import type { Alert, AlertEvent } from '../../../domain/alert.js';
import type { DeviceId, MessageKey, ResidentId, SiteId } from '../../../domain/ids.js';
import { type Reading, readingId } from '../../../domain/reading.js';
import type { IncomingMessage } from '../../../platform/store/inbox.js';

export const NOW = Date.UTC(2026, 10, 23, 8);

/** A reading of resident r-1 by device ox-1, with the id its content gives. */
export const aReading = (given: Partial<Reading> = {}): Reading => {
  const base = {
    site: 'tilleuls' as SiteId,
    resident: 'r-1' as ResidentId,
    room: null,
    device: 'ox-1' as DeviceId,
    metric: 'spo2' as const,
    value: 95,
    time: NOW,
    receivedAt: NOW,
    quality: 'good' as const,
    late: false,
    message: 'm-1' as MessageKey,
    ...given,
  };
  return { ...base, id: readingId(base), ...given };
};

export const aMessage = (given: Partial<IncomingMessage> = {}): IncomingMessage => ({
  site: 'tilleuls',
  identity: 'device:ox-1',
  topic: 'vigie/v1/tilleuls/ox-1/readings',
  payload: Buffer.from('{"readings":[]}'),
  retained: false,
  dup: false,
  lane: 1,
  receivedAt: NOW,
  ...given,
});

const state = { condition: 'active', signal: 'on', workflow: 'open' } as const;

/** An open alert after its first event. */
export const anAlert = (given: Partial<Alert> = {}): Alert => ({
  ...state,
  id: 'a-1',
  episode: 'tilleuls/resident:r-1/spo2-low/spo2/low',
  site: 'tilleuls',
  resident: 'r-1',
  room: '101',
  device: 'ox-1',
  rule: 'spo2-low',
  metric: 'spo2',
  direction: 'low',
  priority: 'high',
  category: 'clinical',
  message: { fr: 'SpO₂ 87 % < 90 %', en: 'SpO₂ 87 % < 90 %' },
  evidence: [],
  owner: null,
  snoozedUntil: null,
  escalationLevel: 0,
  startedAt: NOW,
  endedAt: null,
  closedAt: null,
  outcome: null,
  note: null,
  version: 1,
  ...given,
});

export const anEvent = (given: Partial<AlertEvent> = {}): AlertEvent => ({
  alert: 'a-1',
  site: 'tilleuls',
  at: NOW,
  kind: 'raised',
  actor: { kind: 'rule', id: 'spo2-low' },
  reason: null,
  from: null,
  to: state,
  idempotencyKey: `${given.alert ?? 'a-1'}/raised`,
  ...given,
});
