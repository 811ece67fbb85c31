import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { startPostgres, type PostgresServer } from '../support/postgres.js';
import { until } from '../support/until.js';
import { PASSWORD, provisioningFile, signIn, smallEhpad, vigieProcess, type VigieProcess } from '../support/vigie.js';

let postgres: PostgresServer;
let databaseUrl: string;
const processes: VigieProcess[] = [];

/** One role in a process of its own, as docker-compose.yml runs it. */
const role = async (name: string): Promise<VigieProcess> => {
  const running = await vigieProcess({ DATABASE_URL: databaseUrl }, ['start', name]);
  processes.push(running);
  return running;
};

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.createDatabase();
}, 60_000);
afterAll(async () => {
  await Promise.all(processes.map((running) => running.stop()));
  await postgres?.stop();
}, 60_000);

describe('broker, gateway and web as three processes on PostgreSQL', () => {
  it('take a reading from MQTT to the API and an SOS to an alert', async () => {
    const [broker, gateway, web] = [await role('broker'), await role('gateway'), await role('web')];
    expect(await broker.run('provision', provisioningFile(smallEhpad(1)))).toMatchObject({ code: 0 });
    await Promise.all([broker.start(), gateway.start(), web.start()]);

    const device = await connectAsync(broker.mqttUrl, {
      protocolVersion: 4,
      clientId: 'd-1',
      username: 'd-1',
      password: PASSWORD,
    });
    const send = (lane: string, reading: object) =>
      device.publishAsync(
        `vigie/v1/les-tilleuls/d-1/${lane}`,
        JSON.stringify({ time: new Date().toISOString(), readings: [reading] }),
        { qos: 1 },
      );
    await send('readings', { metric: 'spo2', value: 96, unit: '%' });
    await send('events', { metric: 'sos', value: true, unit: '1' });
    await device.endAsync();

    const lea = await signIn(web.url, { username: 'lea', password: PASSWORD });
    await until('the reading', async () => {
      const { readings } = await lea.get<{ readings: { metric: string; value: number }[] }>('/residents/r-1/latest');
      return readings.some(({ metric, value }) => metric === 'spo2' && value === 96);
    });
    const alert = await until(
      'the alert',
      async () => (await lea.get<{ items: { id: string; rule: string }[] }>('/alerts?state=open')).items[0] ?? null,
    );
    expect(alert.rule).toBe('sos');
    expect(await lea.post(`/alerts/${alert.id}/claim`, {})).toMatchObject({
      status: 200,
      body: { workflow: 'claimed' },
    });
    for (const running of processes) expect((await fetch(`${running.url}/metrics`)).status).toBe(200);
  }, 120_000);
});
