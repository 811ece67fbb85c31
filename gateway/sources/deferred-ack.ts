import type { IPublishPacket, MqttClient } from 'mqtt';

/** mqtt.js sends no PUBACK when `handleMessage` calls back with an error, and goes on with the next packet. */
const DEFERRED = new Error('acknowledged later');

/** The private method that writes a packet and respects back-pressure; held by a contract test, mqtt is pinned. */
interface Sender {
  _sendPacket(packet: { cmd: 'puback'; messageId: number; reasonCode: 0 }): void;
}

/**
 * Makes `client` acknowledge each QoS 1 message when `stored(null)` is called for it, instead of when it arrives, while
 * further messages keep coming, up to `window` unacknowledged ones. `stored(error)` ends the connection: the broker
 * delivers everything unacknowledged again. Must be called before the client connects; subscribe with QoS 1 at most.
 */
export const deferAcknowledgements = (
  client: MqttClient,
  window: number,
  receive: (packet: IPublishPacket, stored: (error: Error | null) => void) => void,
): void => {
  let unacknowledged = 0;
  const held: (() => void)[] = [];

  client.handleMessage = (packet, next) => {
    if (packet.qos === 0) {
      receive(packet, () => {});
      next();
      return;
    }
    unacknowledged++;
    receive(packet, (error) => {
      unacknowledged--;
      if (error) client.stream.destroy();
      else if (client.connected)
        (client as unknown as Sender)._sendPacket({ cmd: 'puback', messageId: packet.messageId!, reasonCode: 0 });
      while (held.length > 0 && unacknowledged < window) held.shift()!();
    });
    // Held only while the inbox commits, never longer: the answer to our own keep-alive waits behind it.
    if (unacknowledged < window) next(DEFERRED);
    else held.push(() => next(DEFERRED));
  };
};
