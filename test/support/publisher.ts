import { connect, type MqttClient } from 'mqtt';

/** What was sent and what the broker acknowledged. */
export interface Account {
  sent: number;
  acknowledged: number;
  reconnects: number;
}

export interface PublishPlan {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly topic: string;
  /** Payload of message `n`, counted from 0. */
  readonly payload: (n: number) => string;
  readonly count: number;
  /** Unacknowledged messages at once. */
  readonly window?: number;
  /** Pause between messages in ms, to spread them over the run. */
  readonly pace?: number;
}

/**
 * A device that never gives up: QoS 1, resends what was not acknowledged after every reconnect. Resolves when each of
 * the `count` messages was acknowledged.
 */
export const publishAll = (plan: PublishPlan, account: Account): { done: Promise<void>; client: MqttClient } => {
  const { window = 20, pace = 0 } = plan;
  const client = connect(plan.url, {
    protocolVersion: 4,
    clientId: plan.username,
    username: plan.username,
    password: plan.password,
    clean: true,
    reconnectPeriod: 150,
    connectTimeout: 5_000,
    keepalive: 10,
  });
  client.on('error', () => undefined); // refused connections while the system is down
  client.on('reconnect', () => void (account.reconnects += 1));
  const done = new Promise<void>((resolve, reject) => {
    let next = 0;
    let acknowledged = 0;
    let inFlight = 0;
    const send = (): void => {
      while (inFlight < window && next < plan.count) {
        inFlight += 1;
        account.sent += 1;
        client.publish(plan.topic, plan.payload(next++), { qos: 1 }, (error) => {
          if (error) return reject(error);
          inFlight -= 1;
          acknowledged += 1;
          account.acknowledged += 1;
          if (acknowledged === plan.count) resolve();
          else if (pace > 0) setTimeout(send, pace);
          else send();
        });
        if (pace > 0) break;
      }
    };
    for (let lane = 0; lane < (pace > 0 ? window : 1); lane += 1) send();
  });
  return { done: done.finally(() => client.end(true)), client };
};
