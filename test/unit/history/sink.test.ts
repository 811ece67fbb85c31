import { describe, expect, it } from '@jest/globals';
import { historySink } from '../../../gateway/sinks/history.js';
import type { History, WriteResult } from '../../../platform/history/history.js';
import { aReading } from '../../support/readings.js';

const deliver = (result: WriteResult) => {
  const history = { write: async () => result } as unknown as History;
  const batch = [10, 20, 30].map((seq) => ({ ...aReading({ value: seq }), seq }));
  return historySink(history).deliver(batch, new AbortController().signal);
};

describe('the history sink', () => {
  it('turns places in the batch into places in the log', async () => {
    expect(await deliver({ rejected: [] })).toEqual({ rejected: [] });
    expect(
      await deliver({ rejected: [{ index: 0, reason: 'bad' }], retryFrom: 1, retryReason: 'later', retryAfter: 5 }),
    ).toEqual({ rejected: [{ seq: 10, reason: 'bad' }], retryFrom: 20, retryReason: 'later', retryAfter: 5 });
  });
});
