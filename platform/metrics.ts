import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** From half the budget of a wall screen (100 ms) to an escalation step (10 min), in seconds. */
const ALERT_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];

/** Steps of `vigie_alert_seconds`. */
export type AlertStep = 'accept_to_alert' | 'alert_to_screen' | 'alert_to_notification';

/**
 * The Prometheus metrics of contract §8, on a registry of their own (tests run several systems in one process).
 * No label ever carries a person, a room or a device. `processMetrics` adds CPU, memory and event-loop lag.
 */
export const createMetrics = ({ processMetrics = false }: { processMetrics?: boolean } = {}) => {
  const registry = new Registry();
  const registers = [registry];
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return {
    registry,
    messagesAccepted: new Counter({
      name: 'vigie_messages_accepted_total',
      help: 'Messages stored in the inbox and acknowledged',
      registers,
    }),
    messagesQuarantined: new Counter({
      name: 'vigie_messages_quarantined_total',
      help: 'Messages that could not become readings',
      labelNames: ['reason'],
      registers,
    }),
    readings: new Counter({
      name: 'vigie_readings_total',
      help: 'Readings stored',
      labelNames: ['metric'],
      registers,
    }),
    duplicates: new Counter({
      name: 'vigie_duplicates_total',
      help: 'Readings and messages received again and not stored again',
      registers,
    }),
    inboxRows: new Gauge({
      name: 'vigie_inbox_rows',
      help: 'Accepted messages not yet processed',
      registers,
    }),
    sinkLag: new Gauge({
      name: 'vigie_sink_lag_seconds',
      help: 'Age of the oldest reading the sink has not taken',
      labelNames: ['sink'],
      registers,
    }),
    sinkRejected: new Counter({
      name: 'vigie_sink_rejected_total',
      help: 'Readings the sink refused (dead letters)',
      labelNames: ['sink'],
      registers,
    }),
    alertsOpen: new Gauge({
      name: 'vigie_alerts_open',
      help: 'Alerts that are not closed',
      labelNames: ['priority', 'category'],
      registers,
    }),
    alertSeconds: new Histogram({
      name: 'vigie_alert_seconds',
      help: 'Time from acceptance to alert, from alert to screen, from alert to the first notification',
      labelNames: ['step'],
      buckets: ALERT_BUCKETS,
      registers,
    }),
    notifications: new Counter({
      name: 'vigie_notifications_total',
      help: 'Notification attempts',
      labelNames: ['channel', 'result'],
      registers,
    }),
    liveSockets: new Gauge({
      name: 'vigie_live_sockets',
      help: 'Dashboards connected to this process',
      registers,
    }),
  };
};
export type Metrics = ReturnType<typeof createMetrics>;
