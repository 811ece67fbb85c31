import { InfluxDB, ResultError } from 'influx';
import { VigieError } from '../../domain/errors.js';
import { HOUR, SECOND, type Millis } from '../../domain/time.js';

/** Our retention policy, the database's default one, so that queries by hand need not name it. */
export const RETENTION_POLICY = 'vigie';

export interface InfluxServer {
  readonly url: URL;
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
}

/** `policy` null: the server does not let us manage policies (InfluxDB 2 and 3, or rights): its default is used. */
export interface Prepared {
  readonly policy: string | null;
  /** How long the policy keeps points; null = for ever or unknown. */
  readonly duration: Millis | null;
}

/** With one host the client's own back-off only turns a short outage into a longer one; the drain paces retries. */
const NO_PAUSE = { getDelay: () => 0, next: () => NO_PAUSE, reset: () => NO_PAUSE };
const QUERY_LIMIT: Millis = 30 * SECOND;

/** The npm client, for administration and queries only. */
export const createInfluxClient = ({ url, database, username, password }: InfluxServer): InfluxDB =>
  new InfluxDB({
    host: url.hostname,
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    protocol: url.protocol === 'https:' ? 'https' : 'http',
    path: url.pathname.replace(/\/$/, ''),
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    pool: { backoff: NO_PAUSE, requestTimeout: QUERY_LIMIT },
  });

/** The server understood and said no, as opposed to not being there. */
const answeredNo = (error: unknown): boolean =>
  error instanceof ResultError || (typeof error === 'object' && error !== null && 'res' in error);

const statusOf = (error: unknown): number | undefined =>
  (error as { res?: { statusCode?: number } } | null)?.res?.statusCode;

/** Go's duration text (`87600h0m0s`, `0s` = for ever) in milliseconds. */
const parseDuration = (text: string): Millis | null => {
  const hours = Number(/^(\d+)h/.exec(text)?.[1] ?? 0);
  return hours > 0 ? hours * HOUR : null;
};

const findPolicy = async (influx: InfluxDB, database: string): Promise<Prepared | null> => {
  try {
    const policies = await influx.showRetentionPolicies(database);
    const ours = policies.find(({ name }) => name === RETENTION_POLICY);
    return ours ? { policy: RETENTION_POLICY, duration: parseDuration(ours.duration) } : null;
  } catch (error) {
    if (statusOf(error) === 401) throw error;
    if (answeredNo(error)) return null;
    throw error;
  }
};

/**
 * Makes the database and our retention policy exist; an existing policy is left as the operator set it. Throws
 * `VigieError` `history.unavailable` or `history.unauthorized` with what to do.
 */
export const prepareDatabase = async (
  influx: InfluxDB,
  { database, retention }: { database: string; retention: Millis },
): Promise<Prepared> => {
  try {
    const found = await findPolicy(influx, database);
    if (found) return found;
    const duration = `${Math.max(1, Math.round(retention / HOUR))}h`;
    try {
      await influx.createDatabase(database);
      await influx.createRetentionPolicy(RETENTION_POLICY, { database, duration, replication: 1, isDefault: true });
    } catch (error) {
      if (!answeredNo(error) || statusOf(error) === 401) throw error;
      // Two gateways may create at once; and a server that manages no policies still takes writes.
      return (await findPolicy(influx, database)) ?? { policy: null, duration: null };
    }
    return { policy: RETENTION_POLICY, duration: Math.max(1, Math.round(retention / HOUR)) * HOUR };
  } catch (error) {
    if (statusOf(error) === 401)
      throw new VigieError(
        'history.unauthorized',
        'InfluxDB refuses the login: check INFLUX_USERNAME and INFLUX_PASSWORD',
      );
    throw new VigieError('history.unavailable', 'InfluxDB does not answer: check INFLUX_URL and that it runs', {
      cause: error,
    });
  }
};
