import { readFileSync } from 'node:fs';
import type { BrokerOptions } from '../broker/broker.js';
import type { ListenerOptions, TlsMaterial } from '../broker/listeners.js';
import type { Config } from '../platform/config.js';
import { audit } from '../platform/store/audit.js';
import type { Store } from '../platform/store/db.js';
import {
  allRetained,
  commandsFor,
  devicesWithCommands,
  markCommandSent,
  queueCommand,
  saveRetained,
} from '../platform/store/outbox.js';
import { deviceByCertificate, mqttIdentity } from '../platform/store/registry.js';

/** PEM text as it is, or the file that holds it. */
const pem = (value: string): string => (value.includes('-----BEGIN') ? value : readFileSync(value, 'utf8'));

/** Which listeners the configuration asks for. */
export const listenersOf = (config: Config): ListenerOptions => {
  const { MQTT_HOST: host, MQTT_PORT, MQTTS_PORT, WS_PORT, TLS_CERT, TLS_KEY, TLS_CLIENT_CA } = config;
  const tls: TlsMaterial | null =
    TLS_CERT && TLS_KEY
      ? { cert: pem(TLS_CERT), key: pem(TLS_KEY), ...(TLS_CLIENT_CA ? { clientCa: pem(TLS_CLIENT_CA) } : {}) }
      : null;
  return {
    tcp: { host, port: MQTT_PORT },
    ...(MQTTS_PORT !== undefined && tls ? { tls: { host, port: MQTTS_PORT, ...tls } } : {}),
    ...(WS_PORT !== undefined ? { ws: { host, port: WS_PORT, ...(tls ? { tls } : {}) } } : {}),
  };
};

/** The broker's ports, answered by our store. */
export const brokerPorts = (
  store: Store,
): Pick<BrokerOptions, 'identities' | 'retainedStore' | 'commands' | 'audit'> => ({
  identities: {
    byUsername: (username) => mqttIdentity(store.db, username),
    byCertificate: (commonName) => deviceByCertificate(store.db, commonName),
  },
  retainedStore: {
    all: async () => (await allRetained(store.db)).map((message) => ({ ...message, qos: message.qos as 0 | 1 | 2 })),
    save: (message) => saveRetained(store.db, message),
  },
  commands: {
    queue: async ({ at, ...command }) => void (await queueCommand(store.db, { ...command, createdAt: at })),
    pending: (device, now) => commandsFor(store.db, device, now),
    devicesWaiting: (now) => devicesWithCommands(store.db, now),
    markSent: (id, at) => markCommandSent(store.db, id, at),
  },
  audit: ({ step, reason, who, count, at }) => {
    // Refusals are counted and logged by the broker; an audit row that cannot be written must not stop it.
    void audit(store.db, {
      at,
      actor: who,
      action: `mqtt.${step}`,
      object: 'broker',
      outcome: 'refused',
      detail: `${reason} ×${count}`,
    }).catch(() => undefined);
  },
});
