import type { ConnectPacket } from 'aedes';
import type { Limits } from './limits.js';

/** A CONNECT that is answered before anybody asks who it is. */
export interface ConnectRefusal {
  readonly reason: 'mqtt5' | 'client_id';
  readonly connack: Buffer;
}

/** CONNACK of MQTT 5: session present 0, reason 0x84 (unsupported protocol version), no properties. */
const UNSUPPORTED_VERSION = Buffer.from([0x20, 0x03, 0x00, 0x84, 0x00]);
/** CONNACK of MQTT 3.1.1: identifier rejected. */
const IDENTIFIER_REJECTED = Buffer.from([0x20, 0x02, 0x00, 0x02]);

/**
 * MQTT 5 is refused in its own words, so that the client falls back to 3.1.1 instead of guessing. A client id may not
 * be longer than the limit, and an empty one asks for a clean session [MQTT-3.1.3-8].
 */
export const connectFault = (packet: ConnectPacket, limits: Limits): ConnectRefusal | null => {
  if (packet.protocolVersion === 5) return { reason: 'mqtt5', connack: UNSUPPORTED_VERSION };
  const { clientId, clean } = packet;
  const valid = clientId.length <= limits.clientIdLength && (clientId !== '' || clean === true);
  return valid ? null : { reason: 'client_id', connack: IDENTIFIER_REJECTED };
};

/**
 * Every connection is looked after: one that asks for no keep-alive, or for a very long one, gets ours. A server may
 * close a connection that has been silent for too long (MQTT 3.1.1 §3.1.2.10).
 */
export const boundKeepalive = (packet: ConnectPacket, limits: Limits): void => {
  const asked = packet.keepalive ?? 0;
  packet.keepalive = asked === 0 ? limits.keepaliveSeconds : Math.min(asked, limits.keepaliveSeconds);
};
