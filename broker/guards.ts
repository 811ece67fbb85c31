import type { AedesPublishPacket, Client } from 'aedes';

/** The parts of an aedes 1.2.0 client that are not in its types; `test/contract/broker` holds every use of them. */
export interface ClientInternals {
  id: string;
  clean: boolean;
  duplicates: object;
  subscriptions: Record<string, unknown>;
  _parser: { packet: { length: number }; _parseLength(): boolean };
}
export const internals = (client: Client): ClientInternals => client as unknown as ClientInternals;

/**
 * Closes the connection as soon as a packet announces more than `most()` bytes: aedes has no limit of its own, not even
 * before CONNECT (stack.md §3.1). Looked at in the fixed header, so that the payload is never gathered.
 */
export const limitPacketSize = (client: Client, most: () => number, refuse: (bytes: number) => void): void => {
  const parser = internals(client)._parser;
  const parseLength = parser._parseLength;
  parser._parseLength = function (this: typeof parser) {
    if (!parseLength.call(this)) return false;
    const bytes = this.packet.length;
    if (bytes <= most()) return true;
    refuse(bytes);
    client.emit('error', new Error('packet too large'));
    return false;
  };
};

const FORGETFUL = new Proxy({}, { get: () => 0, set: () => true, deleteProperty: () => true });

/**
 * aedes drops every packet whose counter is lower than the last one delivered, which loses messages as soon as two ways
 * of delivery overtake each other (moscajs/aedes #955, #994). This switches that off; `createFirstCopy` replaces it.
 */
export const forgetOrder = (client: Client): void => {
  internals(client).duplicates = FORGETFUL;
};

/** The copies of one publish come one right after the other, so a short memory is exact. */
const REMEMBERED = 512;

/** `firstCopy(client, packet)` is false for a packet this connection was already given (overlapping subscriptions). */
export const createFirstCopy = () => {
  const memory = new WeakMap<Client, { ring: Float64Array; known: Set<number>; next: number }>();
  return (client: Client, packet: AedesPublishPacket): boolean => {
    const { brokerId, brokerCounter: counter } = packet;
    if (!brokerId || !counter) return true; // a retained message: sent once per subscription
    let seen = memory.get(client);
    if (!seen) memory.set(client, (seen = { ring: new Float64Array(REMEMBERED), known: new Set(), next: 0 }));
    if (seen.known.has(counter)) return false;
    const slot = seen.next++ % REMEMBERED;
    if (seen.next > REMEMBERED) seen.known.delete(seen.ring[slot]!);
    seen.ring[slot] = counter;
    seen.known.add(counter);
    return true;
  };
};
