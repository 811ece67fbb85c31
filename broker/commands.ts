import type { Client, PublishPacket } from 'aedes';
import type { EpochMillis, Millis } from '../domain/time.js';
import type { Log } from '../platform/log.js';

export interface Command {
  readonly id: number;
  readonly topic: string;
  readonly payload: Uint8Array;
}
/** Commands waiting for a device; `device` is the id in `vigie/v1/{site}/{device}/commands/…` (a device or a box). */
export interface CommandStore {
  queue(command: Omit<Command, 'id'> & { device: string; at: EpochMillis; expiresAt: EpochMillis }): Promise<void>;
  /** Not sent, not expired, oldest first. */
  pending(device: string, now: EpochMillis): Promise<readonly Command[]>;
  /** The devices that have commands not sent and not expired. */
  devicesWaiting(now: EpochMillis): Promise<readonly string[]>;
  markSent(id: number, at: EpochMillis): Promise<void>;
}

/** A command older than this would surprise whoever stands beside the device. */
export const COMMAND_TTL: Millis = 24 * 3_600_000;

/** Marks packets the desk sends: devices are forwarded these and nothing else. No client id contains a space. */
export const COMMAND_SENDER = 'vigie command desk';

interface Counter {
  readonly client: Client;
  sending: number | null;
  busy: boolean;
}

/**
 * Gives each device its commands, one at a time, the next after the PUBACK of the one before: a command is marked as
 * sent when the device has acknowledged it, so a device that disappears gets it again (at least once).
 */
export const createCommandDesk = (options: { store: CommandStore; now: () => EpochMillis; log: Log }) => {
  const { store, now, log } = options;
  const counters = new Map<string, Counter>();

  const sendNext = async (device: string, counter: Counter): Promise<void> => {
    if (counter.busy || counter.sending !== null) return;
    counter.busy = true;
    try {
      const [next] = await store.pending(device, now());
      if (!next || counters.get(device) !== counter) return;
      counter.sending = next.id;
      const packet: PublishPacket & { clientId: string } = {
        cmd: 'publish',
        topic: next.topic,
        payload: Buffer.from(next.payload),
        qos: 1,
        retain: false,
        dup: false,
        clientId: COMMAND_SENDER,
      };
      counter.client.publish(packet, () => {});
    } catch (error) {
      log.warn({ device, err: error }, 'commands could not be read');
    } finally {
      counter.busy = false;
    }
  };

  return {
    /** Resolves when the command is stored; it is sent as soon as the device is there. */
    async queue(device: string, topic: string, payload: Uint8Array): Promise<void> {
      const at = now();
      await store.queue({ device, topic, payload, at, expiresAt: at + COMMAND_TTL });
      const counter = counters.get(device);
      if (counter) void sendNext(device, counter);
    },
    /** The device subscribed to its commands on this connection. */
    serve(device: string, client: Client): void {
      if (counters.get(device)?.client !== client) counters.set(device, { client, sending: null, busy: false });
      void sendNext(device, counters.get(device)!);
    },
    /** Looks for commands that were queued by another process or thread. */
    poll(): void {
      if (counters.size === 0) return;
      store.devicesWaiting(now()).then(
        (devices) => {
          for (const device of devices) {
            const counter = counters.get(device);
            if (counter) void sendNext(device, counter);
          }
        },
        (error: unknown) => log.warn({ err: error }, 'commands could not be looked for'),
      );
    },
    async acknowledged(device: string, client: Client): Promise<void> {
      const counter = counters.get(device);
      if (counter?.client !== client || counter.sending === null) return;
      try {
        await store.markSent(counter.sending, now());
      } catch (error) {
        log.warn({ device, err: error }, 'a sent command could not be marked; it will be sent again');
        return;
      } finally {
        counter.sending = null;
      }
      await sendNext(device, counter);
    },
    gone(device: string, client: Client): void {
      if (counters.get(device)?.client === client) counters.delete(device);
    },
  };
};
