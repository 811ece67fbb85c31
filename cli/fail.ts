import { VigieError } from '../domain/errors.js';
import { ConfigError } from '../platform/config.js';

/** EX_CONFIG of sysexits.h. */
const BAD_CONFIGURATION = 78;

/** Ends a command that failed: what went wrong in words, without a stack unless it is a bug; exit 78 or 1. */
export const fail = (error: unknown): never => {
  if (error instanceof ConfigError) {
    console.error(error.message);
    process.exit(BAD_CONFIGURATION);
  }
  const known = error instanceof VigieError || (error instanceof Error && 'code' in error);
  console.error(known ? `vigie: ${(error as Error).message}` : error);
  process.exit(1);
};
