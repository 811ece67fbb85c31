import { Client } from 'fhir-kit-client';
import type { Bundle, BundleEntry } from 'fhir/r4.js';
import type { Dispatcher } from 'undici';
import type { Millis } from '../../domain/time.js';
import { retryAfterMillis } from '../../platform/retry-after.js';
import { batchBundle } from '../../fhir/bundle.js';
import { entryVerdict, requestVerdict, type Verdict } from '../../fhir/outcome.js';

export interface FhirClientOptions {
  readonly baseUrl: string;
  readonly token?: string;
  /** Longest a bundle may take. */
  readonly timeout: Millis;
  /** How requests travel (undici); for proxies, own certificates and tests. */
  readonly dispatcher?: Dispatcher;
}

/** Ask for no copy of what was sent: it halves the traffic. */
const MINIMAL = { prefer: 'return=minimal' };

/** Sends entries as one batch and returns a verdict for each. Never throws. */
export type SendBatch = (entries: readonly BundleEntry[], signal: AbortSignal) => Promise<Verdict[]>;

interface HttpError {
  readonly response: { readonly status: number; readonly data: unknown };
  readonly config: { readonly headers: Headers };
}
const isHttpError = (error: unknown): error is HttpError =>
  typeof error === 'object' && error !== null && 'response' in error && 'config' in error;

/** What the failure of a whole request means. Names and codes only: its text may hold the URL's credentials. */
const failureVerdict = (error: unknown): Verdict => {
  if (isHttpError(error)) {
    const { status, data } = error.response;
    const retryAfter = retryAfterMillis(error.config.headers.get('retry-after'), Date.now());
    return requestVerdict({ status, body: data, retryAfter });
  }
  const { name, cause } = (error ?? {}) as { name?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError' || name === 'AbortError') return { kind: 'later', reason: 'fhir.timeout' };
  const code = cause?.code;
  return { kind: 'later', reason: typeof code === 'string' ? `fhir.unreachable (${code})` : 'fhir.unreachable' };
};

/** fhir-kit-client, with what it lacks: time limits, verdicts per entry, and halving of a bundle refused as a whole. */
export const createSendBatch = ({ baseUrl, token, timeout, dispatcher }: FhirClientOptions): SendBatch => {
  const client = new Client({ baseUrl, ...(dispatcher ? { requestOptions: { dispatcher } } : {}) });
  if (token !== undefined) client.bearerToken = token;

  const send: SendBatch = async (entries, signal) => {
    try {
      const body = { ...batchBundle([...entries]) };
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
      const answer = (await client.batch({ body, options: { signal: limit, headers: MINIMAL } })) as unknown as Bundle;
      const answered = answer.entry ?? [];
      // Without one answer per entry nobody knows which entry an answer is about [FHIR R4 http.html#transaction-response].
      if (answered.length !== entries.length)
        return entries.map(() => ({ kind: 'later', reason: 'fhir.unexpected-answer' }));
      return answered.map(entryVerdict);
    } catch (error) {
      const verdict = failureVerdict(error);
      if (verdict.kind !== 'rejected' || entries.length === 1) return entries.map(() => verdict);
      const middle = entries.length >> 1;
      return [...(await send(entries.slice(0, middle), signal)), ...(await send(entries.slice(middle), signal))];
    }
  };
  return send;
};
