/** What the page of one resident asks. */
import type { Metric } from '../../../domain/metrics.js';
import { type EpochMillis, toIso } from '../../../domain/time.js';
import type { AggregatedReadings, AlertView, DeviceView, Page, RawReadings, ThresholdsView } from '../../protocol.js';
import { LENGTH, type HistoryPoint, type Period, WINDOW } from '../state/history.js';
import { request } from './http.js';

/** Pages of raw points of one measure; beyond, means of a minute say the same with less. */
const MAX_RAW_PAGES = 3;
const MAX_ALERT_PAGES = 5;

const of = (resident: string): string => `/residents/${encodeURIComponent(resident)}`;

export const thresholds = (resident: string): Promise<ThresholdsView> => request(`${of(resident)}/thresholds`);

interface Range {
  readonly metric: Metric;
  readonly from: EpochMillis;
  readonly to: EpochMillis;
}

const rawPoints = async (resident: string, { metric, from, to }: Range): Promise<readonly HistoryPoint[] | null> => {
  const points: HistoryPoint[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_RAW_PAGES; page += 1) {
    const query = new URLSearchParams({ metric, from: toIso(from), to: toIso(to), resolution: 'raw', limit: '2000' });
    if (cursor !== null) query.set('cursor', cursor);
    const answer: RawReadings = await request(`${of(resident)}/readings?${query}`);
    for (const { time, value, quality, device, late } of answer.points)
      if (typeof value === 'number')
        points.push({
          at: Date.parse(time),
          value,
          min: value,
          max: value,
          count: 1,
          late,
          questionable: quality === 'questionable',
          device,
        });
    cursor = answer.next;
    if (cursor === null) return points.sort((a, b) => a.at - b.at);
  }
  return null;
};

const windows = async (
  resident: string,
  { metric, from, to }: Range,
  resolution: '1m' | '1h' | '1d',
): Promise<readonly HistoryPoint[]> => {
  const query = new URLSearchParams({ metric, from: toIso(from), to: toIso(to), resolution });
  const answer: AggregatedReadings = await request(`${of(resident)}/readings?${query}`);
  return answer.points.map(({ time, mean, min, max, count }) => ({
    at: Date.parse(time),
    value: mean,
    min,
    max,
    count,
    late: false,
    questionable: false,
    device: null,
  }));
};

/** Points of a period that ends at `now`, oldest first: measures for a day, windows beyond. */
export const history = async (
  resident: string,
  metric: Metric,
  period: Period,
  now: EpochMillis,
): Promise<readonly HistoryPoint[]> => {
  const range = { metric, from: now - LENGTH[period], to: now };
  const window = WINDOW[period];
  if (window) return windows(resident, range, window.name);
  return (await rawPoints(resident, range)) ?? windows(resident, range, '1m');
};

const alertsIn = async (query: Record<string, string>, since: EpochMillis): Promise<AlertView[]> => {
  const found: AlertView[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_ALERT_PAGES; page += 1) {
    const params = new URLSearchParams({ ...query, limit: '100', ...(cursor === null ? {} : { cursor }) });
    const answer: Page<AlertView> = await request(`/alerts?${params}`);
    found.push(...answer.items);
    cursor = answer.next;
    const oldest = answer.items.at(-1);
    if (cursor === null || (oldest && Date.parse(oldest.startedAt) < since)) break;
  }
  return found;
};

/** Alerts of a resident since an instant, closed ones and those that still stand. */
export const alertsOf = async (resident: string, since: EpochMillis): Promise<readonly AlertView[]> => {
  const [open, closed] = await Promise.all([
    alertsIn({ resident, state: 'open' }, since),
    alertsIn({ resident, state: 'closed' }, since),
  ]);
  return [...open, ...closed];
};

/** The last alert that was closed, for a wall where nothing is open. */
export const lastClosed = async (site: string | null): Promise<AlertView | null> => {
  const query = new URLSearchParams({ state: 'closed', limit: '1', ...(site === null ? {} : { site }) });
  const answer: Page<AlertView> = await request(`/alerts?${query}`);
  return answer.items[0] ?? null;
};

/** What a resident wears and what stands in their room. */
export const devicesOf = async (
  site: string,
  resident: string,
  room: string | null,
): Promise<readonly DeviceView[]> => {
  const found: DeviceView[] = [];
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({ site, limit: '200', ...(cursor === null ? {} : { cursor }) });
    const page: Page<DeviceView> = await request(`/devices?${query}`);
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return found.filter(
    ({ assignedTo }) =>
      assignedTo !== null &&
      (assignedTo.resident === resident || (assignedTo.resident === null && room !== null && assignedTo.room === room)),
  );
};
