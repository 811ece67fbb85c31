import type { AlertView, LatestReading, News2View, ServerEvents, Trouble, VitalsOf } from '../../protocol.js';

/** What a feed needs of a socket; `drained` is false while earlier packets wait in the socket's buffer. */
export interface Wire {
  emit<Name extends keyof ServerEvents>(name: Name, event: Parameters<ServerEvents[Name]>[0]): void;
  drained(): boolean;
  /** Packets that wait; alerts are never dropped, so a screen this late is cut and starts again from a snapshot. */
  backlog(): number;
  disconnect(): void;
}

/** At a few hundred bytes a packet, about a megabyte for one screen that no longer reads. */
const MAX_BACKLOG = 2_000;

export interface Feed {
  snapshot(event: { alerts: AlertView[]; vitals: VitalsOf[]; now: string }): void;
  alert(alert: AlertView): void;
  device(device: string, online: boolean): void;
  /** Keeps the newest value of each metric; `flush` sends them. */
  vital(vitals: VitalsOf): void;
  flush(): void;
  tick(now: string, trouble: readonly Trouble[]): void;
}

interface Pending {
  readonly readings: Map<string, LatestReading>;
  news2: News2View | undefined;
}

/**
 * What one screen is sent. `seq` starts with its first snapshot and grows by one with each alert, vital and device, so
 * that the page notices any loss. Until that snapshot nothing is sent: it would be older than what the page has.
 * A slow screen gets only the latest vitals, later; its alerts queue.
 */
export const createFeed = (wire: Wire): Feed => {
  let seq: number | null = null;
  const pending = new Map<string, Pending>();

  const send = <Name extends 'alert' | 'vital' | 'device'>(
    name: Name,
    event: Omit<Parameters<ServerEvents[Name]>[0], 'seq'>,
  ): void => {
    if (seq === null) return;
    seq += 1;
    wire.emit(name, { seq, ...event } as Parameters<ServerEvents[Name]>[0]);
    if (wire.backlog() > MAX_BACKLOG) wire.disconnect();
  };

  return {
    snapshot(event) {
      seq = seq === null ? 0 : seq + 1;
      pending.clear();
      wire.emit('snapshot', { seq, ...event });
    },
    alert: (alert) => send('alert', { alert }),
    device: (device, online) => send('device', { device, online }),
    vital({ resident, readings, news2 }) {
      if (seq === null) return;
      const known = pending.get(resident) ?? { readings: new Map<string, LatestReading>(), news2 };
      for (const reading of readings) known.readings.set(reading.metric, reading);
      known.news2 = news2 ?? known.news2;
      pending.set(resident, known);
    },
    flush() {
      if (pending.size === 0 || !wire.drained()) return;
      for (const [resident, { readings, news2 }] of pending)
        send('vital', { resident, readings: [...readings.values()], ...(news2 ? { news2 } : {}) });
      pending.clear();
    },
    tick(now, trouble) {
      if (seq !== null) wire.emit('tick', { seq, now, trouble });
    },
  };
};
