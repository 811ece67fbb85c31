import { type Millis, SECOND } from './time.js';

/** A screen proves that it is alive: the server ticks this often. */
export const TICK_EVERY_MS: Millis = 5 * SECOND;
/** Without a tick for this long a screen must say that what it shows may be wrong. */
export const FROZEN_AFTER_MS: Millis = 10 * SECOND;
/** socket.io namespace of the live screens. */
export const LIVE_NAMESPACE = '/live';
