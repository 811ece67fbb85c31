import { useEffect, useMemo, useState } from 'react';
import type { Metric } from '../../../../domain/metrics.js';
import { can } from '../../../../domain/permissions.js';
import { DAY, MINUTE } from '../../../../domain/time.js';
import * as api from '../../api/resident.js';
import { latest } from '../../api/calls.js';
import type { AlertView, DeviceView, ResidentView, ThresholdsView } from '../../../protocol.js';
import { useDesk, useLive } from '../../state/desk.js';
import type { HistoryPoint, Limits, Period } from '../../state/history.js';
import { MEASURES, type MeasureName } from '../../state/measures.js';
import { newestOf } from '../../state/residents.js';
import { mergeAlerts } from '../../state/timeline.js';

/** Past 5 min the history is read again; the tiles are live. */
const REFRESH = 5 * MINUTE;

/** What an answer is: null until it comes. */
export type Read<Answer> = Answer | 'failed' | null;

const read = <Answer>(work: Promise<Answer>, set: (answer: Read<Answer>) => void): (() => void) => {
  let isCurrent = true;
  work.then(
    (answer) => isCurrent && set(answer),
    () => isCurrent && set('failed'),
  );
  return () => {
    isCurrent = false;
  };
};

/** Everything about a resident that is not on the live link, and the alerts of both. */
export const useResident = (resident: ResidentView) => {
  const { me, store } = useDesk();
  const [thresholds, setThresholds] = useState<Read<ThresholdsView>>(null);
  const [past, setPast] = useState<Read<readonly AlertView[]>>(null);
  const [devices, setDevices] = useState<Read<readonly DeviceView[]>>(null);
  const mayDevices = can(me, 'devices.read');
  const { id, site, room } = resident;
  const live = useLive((state) => state.phase === 'live');
  useEffect(() => (live ? read(api.thresholds(id), setThresholds) : undefined), [id, live]);
  useEffect(() => {
    if (!live) return undefined;
    const now = Date.now() + store.get().offset;
    return read(api.alertsOf(id, now - 30 * DAY), setPast);
  }, [id, live, store]);
  useEffect(
    () => (mayDevices && live ? read(api.devicesOf(site, id, room), setDevices) : undefined),
    [mayDevices, site, id, room, live],
  );
  const lacksScore = useLive((state) => live && state.vitals.get(id)?.news2 === null);
  const unknown = useLive((state) => live && !state.vitals.has(id));
  useEffect(() => {
    if (!lacksScore && !unknown) return;
    latest(id).then(
      (answer) => store.dispatch({ type: 'latest', resident: id, ...answer }),
      () => undefined,
    );
  }, [lacksScore, unknown, id, store]);
  const all = useLive((state) => state.alerts);
  const alerts = useMemo(
    () =>
      mergeAlerts(
        Array.isArray(past) ? (past as readonly AlertView[]) : [],
        [...all.values()].filter((alert) => alert.resident?.id === id),
      ),
    [past, all, id],
  );
  const limits = useMemo(
    () =>
      thresholds === null || thresholds === 'failed'
        ? null
        : new Map(
            Object.entries(thresholds.metrics).map(([metric, one]): [Metric, Limits] => [
              metric as Metric,
              {
                criticalLow: one.criticalLow.value,
                low: one.low.value,
                high: one.high.value,
                criticalHigh: one.criticalHigh.value,
              },
            ]),
          ),
    [thresholds],
  );
  return { thresholds, limits, alerts, pastFailed: past === 'failed', devices: mayDevices ? devices : undefined };
};

export interface Histories {
  readonly period: Period;
  readonly to: number;
  readonly points: ReadonlyMap<MeasureName, { readonly metric: Metric; readonly points: readonly HistoryPoint[] }>;
  readonly diastolic: readonly HistoryPoint[];
}

/** The history of every measure of the page over a period; the old one stays until the new one is there. */
export const useHistories = (resident: string, period: Period) => {
  const { store } = useDesk();
  const [answer, setAnswer] = useState<Read<Histories>>(null);
  const [day, setDay] = useState<Histories | null>(null);
  const [tries, setTries] = useState(0);
  const turn = useLive((state) =>
    state.phase === 'live' ? Math.floor((state.clockAt + state.offset) / REFRESH) : null,
  );
  const wanted = useLive((state) => {
    const readings = state.vitals.get(resident)?.readings;
    return MEASURES.map(
      ({ metrics, always }) => newestOf(readings, metrics)?.metric ?? (always ? metrics[0] : ''),
    ).join(' ');
  });
  useEffect(() => {
    if (turn === null) return undefined;
    const to = Date.now() + store.get().offset;
    const metrics = wanted.split(' ');
    const load = async (): Promise<Histories> => {
      const points = new Map<MeasureName, { metric: Metric; points: readonly HistoryPoint[] }>();
      for (const [index, { name }] of MEASURES.entries()) {
        const metric = metrics[index] as Metric | '' | undefined;
        if (metric) points.set(name, { metric, points: await api.history(resident, metric, period, to) });
      }
      return { period, to, points, diastolic: await api.history(resident, 'diastolic_bp', period, to) };
    };
    return read(load(), (next) => {
      if (next !== null && next !== 'failed' && next.period === '24h') setDay(next);
      setAnswer((old) => (next === 'failed' && old !== null && old !== 'failed' && old.period === period ? old : next));
    });
  }, [resident, period, turn, tries, wanted, store]);
  const shown = answer !== null && answer !== 'failed' && answer.period !== period ? null : answer;
  return { histories: shown, day, retry: () => setTries(tries + 1) };
};
