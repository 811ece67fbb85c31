import { DAY, type Millis } from '../../domain/time.js';
import type { Reading } from '../../domain/reading.js';
import { silentLog, type Log } from '../log.js';
import type { History, WriteResult } from './history.js';
import { createInfluxClient, prepareDatabase, type Prepared } from './influx-admin.js';
import { queryAggregate, queryRaw } from './influx-query.js';
import { createLineWriter, settleLines, type NumberedLine } from './influx-write.js';
import { toLine } from './line-protocol.js';

export interface InfluxOptions {
  /** `http(s)://host:port[/path]`. */
  readonly url: string;
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
  readonly log?: Log;
  /** How long a policy created by us keeps points; an existing one is left alone. */
  readonly retention?: Millis;
  /** Default: compress unless the server is on this machine. */
  readonly gzip?: boolean;
  readonly now?: () => number;
}

/** Aggregates are computed from the raw points, so raw points live as long as the oldest chart. */
const RETENTION: Millis = 3_650 * DAY;
/** Largest write: ten times smaller than InfluxDB's 25 MB body limit. */
const LINES_PER_WRITE = 5_000;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The history in InfluxDB 1.x (1.8+, and the v1 API of 2 and 3). Opens without a server: the database is prepared
 * before the first write or query, again whenever it has disappeared, and until then every row is kept for later.
 */
export const openInfluxHistory = async (options: InfluxOptions): Promise<History> => {
  const { database, username, password, log = silentLog, retention = RETENTION, now = Date.now } = options;
  const url = new URL(options.url);
  const influx = createInfluxClient({
    url,
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
  const writer = createLineWriter({
    url: `${url.origin}${url.pathname.replace(/\/$/, '')}`,
    database,
    authorization:
      username === undefined ? null : `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`,
    gzip: options.gzip ?? !LOOPBACK.has(url.hostname),
  });

  let preparing: Promise<Prepared> | null = null;
  const prepare = (): Promise<Prepared> => {
    preparing ??= prepareDatabase(influx, { database, retention }).then(
      (prepared) => {
        log.info({ database, policy: prepared.policy }, 'history database is ready');
        return prepared;
      },
      (error: unknown) => {
        preparing = null;
        throw error;
      },
    );
    return preparing;
  };
  const recreate = async (): Promise<void> => {
    preparing = null;
    await prepare();
  };

  const writeChunk = async (lines: readonly NumberedLine[], signal: AbortSignal): Promise<WriteResult> =>
    settleLines(lines, {
      post: async (part) => writer.post(part, (await prepare()).policy, signal),
      recreate,
    });

  const write = async (readings: readonly Reading[], signal: AbortSignal): Promise<WriteResult> => {
    let oldest: number;
    try {
      const { duration } = await prepare();
      oldest = duration === null ? 0 : now() - duration;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'InfluxDB cannot be prepared';
      return { rejected: [], retryFrom: 0, retryReason: reason };
    }
    const rejected: { index: number; reason: string }[] = [];
    const lines: NumberedLine[] = [];
    for (const [index, reading] of readings.entries()) {
      const result = reading.time < oldest ? { refused: 'influx.beyond-retention' } : toLine(reading);
      if ('line' in result) lines.push({ index, line: result.line });
      else rejected.push({ index, reason: result.refused });
    }
    for (let at = 0; at < lines.length; at += LINES_PER_WRITE) {
      const result = await writeChunk(lines.slice(at, at + LINES_PER_WRITE), signal);
      rejected.push(...result.rejected);
      if (result.retryFrom !== undefined) return { ...result, rejected: before(rejected, result.retryFrom) };
    }
    return { rejected };
  };

  return {
    write,
    async raw(query) {
      await prepare();
      return queryRaw(influx, query);
    },
    async aggregate(query) {
      await prepare();
      return queryAggregate(influx, query);
    },
    async check(signal) {
      signal.throwIfAborted();
      await recreate();
    },
    close: () => writer.close(),
  };
};

/** Rows from `retryFrom` on are offered again whole, refused ones too. */
const before = (rejected: readonly { index: number; reason: string }[], retryFrom: number) =>
  rejected.filter(({ index }) => index < retryFrom);
