import { afterEach, describe, expect, it } from '@jest/globals';
import { startDrain, type Drain, type DrainStore } from '../../../gateway/sinks/drain.js';
import type { Delivery, LoggedReading, Sink } from '../../../gateway/sinks/sink.js';
import { silentLog } from '../../../platform/log.js';
import { aReading } from '../../support/readings.js';
import { until } from '../../support/until.js';

const logged = (seq: number): LoggedReading => ({ ...aReading({}), seq, receivedAt: 1_000 + seq });
const seqs = (rows: readonly LoggedReading[]): number[] => rows.map(({ seq }) => seq);

/** A log of readings in memory; what is settled is remembered as the real store would. */
const logOf = (count: number) => {
  const rows = Array.from({ length: count }, (_, index) => logged(index + 1));
  const kept = { position: 0, dead: [] as { seq: number; reason: string }[] };
  const store: DrainStore = {
    position: () => Promise.resolve(kept.position),
    readAfter: (after, limit) => Promise.resolve(rows.filter(({ seq }) => seq > after).slice(0, limit)),
    settle: (position, rejected) => {
      kept.position = position;
      kept.dead.push(...rejected.map(({ row, reason }) => ({ seq: row.seq, reason })));
      return Promise.resolve();
    },
  };
  return { rows, kept, store };
};

/** Answers the deliveries with the given answers, then takes everything. */
const sinkOf = (...answers: ((batch: readonly LoggedReading[]) => Delivery | Promise<Delivery>)[]) => {
  const offered: number[][] = [];
  const sink: Sink = {
    name: 'test',
    batchSize: 4,
    deliver: async (batch) => {
      offered.push(seqs(batch));
      return (await answers.shift()?.(batch)) ?? { rejected: [] };
    },
  };
  return { sink, offered };
};

let drain: Drain | null = null;
afterEach(async () => {
  await drain?.close();
  drain = null;
});

const run = (store: DrainStore, sink: Sink, now = (): number => 5_000): Drain => {
  drain = startDrain({ sink, store, log: silentLog, onNews: () => () => undefined, now });
  return drain;
};

describe('a drain', () => {
  it('delivers the log in order, batch by batch, and moves the cursor after each', async () => {
    const { store, kept } = logOf(6);
    const { sink, offered } = sinkOf();
    run(store, sink);
    await until('the cursor at the end', () => kept.position === 6);
    expect(offered).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  it('keeps what a sink refuses as a dead letter with its reason, and goes on', async () => {
    const { store, kept } = logOf(5);
    const { sink } = sinkOf(() => ({ rejected: [{ seq: 2, reason: 'field type conflict' }] }));
    run(store, sink);
    await until('the cursor at the end', () => kept.position === 5);
    expect(kept.dead).toEqual([{ seq: 2, reason: 'field type conflict' }]);
  });

  it('settles what came before a row to retry and offers that row again', async () => {
    const { store, kept } = logOf(4);
    const { sink, offered } = sinkOf(() => ({ rejected: [], retryFrom: 3, retryReason: 'busy' }));
    run(store, sink);
    await until('the cursor before the kept row', () => kept.position === 2);
    await until('the cursor at the end', () => kept.position === 4);
    expect(offered).toEqual([
      [1, 2, 3, 4],
      [3, 4],
    ]);
    expect(kept.dead).toEqual([]);
  });

  it('keeps the whole batch when the sink throws, says why, and its lag is the age of the oldest row', async () => {
    const { store, kept } = logOf(2);
    const { sink, offered } = sinkOf(
      () => Promise.reject(new Error('connection refused')),
      () => Promise.reject(new Error('connection refused')),
    );
    const running = run(store, sink);
    await until('trouble', () => running.state().trouble === 'connection refused');
    expect(running.state().lag).toBe(5_000 - 1_001);
    await until('the cursor at the end', () => kept.position === 2);
    await until('no more trouble', () => running.state().trouble === null && running.state().lag === 0);
    expect(offered).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('waits at least as long as the sink asks', async () => {
    const { store, kept } = logOf(1);
    const times: number[] = [];
    const note = (): void => void times.push(performance.now());
    const { sink } = sinkOf(
      () => {
        note();
        return { rejected: [], retryFrom: 1, retryAfter: 400 };
      },
      () => {
        note();
        return { rejected: [] };
      },
    );
    run(store, sink);
    await until('the cursor at the end', () => kept.position === 1);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(395);
  });

  it('trusts only the store after the store failed: nothing is skipped', async () => {
    const { store, kept } = logOf(3);
    const { sink, offered } = sinkOf();
    let failures = 1;
    run(
      {
        ...store,
        settle: (position, rejected) =>
          failures-- > 0 ? Promise.reject(new Error('disk full')) : store.settle(position, rejected),
      },
      sink,
    );
    await until('the cursor at the end', () => kept.position === 3);
    expect(offered).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('aborts the delivery in hand when it is closed', async () => {
    const { store, kept } = logOf(1);
    let aborted = false;
    const sink: Sink = {
      name: 'hanging',
      batchSize: 4,
      deliver: (_batch, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          }),
        ),
    };
    const running = run(store, sink);
    await until('a delivery in hand', () => running.state().lag > 0);
    await running.close();
    expect(aborted).toBe(true);
    expect(kept.position).toBe(0);
  });
});
