import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ROLE_NAMES } from '../../cli/roles.js';
import { configSchema } from '../../platform/config.js';

interface Service {
  build?: string;
  image?: string;
  command?: string[];
  environment?: Record<string, string | number>;
  secrets?: string[];
  volumes?: string[];
  healthcheck?: object;
}
const root = new URL('../../', import.meta.url);
const compose = parse(readFileSync(new URL('docker-compose.yml', root), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
};
const dockerfile = readFileSync(new URL('Dockerfile', root), 'utf8');
const ours = Object.entries(compose.services).filter(([, service]) => service.build !== undefined);
const known = new Set(Object.keys(configSchema.shape).flatMap((name) => [name, `${name}_FILE`]));

describe('docker-compose.yml', () => {
  it('has the broker, the gateway, the web, InfluxDB 1.11 and a FHIR server', () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['broker', 'gateway', 'web', 'influxdb', 'fhir']),
    );
    expect(compose.services.influxdb?.image).toBe('influxdb:1.11');
    expect(ours.map(([name]) => name).sort()).toEqual(['broker', 'gateway', 'web']);
  });

  it.each(ours)('%s starts with a command that exists', (_name, service) => {
    const [command, ...roles] = service.command ?? [];
    expect(command).toBe('start');
    for (const role of roles) expect(ROLE_NAMES).toContain(role);
  });

  it.each(ours)('%s sets only variables that Vigie reads, with values it accepts', (_name, service) => {
    const environment = service.environment ?? {};
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    const direct = Object.fromEntries(Object.entries(environment).filter(([name]) => name in configSchema.shape));
    expect(
      configSchema.safeParse(Object.fromEntries(Object.entries(direct).map(([k, v]) => [k, String(v)]))),
    ).toMatchObject({
      success: true,
    });
  });

  it.each(ours)('%s reads every secret from a file that the service is given', (_name, service) => {
    for (const [name, value] of Object.entries(service.environment ?? {})) {
      if (/PASSWORD|TOKEN|DATABASE_URL|PRIVATE_KEY|SECRET/.test(name)) {
        expect(name).toMatch(/_FILE$/);
        expect(service.secrets).toContain(String(value).replace('/run/secrets/', ''));
      }
    }
  });

  it('declares every volume and secret it uses', () => {
    for (const service of Object.values(compose.services)) {
      for (const volume of service.volumes ?? []) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      for (const secret of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(secret);
    }
  });

  it('checks the health of every service that has a shell to do it with', () => {
    for (const [name, service] of Object.entries(compose.services))
      if (service.build === undefined && name !== 'fhir') expect(service.healthcheck).toBeDefined();
    expect(dockerfile).toMatch(/HEALTHCHECK/);
  });
});

describe('Dockerfile', () => {
  it('is multi-stage and does not run as root', () => {
    expect(dockerfile.match(/^FROM /gm)?.length).toBeGreaterThanOrEqual(2);
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  it('sets only variables that Vigie reads', () => {
    const names = [...dockerfile.matchAll(/([A-Z][A-Z_]+)=/g)].map((match) => match[1]!);
    expect(names.filter((name) => !known.has(name) && name !== 'NODE_ENV' && name !== 'NODE')).toEqual([]);
  });
});
