import { describe, expect, it } from '@jest/globals';
import { writeAnswer, type WriteAnswer } from '../../../platform/history/influx-answer.js';
import { settleLines } from '../../../platform/history/influx-write.js';
import { retryAfterMillis } from '../../../platform/retry-after.js';

const error = (text: string): string => JSON.stringify({ error: text });
const answer = (status: number, body = '', retryAfter: string | null = null): WriteAnswer =>
  writeAnswer({ status, body, retryAfter }, Date.UTC(2026, 0, 1));

describe('the meaning of an answer of InfluxDB', () => {
  it.each<[number, string, WriteAnswer]>([
    [204, '', { kind: 'stored' }],
    [200, '{}', { kind: 'stored' }],
    [
      400,
      error('partial write: field type conflict: input field "v" on measurement "m" is type string dropped=1'),
      { kind: 'refused', reason: 'influx.type-conflict', dropped: 1 },
    ],
    [
      400,
      error('partial write: points beyond retention policy dropped=3'),
      { kind: 'refused', reason: 'influx.beyond-retention', dropped: 3 },
    ],
    [
      400,
      error("partial write: unable to parse 'x': missing fields dropped=0"),
      { kind: 'refused', reason: 'influx.unparsable', dropped: null },
    ],
    [
      400,
      error("unable to parse 'x': invalid number"),
      { kind: 'refused', reason: 'influx.unparsable', dropped: null },
    ],
    [400, error('something new'), { kind: 'refused', reason: 'influx.refused', dropped: null }],
    [
      400,
      error('partial write: max-series-per-database limit exceeded: (1000000) dropped=2'),
      { kind: 'later', reason: 'influx.series-limit' },
    ],
    [400, '<html>plain HTTP sent to HTTPS port</html>', { kind: 'later', reason: 'influx.http-400' }],
    [401, error('authorization failed'), { kind: 'later', reason: 'influx.unauthorized' }],
    [403, error('not allowed'), { kind: 'later', reason: 'influx.unauthorized' }],
    [404, error('database not found: "x"'), { kind: 'missing' }],
    [404, 'not found', { kind: 'later', reason: 'influx.http-404' }],
    [413, 'Request Entity Too Large', { kind: 'too-large' }],
    [500, error('retention policy not found: vigie'), { kind: 'missing' }],
    [500, error('timeout'), { kind: 'later', reason: 'influx.http-500' }],
    [408, '', { kind: 'later', reason: 'influx.http-408' }],
    [503, '', { kind: 'later', reason: 'influx.http-503' }],
  ])('%i %s', (status, body, expected) => {
    expect(answer(status, body)).toEqual(expected);
  });

  it('passes on the pause the server asks for', () => {
    expect(answer(429, '', '7')).toEqual({ kind: 'later', reason: 'influx.http-429', after: 7_000 });
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['999999999', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j', (header, expected) => {
    expect(retryAfterMillis(header, now)).toBe(expected);
  });
});

describe('settling a batch of lines', () => {
  const lines = (text: string) => [...text].map((line, index) => ({ index, line }));
  /** A server for which `x` is never acceptable, `?` is not acceptable now; it remembers what it stored. */
  const server = (rules: { maxLines?: number; countsDropped?: boolean } = {}) => {
    const stored = new Set<string>();
    let posts = 0;
    return {
      stored,
      posts: () => posts,
      post: async (part: readonly string[]): Promise<WriteAnswer> => {
        posts += 1;
        if (part.length > (rules.maxLines ?? Infinity)) return { kind: 'too-large' };
        if (part.includes('?')) return { kind: 'later', reason: 'influx.http-503', after: 5_000 };
        const bad = part.filter((line) => line === 'x').length;
        for (const line of part) if (line !== 'x') stored.add(line);
        if (bad === 0) return { kind: 'stored' };
        return { kind: 'refused', reason: 'influx.type-conflict', dropped: rules.countsDropped ? bad : null };
      },
      recreate: async () => undefined,
    };
  };

  it('rejects exactly the bad lines and stores all others', async () => {
    const influx = server();
    const result = await settleLines(lines('abxcdefxghx'), influx);
    expect(result).toEqual({ rejected: [2, 7, 10].map((index) => ({ index, reason: 'influx.type-conflict' })) });
    expect([...influx.stored].join('')).toBe('abcdefgh');
  });

  it('needs one request when the server says that all lines are bad', async () => {
    const influx = server({ countsDropped: true });
    expect((await settleLines(lines('xxxxxxxx'), influx)).rejected).toHaveLength(8);
    expect(influx.posts()).toBe(1);
  });

  it('keeps from the first line the server cannot take now, with what it said', async () => {
    const influx = server({ maxLines: 1 });
    expect(await settleLines(lines('abx?cx'), influx)).toEqual({
      rejected: [{ index: 2, reason: 'influx.type-conflict' }],
      retryFrom: 3,
      retryReason: 'influx.http-503',
      retryAfter: 5_000,
    });
  });

  it('halves what is too large, down to a single line', async () => {
    const influx = server({ maxLines: 3 });
    expect(await settleLines(lines('abcdefgh'), influx)).toEqual({ rejected: [] });
    const none = server({ maxLines: 0 });
    expect((await settleLines(lines('ab'), none)).rejected).toEqual(
      [0, 1].map((index) => ({ index, reason: 'influx.too-large' })),
    );
  });

  it('creates a missing database once, then waits', async () => {
    let created = 0;
    const missing = { post: async () => ({ kind: 'missing' }) as const, recreate: async () => void (created += 1) };
    expect(await settleLines(lines('ab'), missing)).toEqual({
      rejected: [],
      retryFrom: 0,
      retryReason: 'influx.database-missing',
    });
    expect(created).toBe(1);
  });

  it('waits when the database cannot be created', async () => {
    const post = async () => ({ kind: 'missing' }) as const;
    const recreate = async () => Promise.reject(new Error('no right'));
    expect(await settleLines(lines('ab'), { post, recreate })).toMatchObject({ retryFrom: 0 });
  });
});
