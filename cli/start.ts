import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { AggregatorRegistry } from 'prom-client';
import { startBroker, type Broker } from '../broker/broker.js';
import { loadConfig, type Config } from '../platform/config.js';
import { createHealth } from '../platform/health.js';
import { createLog, type Log } from '../platform/log.js';
import { createMetrics, type Metrics } from '../platform/metrics.js';
import { verifyPassword } from '../platform/password.js';
import type { Store } from '../platform/store/db.js';
import { openInbox, type Inbox } from '../platform/store/inbox.js';
import { startWeb, type Web } from '../web/server/app.js';
import { brokerPorts } from './broker-ports.js';
import { openHistory, openMigratedStore } from './context.js';
import { lockDataDir } from './data-dir-lock.js';
import { hostGateway } from './gateway-host.js';
import { startGatewayRole } from './gateway-role.js';
import { ROLE_NAMES, type RoleName } from './roles.js';

export interface Vigie {
  readonly url: string | null;
  readonly mqttUrl: string | null;
  readonly store: Store;
  close(): Promise<void>;
}
