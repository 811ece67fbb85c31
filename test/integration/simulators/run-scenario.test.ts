import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '../../../platform/log.js';
import { DEMO_CARER, runScenario, type ScenarioRun } from '../../../simulators/run-scenario.js';
import { loadScenarios } from '../../../simulators/scenario.js';

interface Alert {
  id: string;
  resident: { id: string } | null;
  metric: string | null;
  category: string;
  priority: string;
  startedAt: string;
  evidence: { time: string }[];
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A system that takes everything and rings as it is told to. */
const pretend = async (
  alertOn: (topic: string, payload: string) => Alert | null,
): Promise<Omit<ScenarioRun, 'scenario'>> => {
  const alerts: Alert[] = [];
  const broker = await Aedes.createBroker();
  broker.authorizePublish = (_, { topic, payload }, done) => {
    const alert = alertOn(topic, payload.toString());
    if (alert) alerts.push(alert);
    done(null);
  };
  const mqtt = createTcpServer((socket) => broker.handle(socket)).listen(0, '127.0.0.1');
  const http = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'POST') response.setHeader('set-cookie', 'vigie=1; HttpOnly');
    else if (request.headers.cookie !== 'vigie=1') response.statusCode = 401;
    const closed = request.url?.includes('state=closed') ?? false;
    response.end(JSON.stringify(request.method === 'POST' ? {} : { items: closed ? [] : alerts, next: null }));
  }).listen(0, '127.0.0.1');
  await Promise.all([once(mqtt, 'listening'), once(http, 'listening')]);
  closing.push(
    () => new Promise((resolve) => mqtt.close(resolve)),
    () => new Promise<void>((resolve) => broker.close(resolve)),
    () => new Promise((resolve) => http.close(resolve)),
  );
  const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
  return {
    seed: '42',
    speed: 20,
    brokerUrl: `mqtt://127.0.0.1:${portOf(mqtt)}`,
    api: { url: `http://127.0.0.1:${portOf(http)}`, ...DEMO_CARER },
    log: silentLog,
  };
};
const alert = (resident: string, metric: string, at = Date.now()): Alert => ({
  id: `${resident}-${metric}`,
  resident: { id: resident },
  metric,
  category: 'safety',
  priority: 'high',
  startedAt: new Date(at).toISOString(),
  evidence: [],
});

describe('running a scenario', () => {
  it('knows every file of the folder', async () => {
    const names = (await loadScenarios()).map((scenario) => scenario.name);
    expect(names).toEqual(['demo', 'desaturation', 'fall', 'quiet-day', 'sos']);
  });

  it('passes when the expected alert comes up after the fall', async () => {
    const system = await pretend((topic, payload) =>
      topic === 'zigbee2mqtt/ch07/radar' && payload.includes('"falling"') ? alert('r-007', 'fall') : null,
    );
    const lines: string[] = [];
    const result = await runScenario({ ...system, scenario: 'fall', report: (line) => lines.push(line) });
    expect(result).toMatchObject({ scenario: 'fall', passed: true, checked: true, unexpected: [] });
    expect(result.expected).toEqual([
      expect.objectContaining({ resident: 'r-007', metric: 'fall', found: true, alert: 'r-007-fall' }),
    ]);
    expect(lines.at(-1)).toMatch(/^ {2}fall of r-007: alert after /);
  });

  it('fails when nothing rings, and an old alert does not count', async () => {
    const system = await pretend((topic) =>
      topic.endsWith('/availability') ? alert('r-103', 'sos', Date.now() - 60_000) : null,
    );
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 3_000);
    const result = await runScenario({ ...system, scenario: 'sos', signal: abort.signal });
    expect(result).toMatchObject({ passed: false, expected: [{ found: false, alert: null, afterSeconds: null }] });
    expect(result.messages.acknowledged).toBeGreaterThan(0);
  });

  it('takes somebody else when the first has an open alert already', async () => {
    const system = await pretend((topic, payload) =>
      topic.endsWith('/radar') && payload.includes('"falling"') ? alert(`r-0${topic.slice(14, 16)}`, 'fall') : null,
    );
    const first = await runScenario({ ...system, scenario: 'fall' });
    const second = await runScenario({ ...system, scenario: 'fall' });
    expect([first.passed, second.passed]).toEqual([true, true]);
    expect(second.expected[0]?.resident).not.toBe(first.expected[0]?.resident);
  });

  it('fails a quiet day on which something rings', async () => {
    const system = await pretend((topic) => (topic.endsWith('/2a5e') ? alert('r-001', 'spo2') : null));
    const result = await runScenario({ ...system, scenario: 'quiet-day', speed: 200 });
    expect(result.passed).toBe(false);
    expect(result.unexpected[0]).toEqual({ alert: 'r-001-spo2', resident: 'r-001', metric: 'spo2' });
  });

  it('only publishes when there is no API to ask', async () => {
    const system = await pretend(() => null);
    const result = await runScenario({ ...system, api: null, scenario: 'sos' });
    expect(result).toMatchObject({ passed: true, checked: false });
  });

  it('names the scenarios that exist when it is asked for another', async () => {
    const system = await pretend(() => null);
    await expect(runScenario({ ...system, scenario: 'flood' })).rejects.toThrow(
      /demo, desaturation, fall, quiet-day, sos/,
    );
  });
});
