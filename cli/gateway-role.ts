import { resolve } from 'node:path';
import type { Config } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import type { Metrics } from '../platform/metrics.js';
import { loadNotifyKeys } from '../platform/notify-keys.js';
import { loadPlugins } from '../platform/plugins.js';
import { openInbox } from '../platform/store/inbox.js';
import { createWakeup } from '../platform/wakeup.js';
import type { Rule } from '../gateway/alerts/rule.js';
import { startGateway, type Gateway, type Source } from '../gateway/gateway.js';
import { loadCodecs } from '../gateway/route.js';
import { historySink } from '../gateway/sinks/history.js';
import { loadNotifiers, openChannels } from '../gateway/notify/run.js';
import { createRegistryView } from '../gateway/registry-view.js';
import { startMllpSource } from '../gateway/sources/mllp.js';
import { startMqttSource } from '../gateway/sources/mqtt.js';
import { openHistory, openMigratedStore } from './context.js';
import { hl7SenderOf } from './hl7-senders.js';
import { fhirSinks } from './fhir.js';
import { mqttClientId } from './mqtt-client-id.js';

export interface GatewayRole {
  health: Gateway['health'];
  close(): Promise<void>;
}

const isRule = (exported: unknown): exported is Rule =>
  typeof exported === 'object' && exported !== null && 'evaluate' in exported;

/** Rules are found by their folder: a new one is a new file. */
export const loadRules = (): Promise<readonly Rule[]> =>
  loadPlugins(new URL('../gateway/alerts/rules/', import.meta.url), isRule);

/** Opens everything the gateway needs and starts it; the same in a thread, a process or a container. */
export const startGatewayRole = async (
  config: Config,
  log: Log,
  metrics: Metrics,
  holder: string,
): Promise<GatewayRole> => {
  const store = await openMigratedStore(config, log);
  const inbox = await openInbox(store);
  const wakeups = { inbox: createWakeup('inbox', store.scope), readings: createWakeup('readings', store.scope) };
  const sources: Source[] = config.MQTT_URL
    ? [
        await startMqttSource({
          url: config.MQTT_URL,
          ...(config.MQTT_USERNAME ? { username: config.MQTT_USERNAME } : {}),
          ...(config.MQTT_PASSWORD ? { password: config.MQTT_PASSWORD } : {}),
          // Only gateways that share a database share the work; alone, plain subscriptions survive more (docs/mqtt.md).
          shareGroup: config.DATABASE_URL ? config.MQTT_SHARE_GROUP : '',
          clientId: mqttClientId(config),
          accepted: metrics.messagesAccepted,
          inbox,
          log,
        }),
      ]
    : [];
  if (config.HL7_MLLP_PORT !== undefined)
    sources.push(
      await startMllpSource({
        host: config.HL7_MLLP_HOST,
        port: config.HL7_MLLP_PORT,
        inbox,
        senderOf: hl7SenderOf(createRegistryView(store)),
        accepted: metrics.messagesAccepted,
        log,
      }),
    );
  const fhir = fhirSinks(config, store, log);
  const keys = loadNotifyKeys(store.dataDir);
  const gateway = await startGateway({
    store,
    inbox,
    codecs: await loadCodecs(),
    rules: await loadRules(),
    sinks: [historySink(await openHistory(config, log)), ...fhir.readings],
    alertSinks: fhir.alerts,
    sources,
    notify: {
      open: openChannels(await loadNotifiers(), { ...config, keys }),
      secret: keys.secret,
      ...(config.NOTIFY_WEBHOOK_URL ? { heartbeatUrl: config.NOTIFY_WEBHOOK_URL } : {}),
    },
    wakeups,
    metrics,
    log,
    holder,
  });
  return {
    health: gateway.health,
    async close() {
      await gateway.close();
      await inbox.close();
      wakeups.inbox.close();
      wakeups.readings.close();
      await store.close();
    },
  };
};

/** Where the data is, for messages to people. */
export const whereData = (config: Config): string =>
  config.DATABASE_URL ? 'PostgreSQL' : resolve(config.VIGIE_DATA_DIR);
