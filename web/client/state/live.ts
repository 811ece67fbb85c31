/** What the page knows, as one value. Pure: every time comes in with the event that carries it. */
import type { Metric } from '../../../domain/metrics.js';
import { type EpochMillis, type Millis, MINUTE, SECOND } from '../../../domain/time.js';
import { FROZEN_AFTER_MS } from '../../../domain/liveness.js';
import type { AlertView, LatestReading, News2View, Trouble, VitalsOf } from '../../protocol.js';

export interface Vitals {
  readonly readings: ReadonlyMap<Metric, LatestReading>;
  readonly news2: News2View | null;
}

/** `connecting`: nothing was ever received. `frozen`: what is shown may be wrong; only a full snapshot ends it. */
export type Phase = 'connecting' | 'live' | 'frozen';
export type ActionKind = 'claim' | 'release' | 'snooze' | 'help' | 'close';

export interface LiveState {
  readonly phase: Phase;
  readonly startedAt: EpochMillis;
  /** Sequence number of the last event of this connection; null until its snapshot. */
  readonly seq: number | null;
  /** A gap was seen: a snapshot is wanted, and was asked for at this local time (null = not asked yet). */
  readonly resync: { readonly askedAt: EpochMillis | null } | null;
  /** Local time of the last proof of life (tick or snapshot). */
  readonly tickAt: EpochMillis | null;
  /** What the server says is failing, as of the last tick. */
  readonly trouble: readonly Trouble[];
  readonly clockAt: EpochMillis;
  /** Server clock minus local clock. */
  readonly offset: Millis;
  /** Server time of the last proof of life when the display froze. */
  readonly frozenSince: EpochMillis | null;
  readonly alerts: ReadonlyMap<string, AlertView>;
  readonly vitals: ReadonlyMap<string, Vitals>;
  /** Actions of this page on their way to the server, by alert. */
  readonly sending: ReadonlyMap<string, ActionKind>;
}

export type LiveEvent =
  | { type: 'connected'; at: EpochMillis }
  | { type: 'snapshot'; at: EpochMillis; seq: number; now: string; alerts: AlertView[]; vitals: VitalsOf[] }
  | { type: 'alert'; seq: number; alert: AlertView }
  | { type: 'vital'; seq: number; resident: string; readings: readonly LatestReading[]; news2?: News2View }
  | { type: 'device'; seq: number }
  | { type: 'tick'; at: EpochMillis; seq: number; now: string; trouble: readonly Trouble[] }
  | { type: 'clock'; at: EpochMillis }
  | { type: 'resync-asked'; at: EpochMillis }
  | { type: 'latest'; resident: string; readings: readonly LatestReading[]; news2: News2View }
  | { type: 'sending'; alert: string; action: ActionKind }
  | { type: 'settled'; alert: string; view: AlertView | null };

/** A snapshot asked for and not received after this long is asked for again. */
const RESYNC_AGAIN: Millis = 5 * SECOND;
/** Closed alerts are kept this long: a card must not vanish under a finger. */
const KEEP_CLOSED: Millis = MINUTE;
/** A local clock set back by more than this makes every age wrong, so it freezes the display. */
const CLOCK_BACK: Millis = 2 * SECOND;

export const initialLive = (at: EpochMillis): LiveState => ({
  phase: 'connecting',
  startedAt: at,
  seq: null,
  resync: null,
  tickAt: null,
  trouble: [],
  clockAt: at,
  offset: 0,
  frozenSince: null,
  alerts: new Map(),
  vitals: new Map(),
  sending: new Map(),
});

/** True when ten seconds have passed without any first snapshot. */
export const neverConnected = (state: LiveState): boolean =>
  state.phase === 'connecting' && state.clockAt - state.startedAt >= FROZEN_AFTER_MS;

const mergeReadings = (
  known: ReadonlyMap<Metric, LatestReading>,
  readings: readonly LatestReading[],
): ReadonlyMap<Metric, LatestReading> => {
  const merged = new Map(known);
  for (const reading of readings) {
    const old = merged.get(reading.metric);
    if (!old || Date.parse(reading.time) >= Date.parse(old.time)) merged.set(reading.metric, reading);
  }
  return merged;
};

const withAlert = (alerts: ReadonlyMap<string, AlertView>, alert: AlertView): ReadonlyMap<string, AlertView> => {
  const known = alerts.get(alert.id);
  if (known && known.version > alert.version) return alerts;
  return new Map(alerts).set(alert.id, alert);
};

const withoutKey = <Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> => {
  if (!map.has(key)) return map;
  const copy = new Map(map);
  copy.delete(key);
  return copy;
};

