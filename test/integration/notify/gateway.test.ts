import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAlert } from '../../../domain/lifecycle.js';
import { startGatewayRole } from '../../../cli/gateway-role.js';
import { loadConfig } from '../../../platform/config.js';
import { silentLog } from '../../../platform/log.js';
import { createMetrics } from '../../../platform/metrics.js';
import { alertById, saveAlerts } from '../../../platform/store/alerts.js';
import { openStore } from '../../../platform/store/db.js';
import { migrate } from '../../../platform/store/migrate.js';
import { provision } from '../../../platform/store/provision.js';
import { createWakeup } from '../../../platform/wakeup.js';
import { anAlert } from '../../contract/store/given.js';
import { until } from '../../support/until.js';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe('the gateway', () => {
  it('calls out for an alert as soon as it is stored, and moves it along its chain', async () => {
    const kinds: { kind: string; alert?: string; text?: { fr: string } }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        kinds.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof kinds)[number]);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    const dataDir = mkdtempSync(join(tmpdir(), 'vigie-notify-'));
    closing.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const store = await openStore({ dataDir });
    closing.push(() => store.close());
    await migrate(store);
    const site = { id: 'tilleuls', name: 'Les Tilleuls', kind: 'ehpad' };
    await provision(store, { sites: [site] }, { dryRun: false, now: 1, hash: (password) => Promise.resolve(password) });

    const config = loadConfig({
      VIGIE_DATA_DIR: dataDir,
      NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    const gateway = await startGatewayRole(config, silentLog, createMetrics(), 'embedded');
    closing.push(() => gateway.close());
    const wakeup = createWakeup('readings', store.scope);
    closing.push(() => wakeup.close());

    const at = Date.now();
    const { alert, event } = openAlert(anAlert({ startedAt: at, category: 'safety' }), 'confirmed', {
      at,
      actor: { kind: 'rule', id: 'sos' },
    });
    await store.write((tx) => saveAlerts(tx, [alert], [event]));
    wakeup.notify();
    const told = await until('the alert to be told', () => kinds.find(({ kind }) => kind === 'alert'));
    expect(told).toMatchObject({ alert: alert.id, text: { fr: 'Alerte critique — Les Tilleuls, ch. 101' } });
    const stored = await until('the level', async () => {
      const now = await alertById(store.db, alert.id);
      return now?.escalationLevel === 1 && now;
    });
    expect(stored.nextStepAt).toBeGreaterThanOrEqual(at + 60_000);
    await until('a heartbeat', () => kinds.some(({ kind }) => kind === 'heartbeat'));
    expect(gateway.health()).toMatchObject({ notify: { state: 'ok' }, watchdog: { state: 'ok' } });
  });
});
