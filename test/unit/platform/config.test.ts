import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '../../../platform/config.js';

const faultsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};
const secretFile = (content: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'vigie-secret-')), 'secret');
  writeFileSync(file, content);
  return file;
};

describe('the configuration', () => {
  it('has defaults for everything', () => {
    expect(loadConfig({})).toMatchObject({
      HTTP_PORT: 3000,
      HTTP_HOST: '127.0.0.1',
      MQTT_PORT: 1883,
      VIGIE_DATA_DIR: './data',
    });
  });

  it('reports every fault at once and echoes no value', () => {
    const faults = faultsOf({ HTTP_PORT: 'abc', INFLUX_URL: 'hunter2', FHIR_AUTH: 'magic' });
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual(['FHIR_AUTH', 'HTTP_PORT', 'INFLUX_URL']);
    expect(faults.join('\n')).not.toMatch(/abc|hunter2|magic/);
  });

  it('reads a secret from a file, without its last line break', () => {
    expect(loadConfig({ INFLUX_PASSWORD_FILE: secretFile('top secret\n') }).INFLUX_PASSWORD).toBe('top secret');
  });

  it('refuses a secret given twice and a file that is not there', () => {
    expect(faultsOf({ FHIR_TOKEN: 'a', FHIR_TOKEN_FILE: secretFile('b') })).toEqual([
      expect.stringContaining('FHIR_TOKEN'),
    ]);
    expect(faultsOf({ FHIR_TOKEN_FILE: '/nowhere/token' })).toEqual([expect.stringMatching(/FHIR_TOKEN_FILE.*ENOENT/)]);
  });

  it.each([
    [{ MQTTS_PORT: '8883' }, /TLS_CERT/],
    [{ FHIR_AUTH: 'bearer' }, /FHIR_TOKEN/],
    [{ FHIR_AUTH: 'smart-backend' }, /FHIR_CLIENT_ID/],
  ])('names what %j lacks', (env, expected) => {
    expect(faultsOf(env).join('\n')).toMatch(expected);
  });

  it('takes an empty variable as not set, as compose files write it', () => {
    expect(loadConfig({ INFLUX_URL: '' }).INFLUX_URL).toBeUndefined();
  });
});
