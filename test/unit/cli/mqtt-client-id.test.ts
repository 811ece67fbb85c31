import { expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mqttClientId } from '../../../cli/mqtt-client-id.js';

it('an installation keeps its MQTT client id, and no two have the same', () => {
  const dirs = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'vigie-id-')));
  const [first, second] = dirs.map((dir) => mqttClientId({ VIGIE_DATA_DIR: dir, DATABASE_URL: undefined }));
  expect(first).toMatch(/^vigie-[0-9a-f]{8}$/);
  expect(mqttClientId({ VIGIE_DATA_DIR: dirs[0]!, DATABASE_URL: undefined })).toBe(first);
  expect(second).not.toBe(first);
  expect(mqttClientId({ VIGIE_DATA_DIR: '/nowhere', DATABASE_URL: 'postgres://x' })).toBe(`vigie-${hostname()}`);
  for (const dir of dirs) rmSync(dir, { recursive: true });
});
