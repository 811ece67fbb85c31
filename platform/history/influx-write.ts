import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { Agent, request } from 'undici';
import { SECOND, type Millis } from '../../domain/time.js';
import { writeAnswer, type WriteAnswer } from './influx-answer.js';
import type { WriteResult } from './history.js';

export interface InfluxTarget {
  /** Base URL without credentials, no trailing slash. */
  readonly url: string;
  readonly database: string;
  readonly authorization: string | null;
  readonly gzip: boolean;
}

export interface LineWriter {
  /** Posts lines to a retention policy (null = the default one). Never throws: a failure is the answer `later`. */
  post(lines: readonly string[], policy: string | null, signal: AbortSignal): Promise<WriteAnswer>;
  close(): Promise<void>;
}

const compress = promisify(gzip);
const WRITE_LIMIT: Millis = 15 * SECOND;
const CONNECTIONS = 4;
/** Below this a compressed body is not worth the two copies. */
const GZIP_FROM_BYTES = 1_024;

const networkReason = (error: unknown): string => {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError') return 'influx.timeout';
  return typeof code === 'string' ? `influx.unreachable (${code})` : 'influx.unreachable';
};

/** The hot path: line protocol over keep-alive HTTP, compressed unless it stays on this machine. */
export const createLineWriter = ({ url, database, authorization, gzip: gzipped }: InfluxTarget): LineWriter => {
  const dispatcher = new Agent({ connections: CONNECTIONS, keepAliveTimeout: 30 * SECOND });

  const send = async (lines: readonly string[], policy: string | null, signal: AbortSignal): Promise<WriteAnswer> => {
    const plain = Buffer.from(lines.join('\n'));
    const small = !gzipped || plain.length < GZIP_FROM_BYTES;
    const query = new URLSearchParams({ db: database, precision: 'ns', ...(policy === null ? {} : { rp: policy }) });
    const response = await request(`${url}/write?${query.toString()}`, {
      method: 'POST',
      dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(WRITE_LIMIT)]),
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        ...(small ? {} : { 'content-encoding': 'gzip' }),
        ...(authorization === null ? {} : { authorization }),
      },
      body: small ? plain : await compress(plain, { level: constants.Z_BEST_SPEED }),
    });
    const header = response.headers['retry-after'];
    return writeAnswer(
      {
        status: response.statusCode,
        retryAfter: typeof header === 'string' ? header : null,
        body: await response.body.text(),
      },
      Date.now(),
    );
  };

  return {
    post: (lines, policy, signal) =>
      send(lines, policy, signal).catch((error: unknown) => ({ kind: 'later', reason: networkReason(error) })),
    close: () => dispatcher.close(),
  };
};

export interface NumberedLine {
  readonly index: number;
  readonly line: string;
}

interface Settlement {
  readonly post: (lines: readonly string[]) => Promise<WriteAnswer>;
  /** Creates the database and its retention policy again. Throws when it cannot. */
  readonly recreate: () => Promise<void>;
}

/**
 * Writes lines and finds out what became of each. InfluxDB stores the good points of a refused batch without naming
 * the bad ones, so a refused batch is halved until the bad lines stand alone; posting a good line again changes
 * nothing. Stops at the first line the server cannot take now.
 */
export const settleLines = async (
  lines: readonly NumberedLine[],
  { post, recreate }: Settlement,
): Promise<WriteResult> => {
  const rejected: { index: number; reason: string }[] = [];
  let recreated = false;

  const settle = async (part: readonly NumberedLine[]): Promise<Omit<WriteResult, 'rejected'> | null> => {
    const kept = (retryReason: string, retryAfter?: Millis) => ({
      retryFrom: part[0]!.index,
      retryReason,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    const reject = (reason: string): null => {
      for (const { index } of part) rejected.push({ index, reason });
      return null;
    };
    const answer = await post(part.map(({ line }) => line));
    switch (answer.kind) {
      case 'stored':
        return null;
      case 'later':
        return kept(answer.reason, answer.after);
      case 'missing':
        if (recreated) return kept('influx.database-missing');
        recreated = true;
        try {
          await recreate();
        } catch {
          return kept('influx.database-missing');
        }
        return settle(part);
      case 'refused':
        if (part.length === 1 || answer.dropped === part.length) return reject(answer.reason);
        break;
      case 'too-large':
        if (part.length === 1) return reject('influx.too-large');
        break;
    }
    const middle = part.length >> 1;
    return (await settle(part.slice(0, middle))) ?? (await settle(part.slice(middle)));
  };

  const kept = lines.length > 0 ? await settle(lines) : null;
  return { rejected, ...kept };
};
