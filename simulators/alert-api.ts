import { z } from 'zod';
import { CATEGORIES, PRIORITIES } from '../domain/alert.js';
import { VigieError } from '../domain/errors.js';
import type { Millis } from '../domain/time.js';

const alertSchema = z.object({
  id: z.string(),
  resident: z.object({ id: z.string() }).nullable(),
  metric: z.string().nullable(),
  category: z.enum(CATEGORIES),
  priority: z.enum(PRIORITIES),
  startedAt: z.iso.datetime(),
  evidence: z.array(z.object({ time: z.iso.datetime() })),
});
const pageSchema = z.object({ items: z.array(alertSchema), next: z.string().nullable() });
export type SeenAlert = z.infer<typeof alertSchema>;

export interface ApiOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface AlertApi {
  /** Every open alert; of the closed ones the newest page, for a carer may have been quick. */
  alerts(...states: ('open' | 'closed')[]): Promise<readonly SeenAlert[]>;
}

const TIMEOUT: Millis = 10_000;
const PAGE = 200;

/**
 * Signs in over HTTP (contract §5) and reads alerts as a carer would. Throws `simulate.login` when it is refused,
 * `simulate.unreachable` when nobody answers, and `simulate.api` when an answer is not what the contract says.
 */
export const openAlertApi = async ({ url, username, password }: ApiOptions): Promise<AlertApi> => {
  const base = url.replace(/\/+$/, '');
  const login = await fetch(`${base}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: base },
    body: JSON.stringify({ username, password }),
    signal: AbortSignal.timeout(TIMEOUT),
  }).catch((cause: unknown) => {
    throw new VigieError('simulate.unreachable', `expected Vigie at ${base}, got no answer`, { cause });
  });
  await login.arrayBuffer();
  if (!login.ok) throw new VigieError('simulate.login', `expected to sign in at ${base}, got HTTP ${login.status}`);
  const cookie = login.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');

  const list = async (state: 'open' | 'closed'): Promise<SeenAlert[]> => {
    const alerts: SeenAlert[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `state=${state}&limit=${PAGE}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const response = await fetch(`${base}/api/v1/alerts?${query}`, {
        headers: { cookie },
        signal: AbortSignal.timeout(TIMEOUT),
      });
      if (!response.ok) throw new VigieError('simulate.api', `expected the alerts, got HTTP ${response.status}`);
      const page = pageSchema.parse(await response.json());
      alerts.push(...page.items);
      cursor = state === 'open' ? page.next : null;
    } while (cursor !== null);
    return alerts;
  };
  return {
    alerts: async (...states) => (await Promise.all(states.map(list))).flat(),
  };
};
