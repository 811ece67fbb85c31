/**
 * The same load as `publisher.ts` through mqtt.js, the client most Node devices and boxes use; all connections in one
 * process. Reads a `Load` from argv[2], prints a `Report` as one JSON line.
 */
import { connectAsync } from 'mqtt';
import { payloadAt, percentile, type Load, type Report } from './load.js';

const run = async (load: Load): Promise<Report> => {
  const clients = await Promise.all(
    Array.from({ length: load.connections }, (_, index) => {
      const clientId = `${load.username}${index + 1}`;
      const credentials = { clientId, username: clientId, password: load.password };
      return connectAsync(`mqtt://127.0.0.1:${load.port}`, { protocolVersion: 4, keepalive: 60, ...credentials });
    }),
  );
  const latencies: number[] = [];
  let acknowledged = 0;
  const began = performance.now();
  const end = began + load.seconds * 1_000;
  await Promise.all(
    clients.map(
      (client, index) =>
        new Promise<void>((resolve, reject) => {
          const topic = load.topic.replace('{username}', `${load.username}${index + 1}`);
          let sent = 0;
          let inFlight = 0;
          const send = (): void => {
            while (inFlight < load.window && performance.now() < end) {
              const at = performance.now();
              inFlight += 1;
              client.publish(topic, payloadAt(load.startTime + sent, sent), { qos: 1 }, (error) => {
                if (error) return reject(error);
                inFlight -= 1;
                acknowledged += 1;
                latencies.push(performance.now() - at);
                send();
              });
              sent += 1;
            }
            if (inFlight === 0) resolve();
          };
          send();
        }),
    ),
  );
  const seconds = (performance.now() - began) / 1_000;
  await Promise.all(clients.map((client) => client.endAsync(true)));
  latencies.sort((a, b) => a - b);
  return {
    acknowledged,
    seconds,
    perSecond: acknowledged / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
};

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as Load)));
