import { PostgresDialect } from 'kysely';
import pg from 'pg';
import { VigieError } from '../../domain/errors.js';
import { errorCode } from './errors.js';

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT = 10_000;

/** bigint columns hold epoch milliseconds and sequence numbers: all within the exact range of a number. */
const parseBigint = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new VigieError('store.range', 'a 64-bit integer is beyond the exact range');
  return value;
};

/** Kysely over a connection pool. Connections lost while idle are replaced silently. */
export const postgresDialect = (connectionString: string): PostgresDialect => {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, parseBigint);
  const pool = new pg.Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    application_name: 'vigie',
    types,
  });
  pool.on('error', () => {});
  return new PostgresDialect({ pool });
};

/** Serialization failure or deadlock: the transaction did nothing and may be run again. */
export const isPostgresRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(errorCode(error));
