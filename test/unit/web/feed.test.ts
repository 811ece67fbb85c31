import { describe, expect, it } from '@jest/globals';
import type { AlertView, LatestReading } from '../../../web/protocol.js';
import { createFeed, type Wire } from '../../../web/server/live/feed.js';

const wire = () => {
  const sent: { name: string; event: { seq: number } & Record<string, unknown> }[] = [];
  const state = { drained: true, backlog: 0, disconnected: 0 };
  const port: Wire = {
    emit: (name, event) => void sent.push({ name, event: event as never }),
    drained: () => state.drained,
    backlog: () => state.backlog,
    disconnect: () => void (state.disconnected += 1),
  };
  return { sent, state, feed: createFeed(port) };
};
const alert = (id: string) => ({ id }) as AlertView;
const reading = (metric: string, value: number) => ({ metric, value }) as LatestReading;
const empty = { alerts: [], vitals: [], now: '2026-11-23T12:00:00.000Z' };

describe('a feed', () => {
  it('sends nothing before its first snapshot', () => {
    const { feed, sent } = wire();
    feed.alert(alert('a'));
    feed.vital({ resident: 'r', readings: [reading('spo2', 95)] });
    feed.flush();
    feed.tick('now', []);
    expect(sent).toEqual([]);
  });

  it('counts alerts, vitals and devices by one; a tick repeats the last', () => {
    const { feed, sent } = wire();
    feed.snapshot(empty);
    feed.alert(alert('a'));
    feed.tick('now', []);
    feed.vital({ resident: 'r', readings: [reading('spo2', 95)] });
    feed.flush();
    feed.device('ox-1', false);
    feed.tick('now', []);
    expect(sent.map(({ name, event }) => [name, event.seq])).toEqual([
      ['snapshot', 0],
      ['alert', 1],
      ['tick', 1],
      ['vital', 2],
      ['device', 3],
      ['tick', 3],
    ]);
  });

  it('gives a slow screen the last value of each metric when it has room, and never drops an alert', () => {
    const { feed, sent, state } = wire();
    feed.snapshot(empty);
    state.drained = false;
    for (let n = 0; n < 50; n += 1) {
      feed.vital({ resident: 'r', readings: [reading('spo2', n), reading('heart_rate', 100 + n)] });
      feed.flush();
      feed.alert(alert(`a-${n}`));
    }
    expect(sent.filter(({ name }) => name === 'alert')).toHaveLength(50);
    expect(sent.filter(({ name }) => name === 'vital')).toHaveLength(0);
    state.drained = true;
    feed.flush();
    expect(sent.at(-1)?.event).toMatchObject({
      seq: 51,
      resident: 'r',
      readings: [
        { metric: 'spo2', value: 49 },
        { metric: 'heart_rate', value: 149 },
      ],
    });
  });

  it('forgets what waits when a snapshot says it all', () => {
    const { feed, sent } = wire();
    feed.snapshot(empty);
    feed.vital({ resident: 'r', readings: [reading('spo2', 95)] });
    feed.snapshot(empty);
    feed.flush();
    expect(sent.map(({ name, event }) => [name, event.seq])).toEqual([
      ['snapshot', 0],
      ['snapshot', 1],
    ]);
  });

  it('cuts a screen that no longer reads at all', () => {
    const { feed, state } = wire();
    feed.snapshot(empty);
    state.backlog = 5_000;
    feed.alert(alert('a'));
    expect(state.disconnected).toBe(1);
  });
});
