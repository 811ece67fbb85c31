import { io, type Socket } from 'socket.io-client';
import type { Millis } from '../../../domain/time.js';
import { LIVE_NAMESPACE } from '../../../domain/liveness.js';
import type { ClientEvents, ServerEvents } from '../../protocol.js';
import { createStore, type Store, type ReadonlyStore } from '../state/store.js';
import type { LiveEvent, LiveState } from '../state/live.js';

/** How the page stands with the server: number of tries since it last heard, and when the next one is. */
export interface Link {
  readonly attempt: number;
  /** Local time; null while a try is under way or none is needed. */
  readonly nextAt: number | null;
}
export interface LiveLink {
  readonly link: ReadonlyStore<Link>;
  /** Tries at once instead of waiting for the next time. */
  retry(): void;
  close(): void;
}

const CLOCK_EVERY: Millis = 500;
const RETRY_EVERY: Millis = 5_000;
const HANDSHAKE_TIMEOUT: Millis = 4_000;

/** Feeds the store from `/live` until closed; `onRefused` when the server no longer knows the session. */
export const openLive = (store: Store<LiveState, LiveEvent>, onRefused: () => void): LiveLink => {
  const socket: Socket<ServerEvents, ClientEvents> = io(LIVE_NAMESPACE, {
    withCredentials: true,
    reconnection: false,
    timeout: HANDSHAKE_TIMEOUT,
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    forceNew: true,
  });
  const link = createStore<Link, Partial<Link>>({ attempt: 0, nextAt: null }, (state, change) => ({
    ...state,
    ...change,
  }));

  const connect = (): void => {
    link.dispatch({ attempt: link.get().attempt + 1, nextAt: null });
    socket.disconnect().connect();
  };
  const later = (): void => {
    if (link.get().nextAt === null) link.dispatch({ nextAt: Date.now() + RETRY_EVERY });
  };
  const heard = (): void => {
    const { attempt, nextAt } = link.get();
    if (store.get().phase === 'live' && (attempt !== 0 || nextAt !== null)) link.dispatch({ attempt: 0, nextAt: null });
  };

  socket.on('connect', () => store.dispatch({ type: 'connected', at: Date.now() }));
  socket.on('connect_error', () => {
    later();
    onRefused();
  });
  socket.on('disconnect', (reason) => {
    if (reason !== 'io client disconnect') later();
    if (reason === 'io server disconnect') onRefused();
  });
  socket.on('snapshot', (event) => {
    store.dispatch({ type: 'snapshot', at: Date.now(), ...event });
    heard();
  });
  socket.on('alert', (event) => store.dispatch({ type: 'alert', ...event }));
  socket.on('vital', (event) => store.dispatch({ type: 'vital', ...event }));
  socket.on('device', (event) => store.dispatch({ type: 'device', seq: event.seq }));
  socket.on('tick', (event) => store.dispatch({ type: 'tick', at: Date.now(), ...event }));

  const clock = setInterval(() => {
    const now = Date.now();
    store.dispatch({ type: 'clock', at: now });
    const { phase, resync } = store.get();
    if (socket.connected && resync?.askedAt === null) {
      socket.emit('resync');
      store.dispatch({ type: 'resync-asked', at: now });
    }
    if (phase === 'frozen' && socket.connected) later();
    const { nextAt } = link.get();
    if (nextAt !== null && nextAt <= now) connect();
  }, CLOCK_EVERY);

  return {
    link,
    retry: connect,
    close() {
      clearInterval(clock);
      socket.disconnect();
    },
  };
};
