import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openInfluxHistory, type InfluxOptions } from '../../../platform/history/influx.js';
import type { History } from '../../../platform/history/history.js';
import { aReading } from '../../support/readings.js';

const NEVER = new AbortController().signal;
type Reply = (response: ServerResponse, body: string) => void;

/** An InfluxDB that answers administration properly and writes as it is told. */
const scriptedInflux = async () => {
  const writes: { headers: IncomingMessage['headers']; url: string; body: string }[] = [];
  const script: Reply[] = [];
  const admin: { reply: Reply } = {
    reply: (response) =>
      response.end(
        JSON.stringify({ results: [{ series: [{ columns: ['name', 'duration'], values: [['vigie', '0s']] }] }] }),
      ),
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
      if (!request.url?.startsWith('/write')) return admin.reply(response, body);
      writes.push({ headers: request.headers, url: request.url, body });
      (script.shift() ?? ((ok) => ok.writeHead(204).end()))(response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url, writes, script, admin, close };
};

describe('the InfluxDB history in front of a server that misbehaves', () => {
  let influx: Awaited<ReturnType<typeof scriptedInflux>>;
  let history: History;
  const open = async (options: Partial<InfluxOptions> = {}): Promise<History> =>
    (history = await openInfluxHistory({ url: influx.url, database: 'vigie', ...options }));
  beforeEach(async () => void (influx = await scriptedInflux()));
  afterEach(async () => {
    await history.close();
    await influx.close();
  });
  const readings = (n: number) => Array.from({ length: n }, (_, i) => aReading({ time: Date.now() - i, value: 60 }));
  const reply =
    (status: number, headers: Record<string, string> = {}, body = ''): Reply =>
    (response) =>
      response.writeHead(status, headers).end(body);

  it.each([
    [reply(401, {}, '{"error":"authorization failed"}'), { retryReason: 'influx.unauthorized' }],
    [reply(429, { 'retry-after': '12' }), { retryReason: 'influx.http-429', retryAfter: 12_000 }],
    [reply(503, { 'retry-after': '3' }, '{"error":"busy"}'), { retryReason: 'influx.http-503', retryAfter: 3_000 }],
    [((response) => response.destroy()) as Reply, { retryReason: 'influx.unreachable (UND_ERR_SOCKET)' }],
  ])('keeps the whole batch (%#)', async (fault, expected) => {
    await open();
    influx.script.push(fault);
    expect(await history.write(readings(5), NEVER)).toEqual({ rejected: [], retryFrom: 0, ...expected });
    expect(await history.write(readings(5), NEVER)).toEqual({ rejected: [] });
  });

  it('gives up on a server that never answers when it is told to', async () => {
    await open();
    influx.script.push(() => undefined);
    const result = await history.write(readings(5), AbortSignal.timeout(100));
    expect(result).toEqual({ rejected: [], retryFrom: 0, retryReason: 'influx.timeout' });
  });

  it('halves a batch the server finds too large', async () => {
    await open();
    influx.script.push(reply(413), reply(413));
    expect(await history.write(readings(8), NEVER)).toEqual({ rejected: [] });
    expect(influx.writes.map(({ body }) => body.split('\n').length)).toEqual([8, 4, 2, 2, 4]);
  });

  it('compresses, names the retention policy, and logs in', async () => {
    await open({ gzip: true, username: 'vigie', password: 'p:w' });
    await history.write(readings(100), NEVER);
    const [write] = influx.writes;
    expect(write?.headers['content-encoding']).toBe('gzip');
    expect(write?.headers.authorization).toBe(`Basic ${Buffer.from('vigie:p:w').toString('base64')}`);
    expect(new URL(write!.url, influx.url).searchParams.get('rp')).toBe('vigie');
    expect(write?.body.split('\n')).toHaveLength(100);
  });

  it('writes to the default policy of a server that manages none (the v1 API of InfluxDB 2 and 3)', async () => {
    influx.admin.reply = reply(400, {}, '{"code":"invalid","message":"not implemented: CREATE DATABASE"}');
    await open();
    expect(await history.write(readings(1), NEVER)).toEqual({ rejected: [] });
    expect(new URL(influx.writes[0]!.url, influx.url).searchParams.has('rp')).toBe(false);
  });

  it('says what to check when the login is refused', async () => {
    influx.admin.reply = reply(401, {}, '{"error":"authorization failed"}');
    await open({ username: 'vigie', password: 'wrong' });
    await expect(history.check(NEVER)).rejects.toMatchObject({ code: 'history.unauthorized' });
    const result = await history.write(readings(1), NEVER);
    expect(result).toMatchObject({ retryFrom: 0 });
    expect(result.retryReason).not.toContain('wrong');
  });

  it('keeps the rows of the later writes of a large batch when the server goes away in the middle', async () => {
    await open();
    influx.script.push(reply(204), reply(500, {}, '{"error":"engine closed"}'));
    const bad = aReading({ value: Number.NaN });
    const batch = [...readings(3), bad, ...readings(5_500), bad];
    expect(await history.write(batch, NEVER)).toEqual({
      rejected: [{ index: 3, reason: 'history.not-a-number' }],
      retryFrom: 5_001,
      retryReason: 'influx.http-500',
    });
  });
});
