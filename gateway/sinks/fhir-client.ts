import { Client } from 'fhir-kit-client';
import type { Bundle, BundleEntry, CapabilityStatement } from 'fhir/r4.js';
import type { Dispatcher } from 'undici';
import type { Millis } from '../../domain/time.js';
import { batchBundle } from '../../fhir/bundle.js';
import { entryVerdict, feedingVerdict, requestVerdict, type Verdict } from '../../fhir/outcome.js';
import { retryAfterMillis } from '../../platform/retry-after.js';
import type { TokenSource } from './fhir-auth.js';

export interface FhirClientOptions {
  readonly baseUrl: string;
  readonly auth?: TokenSource;
  /** Longest a bundle may take. */
  readonly timeout: Millis;
  /** How requests travel (undici); for client certificates, proxies and tests. */
  readonly dispatcher?: Dispatcher;
}

/** Ask for no copy of what was sent: it halves the traffic. */
const MINIMAL = { prefer: 'return=minimal' };

/** Sends entries as one batch and returns a verdict for each. Never throws. */
export type SendBatch = (entries: readonly BundleEntry[], signal: AbortSignal) => Promise<Verdict[]>;

export interface FhirClient {
  readonly sendBatch: SendBatch;
  /** Sends one transaction of the ANS feeding flow; the verdict is on its only measure. Never throws. */
  sendFeeding(bundle: Bundle, signal: AbortSignal): Promise<Verdict>;
  /** What the server says it can do. Throws when it does not say. */
  capabilities(signal: AbortSignal): Promise<CapabilityStatement>;
}

interface HttpError {
  readonly response: { readonly status: number; readonly data: unknown };
  readonly config: { readonly headers: Headers };
}
const isHttpError = (error: unknown): error is HttpError =>
  typeof error === 'object' && error !== null && 'response' in error && 'config' in error;
const isUnauthorized = (error: unknown): boolean => isHttpError(error) && error.response.status === 401;

const retryAfterOf = ({ config }: HttpError): Millis | undefined =>
  retryAfterMillis(config.headers.get('retry-after'), Date.now());

/** What a request that got no readable answer means. Names and codes only: its text may hold the URL's credentials. */
const networkVerdict = (error: unknown): Verdict => {
  const { name, cause, code } = (error ?? {}) as { name?: unknown; cause?: { code?: unknown }; code?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError') return { kind: 'later', reason: 'fhir.timeout' };
  if (name === 'SyntaxError') return { kind: 'later', reason: 'fhir.unexpected-answer' };
  if (typeof code === 'string' && code.startsWith('fhir.')) return { kind: 'later', reason: code };
  const why = cause?.code;
  return { kind: 'later', reason: typeof why === 'string' ? `fhir.unreachable (${why})` : 'fhir.unreachable' };
};

/** What the failure of a whole batch means. */
const failureVerdict = (error: unknown): Verdict =>
  isHttpError(error)
    ? requestVerdict({ status: error.response.status, body: error.response.data, retryAfter: retryAfterOf(error) })
    : networkVerdict(error);

/** An answer about the entry itself: the server works, and says it cannot do this one. */
const IS_THROTTLE = /^fhir\.(401|423|425|429)\b/;
const owned = (verdict: Verdict): Verdict =>
  verdict.kind === 'later' && !IS_THROTTLE.test(verdict.reason) ? { ...verdict, own: true } : verdict;

/** fhir-kit-client, with what it lacks: tokens, time limits, verdicts per entry, halving of a bundle refused whole. */
export const createFhirClient = ({ baseUrl, auth, timeout, dispatcher }: FhirClientOptions): FhirClient => {
  const client = new Client({ baseUrl, ...(dispatcher ? { requestOptions: { dispatcher } } : {}) });

  /** With a valid token; once more with a new one when the server says that it is not. */
  const call = async <Answer>(
    request: (options: { signal: AbortSignal; headers: Record<string, string> }) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
    const once = async (): Promise<Answer> => {
      if (auth) client.bearerToken = await auth.token(limit);
      return request({ signal: limit, headers: MINIMAL });
    };
    try {
      return await once();
    } catch (error) {
      if (!auth || !isUnauthorized(error) || !auth.refuse()) throw error;
      return once();
    }
  };

  const sendBatch: SendBatch = async (entries, signal) => {
    try {
      const body = { ...batchBundle([...entries]) };
      const answer = (await call((options) => client.batch({ body, options }), signal)) as unknown as Bundle;
      const answered = answer.entry ?? [];
      // Without one answer per entry nobody knows which entry an answer is about [FHIR R4 http.html#transaction-response].
      if (answered.length !== entries.length)
        return entries.map(() => ({ kind: 'later', reason: 'fhir.unexpected-answer' }));
      return answered.map((entry) => owned(entryVerdict(entry)));
    } catch (error) {
      const verdict = failureVerdict(error);
      if (verdict.kind !== 'rejected' || entries.length === 1) return entries.map(() => verdict);
      const middle = entries.length >> 1;
      return [
        ...(await sendBatch(entries.slice(0, middle), signal)),
        ...(await sendBatch(entries.slice(middle), signal)),
      ];
    }
  };

  return {
    sendBatch,
    async sendFeeding(bundle, signal) {
      try {
        await call((options) => client.transaction({ body: { ...bundle }, options }), signal);
        return { kind: 'accepted', reference: null };
      } catch (error) {
        if (!isHttpError(error)) return networkVerdict(error);
        const { status, data } = error.response;
        return feedingVerdict({ status, body: data, retryAfter: retryAfterOf(error) });
      }
    },
    capabilities: async (signal) =>
      (await call(
        ({ signal: limit }) => client.capabilityStatement({ signal: limit }),
        signal,
      )) as unknown as CapabilityStatement,
  };
};
