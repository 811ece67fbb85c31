import type { PublishPacket } from 'aedes';
import { VigieError } from '../domain/errors.js';
import type { EpochMillis } from '../domain/time.js';
import type { Intake } from '../platform/intake.js';
import type { Route } from './authorize.js';
import type { createCommandDesk } from './commands.js';
import type { Session } from './presence.js';
import type { Retained } from './retained.js';

export type Acknowledge = (error?: Error | null) => void;

const toBuffer = (payload: string | Buffer): Buffer => (typeof payload === 'string' ? Buffer.from(payload) : payload);

/**
 * Step 4 of the road: the message is on disk before `acknowledge()` lets aedes write PUBACK or PUBREC. An error closes
 * the connection without an acknowledgement: the device keeps the message and sends it again. Nobody promised anything
 * about QoS 0: when it cannot be stored it is counted, and its sender stays connected.
 */
export const createAccept = (options: {
  intake: Intake;
  retained: Retained;
  commands: ReturnType<typeof createCommandDesk>;
  accepted: { inc(): void };
  dropped: (reason: string) => void;
  now: () => EpochMillis;
}) => {
  const { intake, retained, commands, accepted, dropped, now } = options;

  const acceptCommand = (device: string, packet: PublishPacket, acknowledge: Acknowledge): void => {
    packet.retain = false; // what waits for a device waits in our store
    commands.queue(device, packet.topic, toBuffer(packet.payload)).then(
      () => acknowledge(null),
      (error: unknown) => acknowledge(new VigieError('command.store', 'the command was not stored', { cause: error })),
    );
  };

  return (
    session: Session,
    route: Exclude<Route, { kind: 'refused' }>,
    packet: PublishPacket,
    acknowledge: Acknowledge,
  ): void => {
    if (route.kind === 'command') return acceptCommand(route.device, packet, acknowledge);
    const payload = toBuffer(packet.payload);
    const receivedAt = now();
    if (packet.retain && (route.illFormed || !retained.admits(session.key, packet.topic, payload))) {
      packet.retain = false;
      dropped('retained');
    }
    const stored = (error: Error | null): void => {
      if (error && packet.qos > 0) return acknowledge(error);
      if (error) dropped('qos0');
      else accepted.inc();
      if (error || !packet.retain) return acknowledge(null);
      const { topic, qos } = packet;
      retained.save({ topic, payload, qos, at: receivedAt }, () => acknowledge(null));
    };
    intake.push(
      {
        site: route.site,
        identity: session.key,
        topic: route.topic,
        payload,
        // Published to us now, so live, whatever its RETAIN flag asks of later subscribers (docs/mqtt.md).
        retained: false,
        dup: packet.dup === true,
        lane: route.lane,
        receivedAt,
      },
      stored,
    );
  };
};
