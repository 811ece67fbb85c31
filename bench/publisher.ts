/**
 * A cheap MQTT 3.1.1 QoS 1 publisher on raw sockets, so that the broker is what is measured. Run as its own process:
 * reads a `Load` from argv[2], prints a `Report` as one JSON line.
 */
import { connect, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import { payloadAt, percentile, type Load, type Report } from './load.js';

const PUBACK_BYTES = 4;
const SAMPLE_EVERY = 7;

const open = async (load: Load, number: number): Promise<Socket> => {
  const socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (connack) => (connack[3] === 0 ? resolve() : reject(new Error(`CONNACK ${connack[3]}`))));
    const clientId = `${load.username}${number}`;
    socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clientId,
        clean: true,
        keepalive: 60,
        username: clientId,
        password: Buffer.from(load.password),
      }),
    );
  });
  return socket;
};

const run = async (load: Load): Promise<Report> => {
  const sockets = await Promise.all(Array.from({ length: load.connections }, (_, index) => open(load, index + 1)));
  const latencies: number[] = [];
  let acknowledged = 0;
  const began = performance.now();
  const end = began + load.seconds * 1_000;
  const perConnection = load.rate / load.connections;

  await Promise.all(
    sockets.map(
      (socket, index) =>
        new Promise<void>((resolve, reject) => {
          const topic = load.topic.replace('{username}', `${load.username}${index + 1}`);
          const sentAt = new Map<number, number>();
          let sent = 0;
          let acked = 0;
          let pendingBytes = 0;
          const finishIfDone = (): void => {
            if (performance.now() >= end && acked === sent) {
              clearInterval(timer);
              socket.end();
              resolve();
            }
          };
          const send = (): void => {
            const now = performance.now();
            if (now >= end) return finishIfDone();
            const due = load.rate === 0 ? Infinity : Math.floor(((now - began) / 1_000) * perConnection);
            const packets: Buffer[] = [];
            while (sent - acked < load.window && sent < due) {
              const messageId = (sent % 65_535) + 1;
              if (sent % SAMPLE_EVERY === 0) sentAt.set(messageId, now);
              packets.push(
                generate({
                  cmd: 'publish',
                  topic,
                  payload: payloadAt(load.startTime + sent, sent),
                  qos: 1,
                  messageId,
                  dup: false,
                  retain: false,
                }),
              );
              sent += 1;
            }
            if (packets.length > 0) socket.write(Buffer.concat(packets));
          };
          let carry: Buffer = Buffer.alloc(0);
          socket.on('data', (chunk: Buffer) => {
            const data = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
            const whole = data.length - (data.length % PUBACK_BYTES);
            const now = performance.now();
            for (let at = 0; at < whole; at += PUBACK_BYTES) {
              const messageId = data.readUInt16BE(at + 2);
              const since = sentAt.get(messageId);
              if (since !== undefined) {
                latencies.push(now - since);
                sentAt.delete(messageId);
              }
            }
            acked += whole / PUBACK_BYTES;
            acknowledged += whole / PUBACK_BYTES;
            carry = data.subarray(whole);
            pendingBytes = carry.length;
            send();
            finishIfDone();
          });
          socket.once('close', () =>
            acked === sent && pendingBytes === 0 ? resolve() : reject(new Error('the broker closed the connection')),
          );
          const timer = setInterval(send, load.rate === 0 ? 50 : 5);
          send();
        }),
    ),
  );
  const seconds = (performance.now() - began) / 1_000;
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
