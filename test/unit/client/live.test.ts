import { describe, expect, it } from '@jest/globals';
import { initialLive, live, type LiveEvent, type LiveState, neverConnected } from '../../../web/client/state/live.js';
import { alert, at, NOW, reading } from './alerts.js';

const run = (events: readonly LiveEvent[], from: LiveState = initialLive(NOW)): LiveState => events.reduce(live, from);
const snapshot = (seq: number, changes: Partial<Extract<LiveEvent, { type: 'snapshot' }>> = {}): LiveEvent => ({
  type: 'snapshot',
  at: NOW,
  seq,
  now: at(0),
  alerts: [alert('a')],
  vitals: [],
  ...changes,
});
const tick = (seconds: number, seq: number): LiveEvent => ({
  type: 'tick',
  trouble: [],
  at: NOW + seconds * 1000,
  seq,
  now: at(seconds),
});
const clock = (seconds: number): LiveEvent => ({ type: 'clock', at: NOW + seconds * 1000 });

describe('what the page knows', () => {
  it('is nothing until the first snapshot, whatever arrives before', () => {
    const state = run([{ type: 'connected', at: NOW }, { type: 'alert', seq: 4, alert: alert('a') }, tick(1, 4)]);
    expect(state.phase).toBe('connecting');
    expect(state.alerts.size).toBe(0);
  });

  it('is the snapshot, then what each event adds', () => {
    const state = run([
      snapshot(0),
      { type: 'alert', seq: 1, alert: alert('b') },
      { type: 'vital', seq: 2, resident: 'r-a', readings: [reading('spo2', 91, at(1))] },
      { type: 'device', seq: 3 },
      tick(5, 3),
    ]);
    expect(state.phase).toBe('live');
    expect([...state.alerts.keys()]).toEqual(['a', 'b']);
    expect(state.vitals.get('r-a')?.readings.get('spo2')?.value).toBe(91);
    expect(state.resync).toBeNull();
  });

  it('never goes back to an older version of an alert', () => {
    const state = run([
      snapshot(0, { alerts: [alert('a', { version: 3, workflow: 'claimed' })] }),
      { type: 'alert', seq: 1, alert: alert('a', { version: 2 }) },
      snapshot(2, { alerts: [alert('a', { version: 1 })] }),
    ]);
    expect(state.alerts.get('a')?.version).toBe(3);
  });

  it('never replaces a value by one measured earlier', () => {
    const state = run([
      snapshot(0, { vitals: [{ resident: 'r', readings: [reading('spo2', 95, at(-10))] }] }),
      { type: 'vital', seq: 1, resident: 'r', readings: [reading('spo2', 80, at(-3600))] },
    ]);
    expect(state.vitals.get('r')?.readings.get('spo2')?.value).toBe(95);
  });

  it('counts ages on the clock of the server', () => {
    expect(run([snapshot(0, { now: at(3600) })]).offset).toBe(3_600_000);
  });

  it('keeps a closed alert for a minute, then forgets it', () => {
    const closed = alert('a', { workflow: 'closed', closedAt: at(0), version: 2 });
    const state = run([snapshot(0), { type: 'alert', seq: 1, alert: closed }, tick(9, 1), clock(9.5)]);
    expect(state.alerts.has('a')).toBe(true);
    expect(run([clock(61)], state).alerts.has('a')).toBe(false);
  });
});

describe('a gap in the numbers', () => {
  it('is seen on the next event, which is still shown', () => {
    const state = run([snapshot(0), { type: 'alert', seq: 2, alert: alert('b') }]);
    expect(state.resync).toEqual({ askedAt: null });
    expect(state.alerts.has('b')).toBe(true);
  });

  it('is seen on a tick that does not repeat the last number', () => {
    expect(run([snapshot(0), tick(5, 1)]).resync).toEqual({ askedAt: null });
  });

  it('is asked about once, again after five seconds, and settled by a snapshot', () => {
    const asked = run([snapshot(0), tick(5, 1), { type: 'resync-asked', at: NOW + 5_000 }, clock(7), tick(9, 1)]);
    expect(asked.resync).toEqual({ askedAt: NOW + 5_000 });
    expect(run([clock(10)], asked).resync).toEqual({ askedAt: null });
    expect(run([snapshot(2)], asked).resync).toBeNull();
  });
});

describe('a frozen display', () => {
  const frozen = run([snapshot(0), tick(5, 0), clock(14.9), clock(15)]);

  it('begins ten seconds after the last tick, and says since when on the clock of the server', () => {
    expect(run([snapshot(0), tick(5, 0), clock(14.9)]).phase).toBe('live');
    expect(frozen.phase).toBe('frozen');
    expect(frozen.frozenSince).toBe(NOW + 5_000);
  });

  it('shows nothing new and is not ended by a tick, which asks for a snapshot', () => {
    const state = run([tick(16, 0), { type: 'alert', seq: 1, alert: alert('b') }], frozen);
    expect(state.phase).toBe('frozen');
    expect(state.alerts.has('b')).toBe(false);
    expect(state.resync).toEqual({ askedAt: null });
  });

  it('ends with a full snapshot', () => {
    const state = run(
      [{ type: 'connected', at: NOW + 17_000 }, snapshot(0, { at: NOW + 17_000, now: at(17) })],
      frozen,
    );
    expect(state.phase).toBe('live');
    expect(state.frozenSince).toBeNull();
  });

  it('also begins when the clock of this machine is set back, because every age is then wrong', () => {
    expect(run([snapshot(0), tick(5, 0), clock(-60)]).phase).toBe('frozen');
  });
});

describe('a page that never connected', () => {
  it('says so after ten seconds, and no longer once a snapshot came', () => {
    expect(neverConnected(run([clock(9)]))).toBe(false);
    expect(neverConnected(run([clock(10)]))).toBe(true);
    expect(neverConnected(run([clock(10), snapshot(0)]))).toBe(false);
  });
});

describe('an action on its way', () => {
  it('is shown as sent until the server answers, and leaves the alert as it was when refused', () => {
    const sent = run([snapshot(0), { type: 'sending', alert: 'a', action: 'claim' }]);
    expect(sent.sending.get('a')).toBe('claim');
    expect(sent.alerts.get('a')?.workflow).toBe('open');
    const refused = run([{ type: 'settled', alert: 'a', view: null }], sent);
    expect(refused.sending.size).toBe(0);
    expect(refused.alerts.get('a')?.workflow).toBe('open');
  });

  it('takes the answer of the server at once', () => {
    const view = alert('a', { workflow: 'claimed', version: 2 });
    expect(run([snapshot(0), { type: 'settled', alert: 'a', view }]).alerts.get('a')?.workflow).toBe('claimed');
  });
});
