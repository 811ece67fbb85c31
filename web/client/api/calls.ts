import type { Metric } from '../../../domain/metrics.js';
import type { Outcome } from '../../../domain/alert.js';
import type { AlertDetail, AlertView, Latest, Me, Page, ResidentView, SeriesPoint, SiteView } from '../../protocol.js';
import { request } from './http.js';

const all = async <Item>(path: string): Promise<readonly Item[]> => {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '200', ...(cursor === null ? {} : { cursor }) });
    const page: Page<Item> = await request(`${path}?${query}`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
};

export const me = (): Promise<Me> => request('/me');
export const signIn = (username: string, password: string): Promise<Me> =>
  request('/session', { method: 'POST', body: { username, password } });
export const signOut = (): Promise<void> => request('/session', { method: 'DELETE' });
export const sites = (): Promise<readonly SiteView[]> => all('/sites');
export const residents = (): Promise<readonly ResidentView[]> => all('/residents');
export const latest = (resident: string): Promise<Latest> =>
  request(`/residents/${encodeURIComponent(resident)}/latest`);
export const alertDetail = (id: string): Promise<AlertDetail> => request(`/alerts/${encodeURIComponent(id)}`);

/** Means of 5 min between two ISO instants, oldest first. */
export const series = async (
  resident: string,
  metric: Metric,
  range: { from: string; to: string },
): Promise<readonly SeriesPoint[]> => {
  const query = new URLSearchParams({ metric, ...range, resolution: '5m', limit: '500' });
  const page = await request<{ points: readonly SeriesPoint[] }>(
    `/residents/${encodeURIComponent(resident)}/readings?${query}`,
  );
  return page.points;
};

export type AlertAction =
  | { readonly kind: 'claim' | 'release' | 'help' }
  | { readonly kind: 'snooze'; readonly minutes: 10 | 30 | 60; readonly reason: string }
  | { readonly kind: 'close'; readonly outcome: Outcome; readonly note?: string };

/** Does something to an alert; 409 says who was first. */
export const act = (alert: string, { kind, ...body }: AlertAction, idempotencyKey: string): Promise<AlertView> =>
  request(`/alerts/${encodeURIComponent(alert)}/${kind}`, { method: 'POST', body, idempotencyKey });
