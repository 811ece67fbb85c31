import { describe, expect, it } from '@jest/globals';
import type { Alert } from '../../../domain/alert.js';
import {
  applyUserAction,
  LONGEST_SNOOZE_MINUTES,
  nextTimer,
  openAlert,
  TIMERS,
  transition,
  type UserAction,
} from '../../../domain/lifecycle.js';
import { MINUTE } from '../../../domain/time.js';

const NOW = Date.parse('2026-11-23T14:02:00Z');
const LEA = { username: 'lea', name: 'Léa M.' };
const INES = { username: 'ines', name: 'Inès R.' };
const rule = { kind: 'rule', id: 'threshold' } as const;

const born = (over: Partial<Alert> = {}): Alert => ({
  ...openAlert(
    {
      id: 'a1',
      episode: 's/resident:r/threshold/spo2/low',
      site: 's',
      resident: 'r',
      room: null,
      device: 'd',
      rule: 'threshold',
      metric: 'spo2',
      direction: 'low',
      priority: 'high',
      category: 'clinical',
      message: { fr: 'SpO₂ 87 % < 90 %', en: 'SpO₂ 87% < 90%' },
      evidence: [],
      startedAt: NOW,
    },
    'confirmed',
    { at: NOW, actor: rule },
  ).alert,
  ...over,
});

const act = (alert: Alert, action: UserAction, actor = LEA, now = NOW + MINUTE) =>
  applyUserAction(alert, action, { actor, now, idempotencyKey: 'tap-1' });
const done = (alert: Alert, action: UserAction, actor = LEA, now?: number): Alert => {
  const result = act(alert, action, actor, now);
  if ('refused' in result) throw new Error(result.refused.code);
  return result.alert;
};
const snooze = (minutes: number, reason = 'repas'): UserAction => ({ kind: 'snooze', minutes, reason });

describe('a claim', () => {
  it('names its owner, silences the alert and is recorded with who, from and to', () => {
    const result = act(born(), { kind: 'claim' });
    expect(result).toMatchObject({
      alert: { workflow: 'claimed', signal: 'ack', owner: { ...LEA, since: NOW + MINUTE }, version: 2 },
      event: {
        kind: 'claim',
        actor: { kind: 'user', id: 'lea', name: 'Léa M.' },
        from: { condition: 'active', signal: 'on', workflow: 'open' },
        to: { condition: 'active', signal: 'ack', workflow: 'claimed' },
        idempotencyKey: 'a1/lea/tap-1',
      },
    });
  });

  it('tells who was first', () => {
    const claimed = done(born(), { kind: 'claim' });
    expect(act(claimed, { kind: 'claim' }, INES)).toEqual({
      refused: { code: 'alert.already_claimed', owner: { ...LEA, since: NOW + MINUTE } },
    });
    expect(act(claimed, { kind: 'release' }, INES)).toMatchObject({ refused: { code: 'alert.not_owner' } });
  });

  it('expires after ten minutes when critical and an hour otherwise, and the chain starts again', () => {
    const claimed = { ...done(born(), { kind: 'claim' }), escalationLevel: 2 };
    expect(nextTimer(claimed)).toEqual({ kind: 'claim_expired', at: NOW + 11 * MINUTE });
    expect(nextTimer({ ...claimed, priority: 'medium' })).toEqual({ kind: 'claim_expired', at: NOW + 61 * MINUTE });
    expect(transition(claimed, 'claim_expired', { at: NOW + 11 * MINUTE, actor: rule })).toMatchObject({
      alert: { workflow: 'open', signal: 'on', owner: null, escalationLevel: 0 },
      event: { idempotencyKey: 'a1/3' },
    });
  });

  it('is renewed by its owner', () => {
    const claimed = done(born(), { kind: 'claim' });
    const renewed = done(claimed, { kind: 'claim' }, LEA, NOW + 9 * MINUTE);
    expect(nextTimer(renewed)?.at).toBe(NOW + 19 * MINUTE);
  });

  it('is given back by release, and the alert rings again', () => {
    const released = done(done(born(), { kind: 'claim' }), { kind: 'release' });
    expect(released).toMatchObject({ workflow: 'open', signal: 'on', owner: null });
  });
});

describe('a snooze', () => {
  it('has an author, a reason and an end', () => {
    const result = act(born(), snooze(30));
    expect(result).toMatchObject({
      alert: { workflow: 'snoozed', signal: 'ack', owner: LEA, snoozedUntil: NOW + 31 * MINUTE },
      event: { kind: 'snooze', reason: 'repas' },
    });
    if ('alert' in result) expect(nextTimer(result.alert)).toEqual({ kind: 'snooze_expired', at: NOW + 31 * MINUTE });
  });

  it.each([0, -5, LONGEST_SNOOZE_MINUTES + 1, Number.POSITIVE_INFINITY, Number.NaN])(
    'is never %d minutes',
    (minutes) => {
      expect(act(born(), snooze(minutes))).toMatchObject({ refused: { code: 'alert.snooze_out_of_bounds' } });
    },
  );

  it('needs a reason', () => {
    expect(act(born(), snooze(10, ' '))).toMatchObject({ refused: { code: 'alert.reason_required' } });
  });

  it('is not offered for a fall or an SOS', () => {
    expect(act(born({ category: 'safety' }), snooze(10))).toMatchObject({ refused: { code: 'alert.not_snoozable' } });
  });

  it('is cancelled by anybody', () => {
    const snoozed = done(born(), snooze(30));
    expect(done(snoozed, { kind: 'release' }, INES)).toMatchObject({
      workflow: 'open',
      signal: 'on',
      snoozedUntil: null,
    });
  });

  it('is broken by a higher priority, which starts the chain again', () => {
    const snoozed = { ...done(born({ priority: 'medium' }), snooze(30)), escalationLevel: 1 };
    expect(transition(snoozed, 'severity_rise', { at: NOW, actor: rule, priority: 'high' })).toMatchObject({
      alert: { workflow: 'open', signal: 'on', priority: 'high', owner: null, snoozedUntil: null, escalationLevel: 0 },
    });
  });
});

