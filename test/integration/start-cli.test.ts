import { afterEach, describe, expect, it } from '@jest/globals';
import { vigieProcess, type VigieProcess } from '../support/vigie.js';

const running: VigieProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((vigie) => vigie.stop()));
});

describe('vigie start', () => {
  it('exits with 78 and names every fault of the configuration', async () => {
    const vigie = await vigieProcess({ INFLUX_URL: 'not a url', FHIR_AUTH: 'bearer' });
    const { code, output } = await vigie.run('start');
    expect(code).toBe(78);
    expect(output).toMatch(/INFLUX_URL/);
  });

  it('says so when another Vigie has the data directory', async () => {
    const vigie = await vigieProcess();
    running.push(vigie);
    await vigie.start();
    const { code, output } = await vigie.run('start');
    expect(code).toBe(1);
    expect(output).toMatch(/another Vigie is running/);
  });

  it('stops cleanly on SIGTERM and starts again at once after kill -9', async () => {
    const vigie = await vigieProcess();
    running.push(vigie);
    await vigie.start();
    await vigie.kill();
    await vigie.start();
    await vigie.stop();
    await vigie.start();
    expect((await fetch(`${vigie.url}/healthz`)).status).toBe(200);
  });
});
