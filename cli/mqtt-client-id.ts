import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../platform/config.js';

const FILE = 'mqtt-client-id';

/**
 * The name a foreign broker keeps our queue under: the same after every restart, else what waits there is never
 * fetched; and unlike any other installation's. Kept in the data directory; with PostgreSQL, the host's name, which a
 * replica must keep (compose `hostname:`, a StatefulSet).
 */
export const mqttClientId = (config: Pick<Config, 'DATABASE_URL' | 'VIGIE_DATA_DIR'>): string => {
  if (config.DATABASE_URL) return `vigie-${hostname()}`;
  const path = join(config.VIGIE_DATA_DIR, FILE);
  if (!existsSync(path)) writeFileSync(path, `vigie-${randomBytes(4).toString('hex')}\n`);
  return readFileSync(path, 'utf8').trim();
};