describe('a closing', () => {
  it('needs an outcome that a person can give', () => {
    expect(act(born(), { kind: 'close', outcome: undefined })).toEqual({ refused: { code: 'alert.outcome_required' } });
    expect(act(born(), { kind: 'close', outcome: 'self_resolved' })).toEqual({
      refused: { code: 'alert.outcome_required' },
    });
  });

  it('keeps outcome, note and time, and is final', () => {
    const closed = done(born(), { kind: 'close', outcome: 'care_given', note: 'oxygène remis' });
    expect(closed).toMatchObject({
      workflow: 'closed',
      signal: 'off',
      condition: 'active',
      outcome: 'care_given',
      note: 'oxygène remis',
      closedAt: NOW + MINUTE,
      endedAt: null,
    });
    expect(act(closed, { kind: 'claim' })).toMatchObject({ refused: { code: 'alert.closed' } });
    expect(act(closed, snooze(0))).toMatchObject({ refused: { code: 'alert.closed' } });
    expect(nextTimer(closed)).toBeNull();
  });

  it('happens by itself when a non-critical alert ends, even if somebody holds it', () => {
    const claimed = done(born({ priority: 'medium' }), { kind: 'claim' });
    expect(transition(claimed, 'ended', { at: NOW + 9, time: NOW + 5, actor: rule })).toMatchObject({
      alert: { workflow: 'closed', outcome: 'self_resolved', endedAt: NOW + 5, closedAt: NOW + 9, owner: LEA },
    });
  });

  it('of a critical alert is left to a person', () => {
    expect(transition(born(), 'ended', { at: NOW, actor: rule })).toMatchObject({
      alert: { condition: 'ended', signal: 'latched', workflow: 'open', outcome: null, closedAt: null },
    });
  });
});

describe('a call for help', () => {
  it('makes the next step due at once and leaves the owner', () => {
    const claimed = done(born(), { kind: 'claim' });
    expect(done(claimed, { kind: 'help' }, INES)).toMatchObject({
      escalationLevel: 0,
      nextStepAt: expect.any(Number),
      workflow: 'claimed',
      owner: LEA,
    });
  });
});

describe('the escalation', () => {
  const escalated = (alert: Alert, level: number, nextStepAt: number | null): Alert => {
    const result = transition(alert, 'escalated', { at: NOW, actor: rule, escalation: { level, nextStepAt } });
    if ('refused' in result) throw new Error(result.refused.code);
    return result.alert;
  };

  it('is one event with the level and the next step', () => {
    const told = escalated(born(), 1, NOW + 60_000);
    expect(told).toMatchObject({ escalationLevel: 1, nextStepAt: NOW + 60_000, version: 2, workflow: 'open' });
  });

  it('stops at a claim and starts again from the first step at a release', () => {
    const told = escalated(born(), 2, NOW + 60_000);
    const claimed = done(told, { kind: 'claim' });
    expect(claimed).toMatchObject({ escalationLevel: 2, nextStepAt: null });
    expect(done(claimed, { kind: 'release' })).toMatchObject({ escalationLevel: 0, nextStepAt: null });
  });

  it('starts again when the alert becomes more severe', () => {
    const told = escalated(born({ priority: 'medium' }), 2, NOW + 60_000);
    expect(transition(told, 'severity_rise', { at: NOW, actor: rule, priority: 'high' })).toMatchObject({
      alert: { escalationLevel: 0, nextStepAt: null },
    });
  });

  it('keeps a call for help that nobody has carried out yet', () => {
    const asking = done(done(born(), { kind: 'claim' }), { kind: 'help' });
    expect(transition(asking, 'worsened', { at: NOW, actor: rule })).toMatchObject({
      alert: { nextStepAt: asking.nextStepAt },
    });
    expect(asking.nextStepAt).toBeGreaterThan(NOW);
  });
});

describe('a first outlier of a spot device', () => {
  it('rings when the second measurement was not made in time', () => {
    const pending: Alert = { ...born(), condition: 'pending', signal: 'off' };
    expect(nextTimer(pending)).toEqual({ kind: 'confirmation_expired', at: NOW + TIMERS.confirmation });
    expect(transition(pending, 'confirmation_expired', { at: NOW, actor: rule })).toMatchObject({
      alert: { condition: 'active', signal: 'on', workflow: 'open' },
    });
  });
});

it('a transition that changes nothing is refused and makes no event', () => {
  expect(transition(born(), 'confirmed', { at: NOW, actor: rule })).toEqual({ refused: { code: 'alert.unchanged' } });
});
