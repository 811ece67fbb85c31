import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { RequestHandler } from 'express';
import { Server, type Socket } from 'socket.io';
import type { Principal } from '../../../domain/permissions.js';
import { SECOND, type EpochMillis, type Millis } from '../../../domain/time.js';
import type { Health } from '../../../platform/health.js';
import type { Log } from '../../../platform/log.js';
import type { Wakeup } from '../../../platform/wakeup.js';
import { LIVE_NAMESPACE, TICK_EVERY_MS, type ClientEvents, type ServerEvents } from '../../protocol.js';
import { isCrossOrigin } from '../auth/same-origin.js';
import { createFeed, type Wire } from './feed.js';
import type { Hub, Viewer } from './hub.js';
import { startTail } from './tail.js';
import { troubleOf } from './trouble.js';

/** A session that ended or lost a right loses its screen within this. */
const RECHECK_EVERY: Millis = 30 * SECOND;
/** Clients send `resync` and nothing else. */
const MAX_CLIENT_MESSAGE = 1_000;
/** A page resyncs after a loss, not in a loop. */
const RESYNC_AT_MOST_EVERY: Millis = SECOND;

interface SocketData {
  principal: Principal;
}
type LiveSocket = Socket<ClientEvents, ServerEvents, Record<string, never>, SocketData>;
/** What express-session adds to the request of the handshake. */
type SessionRequest = IncomingMessage & { sessionID?: string };

export interface Live {
  /** Cuts the screens of a session that was ended here; others are cut at the next check. */
  endSession(sid: string): void;
  close(): Promise<void>;
}

const sidOf = (socket: LiveSocket): string => (socket.request as SessionRequest).sessionID ?? '';

/** Counts what waits in the engine's buffer: packets created since its last flush. */
const wireOf = (socket: LiveSocket): Wire => {
  const { conn } = socket;
  let waiting = 0;
  conn.on('packetCreate', () => (waiting += 1));
  conn.on('flush', () => (waiting = 0));
  return {
    emit: (name, event) => void (socket as Socket).emit(name, event),
    drained: () => waiting === 0 && conn.transport.writable,
    backlog: () => waiting,
    disconnect: () => void socket.disconnect(true),
  };
};

const sameRights = (a: Principal, b: Principal | null): boolean =>
  b !== null && a.role === b.role && a.sites.join('\n') === b.sites.join('\n');

/** Starts the `/live` namespace: who connects is known by the session cookie, and sees what their rights say. */
export const startLive = (options: {
  server: HttpServer;
  session: RequestHandler;
  /** Who a session is, now; null when it ended. */
  principalOf: (sid: string) => Promise<Principal | null>;
  hub: Hub;
  wakeup: Wakeup;
  log: Log;
  now: () => EpochMillis;
  recheckEvery?: Millis;
  /** What fails now; asked before every tick. */
  health: Health;
}): Live => {
  const { hub, log, now, principalOf } = options;
  const io = new Server<ClientEvents, ServerEvents, Record<string, never>, SocketData>(options.server, {
    serveClient: false,
    perMessageDeflate: false, // measured: 8k of 20k events/s delivered with it
    maxHttpBufferSize: MAX_CLIENT_MESSAGE,
    connectTimeout: 10 * SECOND,
    pingInterval: 10 * SECOND,
    pingTimeout: 10 * SECOND,
    allowRequest: (request, allow) => allow(null, !isCrossOrigin(request.headers, request.headers.host)),
  });
  io.engine.use(options.session);
  io.use((_socket, next) => next(new Error('namespace.unknown')));

  const live = io.of(LIVE_NAMESPACE);
  const tail = startTail({ turn: () => hub.turn(), wakeup: options.wakeup, log, now });

  live.use((socket, next) => {
    principalOf(sidOf(socket)).then(
      (principal) => {
        if (!principal) return next(new Error('session.required'));
        socket.data.principal = principal;
        return next();
      },
      (error: unknown) => {
        log.error({ err: error }, 'live: the session cannot be read');
        next(new Error('server.failure'));
      },
    );
  });

  live.on('connection', (socket) => {
    const viewer: Viewer = { principal: socket.data.principal, feed: createFeed(wireOf(socket)) };
    const leave = hub.join(viewer);
    let resyncedAt = -Infinity;
    socket.on('resync', () => {
      if (now() - resyncedAt < RESYNC_AT_MOST_EVERY) return;
      resyncedAt = now();
      hub.resync(viewer);
      tail.nudge();
    });
    socket.on('disconnect', leave);
    tail.nudge();
  });

  const ticking = setInterval(() => {
    void options.health.report().then((report) => {
      const read = tail.lastRead();
      // A tick says "what you see is current": without a recent look at the store it would be a lie.
      if (read !== null && now() - read <= TICK_EVERY_MS) hub.tick(troubleOf(report));
    });
  }, TICK_EVERY_MS);

  const recheck = async (): Promise<void> => {
    for (const socket of live.sockets.values()) {
      const current = await principalOf(sidOf(socket));
      if (!sameRights(socket.data.principal, current)) socket.disconnect(true);
    }
  };
  const rechecking = setInterval(() => {
    recheck().catch((error: unknown) => log.error({ err: error }, 'live: sessions cannot be checked'));
  }, options.recheckEvery ?? RECHECK_EVERY);

  return {
    endSession(sid) {
      for (const socket of live.sockets.values()) if (sidOf(socket) === sid) socket.disconnect(true);
    },
    async close() {
      clearInterval(ticking);
      clearInterval(rechecking);
      await tail.stop();
      await io.close();
    },
  };
};