/** Counts one event of the stream; a number that is not the next one means something was missed. */
const counted = (state: LiveState, seq: number): LiveState =>
  state.seq !== null && seq === state.seq + 1
    ? { ...state, seq }
    : { ...state, seq, resync: state.resync ?? { askedAt: null } };

const takeSnapshot = (state: LiveState, event: Extract<LiveEvent, { type: 'snapshot' }>): LiveState => ({
  ...state,
  phase: 'live',
  seq: event.seq,
  resync: null,
  tickAt: event.at,
  clockAt: event.at,
  offset: Date.parse(event.now) - event.at,
  frozenSince: null,
  alerts: new Map(
    event.alerts.map((alert) => {
      const known = state.alerts.get(alert.id);
      return [alert.id, known && known.version > alert.version ? known : alert];
    }),
  ),
  vitals: new Map(
    event.vitals.map(({ resident, readings, news2 }) => [
      resident,
      { readings: mergeReadings(new Map(), readings), news2: news2 ?? state.vitals.get(resident)?.news2 ?? null },
    ]),
  ),
});

const takeTick = (state: LiveState, event: Extract<LiveEvent, { type: 'tick' }>): LiveState => {
  if (state.phase !== 'live') return { ...state, resync: state.resync ?? { askedAt: null } };
  const missed = event.seq !== state.seq;
  return {
    ...state,
    seq: event.seq,
    tickAt: event.at,
    clockAt: event.at,
    offset: Date.parse(event.now) - event.at,
    trouble: event.trouble,
    resync: missed ? (state.resync ?? { askedAt: null }) : state.resync,
  };
};

const takeClock = (state: LiveState, at: EpochMillis): LiveState => {
  const wentBack = at < state.clockAt - CLOCK_BACK;
  const silent = state.tickAt !== null && at - state.tickAt >= FROZEN_AFTER_MS;
  const freeze = state.phase === 'live' && (wentBack || silent);
  const askedAt = state.resync?.askedAt ?? null;
  const old = at + state.offset - KEEP_CLOSED;
  const gone = [...state.alerts.values()].filter(
    (alert) => alert.closedAt !== null && Date.parse(alert.closedAt) < old,
  );
  const alerts = gone.length === 0 ? state.alerts : new Map(state.alerts);
  if (alerts instanceof Map) for (const { id } of gone) alerts.delete(id);
  return {
    ...state,
    clockAt: at,
    alerts,
    ...(askedAt !== null && at - askedAt >= RESYNC_AGAIN ? { resync: { askedAt: null } } : {}),
    ...(freeze ? { phase: 'frozen', frozenSince: (state.tickAt ?? at) + state.offset } : {}),
  };
};

const takeVital = (
  state: LiveState,
  event: { resident: string; readings: readonly LatestReading[]; news2?: News2View | undefined },
): LiveState => {
  const known = state.vitals.get(event.resident);
  const vitals: Vitals = {
    readings: mergeReadings(known?.readings ?? new Map<Metric, LatestReading>(), event.readings),
    news2: event.news2 ?? known?.news2 ?? null,
  };
  return { ...state, vitals: new Map(state.vitals).set(event.resident, vitals) };
};

/**
 * The next state. Until the snapshot of a new connection, and while frozen, events of the stream change nothing that
 * is shown: the snapshot that follows brings them all.
 */
export const live = (state: LiveState, event: LiveEvent): LiveState => {
  const deaf = state.seq === null || state.phase !== 'live';
  switch (event.type) {
    case 'connected':
      return { ...state, seq: null, resync: null };
    case 'snapshot':
      return takeSnapshot(state, event);
    case 'alert':
      if (deaf) return state;
      return { ...counted(state, event.seq), alerts: withAlert(state.alerts, event.alert) };
    case 'vital':
      return deaf ? state : takeVital(counted(state, event.seq), event);
    case 'device':
      return deaf ? state : counted(state, event.seq);
    case 'tick':
      return takeTick(state, event);
    case 'clock':
      return takeClock(state, event.at);
    case 'resync-asked':
      return { ...state, resync: { askedAt: event.at } };
    case 'latest':
      return state.phase === 'live' ? takeVital(state, event) : state;
    case 'sending':
      return { ...state, sending: new Map(state.sending).set(event.alert, event.action) };
    case 'settled':
      return {
        ...state,
        sending: withoutKey(state.sending, event.alert),
        alerts: event.view ? withAlert(state.alerts, event.view) : state.alerts,
      };
  }
};
