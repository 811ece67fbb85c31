import type { Problem } from '../../protocol.js';

/** A refusal of the server (status ≥ 400) or no answer at all (status 0, code `network`). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly problem: Problem | null,
  ) {
    super(`${code} (${status})`);
  }
}

const TIMEOUT_MS = 8_000;

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** One key per tap: a repeated request changes nothing twice. */
  readonly idempotencyKey?: string;
}

const problemOf = async (response: Response): Promise<Problem | null> => {
  const body = (await response.json().catch(() => null)) as Problem | null;
  return body && typeof body.code === 'string' ? body : null;
};

/**
 * One call of the REST API; the answer is trusted to have the shape of `web/protocol.ts`.
 * @throws ApiError
 */
export const request = async <Answer>(path: string, options: RequestOptions = {}): Promise<Answer> => {
  const { method = 'GET', body, idempotencyKey } = options;
  const response = await fetch(`/api/v1${path}`, {
    method,
    credentials: 'same-origin',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      accept: 'application/json',
      ...(method === 'GET' ? {} : { 'content-type': 'application/json', 'x-requested-with': 'vigie' }),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
  }).catch(() => {
    throw new ApiError(0, 'network', null);
  });
  if (!response.ok) {
    const problem = await problemOf(response);
    throw new ApiError(response.status, problem?.code ?? `http.${response.status}`, problem);
  }
  if (response.status === 204) return undefined as Answer;
  return (await response.json().catch(() => {
    throw new ApiError(0, 'network', null);
  })) as Answer;
};
