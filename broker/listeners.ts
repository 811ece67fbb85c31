import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { VigieError } from '../domain/errors.js';

export interface ListenAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}
export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** CA of client certificates (mTLS). Without it none is asked for. */
  readonly clientCa?: string | Buffer;
  /** Refuse clients without a certificate; otherwise they may still give a password. */
  readonly requireClientCertificate?: boolean;
}
export interface ListenerOptions {
  readonly tcp?: ListenAddress;
  readonly tls?: ListenAddress & TlsMaterial;
  readonly ws?: ListenAddress & { readonly path?: string; readonly tls?: TlsMaterial };
}
export interface Ports {
  readonly tcp?: number;
  readonly tls?: number;
  readonly ws?: number;
}
/** One new connection. `socket` is what TLS knows about it (for a WebSocket, the socket below). */
export type HandleConnection = (stream: Duplex, peer: { address: string; socket: Socket }) => void;

const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 } as const;
const TLS_HANDSHAKE = 10_000;

const tlsOptions = ({ cert, key, clientCa, requireClientCertificate }: TlsMaterial) => ({
  cert,
  key,
  ...(clientCa ? { ca: clientCa, requestCert: true, rejectUnauthorized: requireClientCertificate === true } : {}),
  minVersion: 'TLSv1.2' as const,
  handshakeTimeout: TLS_HANDSHAKE,
});

const listen = (server: Server | HttpServer, name: string, { host, port }: ListenAddress): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new VigieError('broker.listen', `${name} cannot listen on ${host}:${port}: ${error.code}`, { cause: error }),
      ),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });

const webSockets = (
  { path = '/mqtt', tls }: NonNullable<ListenerOptions['ws']>,
  mostBytes: number,
  handle: HandleConnection,
) => {
  const server = tls ? createHttpsServer({ ...tlsOptions(tls), ...SOCKET }) : createHttpServer(SOCKET);
  const sockets = new WebSocketServer({
    server,
    path,
    maxPayload: mostBytes,
    perMessageDeflate: false,
    // [MQTT-6.0.0-3], [MQTT-6.0.0-4]
    handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : offered.has('mqttv3.1') ? 'mqttv3.1' : false),
  });
  sockets.on('error', () => {}); // the server's own errors, which `listen` reports
  sockets.on('connection', (socket, request) => {
    const stream = createWebSocketStream(socket);
    handle(stream, { address: request.socket.remoteAddress ?? 'unknown', socket: request.socket });
  });
  server.on('request', (_request, response) => response.writeHead(426, { connection: 'close' }).end());
  return server;
};

/** Opens every listener that is configured; if one fails, none stays open. */
export const startListeners = async (
  options: ListenerOptions,
  mostBytes: number,
  handle: HandleConnection,
): Promise<{ ports: Ports; close(): Promise<void> }> => {
  const servers: (Server | HttpServer)[] = [];
  const open = new Set<Socket>();
  const ports: { -readonly [Name in keyof Ports]: Ports[Name] } = {};
  const handleSocket = (socket: Socket): void => handle(socket, { address: socket.remoteAddress ?? 'unknown', socket });

  const start = async (name: keyof Ports, address: ListenAddress, server: Server | HttpServer): Promise<void> => {
    server.on('connection', (socket: Socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
    // A failed handshake is the client's affair.
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    ports[name] = await listen(server, name, address);
    server.on('error', () => {});
    servers.push(server);
  };
  const close = async (): Promise<void> => {
    const closed = servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve())));
    for (const socket of open) socket.destroy();
    await Promise.all(closed);
  };

  try {
    const { tcp, tls, ws } = options;
    if (tcp) await start('tcp', tcp, createTcpServer(SOCKET, handleSocket));
    if (tls) await start('tls', tls, createTlsServer({ ...tlsOptions(tls), ...SOCKET }, handleSocket));
    if (ws) await start('ws', ws, webSockets(ws, mostBytes, handle));
  } catch (error) {
    await close();
    throw error;
  }
  return { ports, close };
};
