import type { BundleEntry, OperationOutcome } from 'fhir/r4.js';
import type { Millis } from '../domain/time.js';

/** What a server's answer means for a resource. Reasons are codes: its own words may quote a person's data. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly reference: string | null }
  | { readonly kind: 'rejected'; readonly reason: string }
  | {
      readonly kind: 'later';
      readonly reason: string;
      readonly after?: Millis;
      /** The server's answer about this very resource, not about the request. */
      readonly own?: true;
    };

/** Not the resource's fault: timeout, conflict with another writer, locked, too early, too many. */
const TRANSIENT = new Set([401, 408, 409, 423, 425, 429]);

const isOutcome = (body: unknown): body is OperationOutcome =>
  typeof body === 'object' && body !== null && (body as { resourceType?: unknown }).resourceType === 'OperationOutcome';

/** `invalid`, or `invalid/MSG_BAD_FORMAT` when the server has a finer code; never its free text. */
export const outcomeCode = (body: unknown): string | null => {
  if (!isOutcome(body)) return null;
  const issue = body.issue?.find(({ severity }) => severity === 'error' || severity === 'fatal') ?? body.issue?.[0];
  const codes = [issue?.code, issue?.details?.coding?.[0]?.code];
  return codes.filter((code) => typeof code === 'string' && /^[\w.-]{1,64}$/.test(code)).join('/') || null;
};

const reasonOf = (status: number, body: unknown): string => {
  const code = outcomeCode(body);
  return code === null ? `fhir.${status}` : `fhir.${status} ${code}`;
};

/** `Patient/12` out of `https://host/base/Patient/12/_history/1`. */
const referenceOf = ({ response, resource }: BundleEntry): string | null => {
  const [, located] = /(?:^|\/)([A-Z]\w+\/[\w.-]{1,64})(?:\/_history\/[^/]*)?$/.exec(response?.location ?? '') ?? [];
  return located ?? (resource?.id ? `${resource.resourceType}/${resource.id}` : null);
};

/** One entry of a batch-response. A permanent refusal concerns this resource only; all else is offered again. */
export const entryVerdict = (entry: BundleEntry): Verdict => {
  const status = Number.parseInt(entry.response?.status ?? '', 10);
  if ((status >= 200 && status < 300) || status === 304) return { kind: 'accepted', reference: referenceOf(entry) };
  const reason = Number.isNaN(status) ? 'fhir.unexpected-answer' : reasonOf(status, entry.response?.outcome);
  return status >= 400 && status < 500 && !TRANSIENT.has(status)
    ? { kind: 'rejected', reason }
    : { kind: 'later', reason };
};

export interface RequestFailure {
  readonly status: number;
  readonly body: unknown;
  /** The pause the server asked for. */
  readonly retryAfter: Millis | undefined;
}

/**
 * A bundle refused as a whole. `rejected` means that something in it is at fault (halve it); a login, a wrong URL, a
 * proxy or a server in trouble says nothing about the resources.
 */
export const requestVerdict = ({ status, body, retryAfter }: RequestFailure): Verdict => {
  const reason = status === 401 || status === 403 ? 'fhir.unauthorized' : reasonOf(status, body);
  const atFault = status === 413 || ([400, 412, 422].includes(status) && isOutcome(body));
  if (atFault) return { kind: 'rejected', reason };
  return { kind: 'later', reason, ...(retryAfter === undefined ? {} : { after: retryAfter }) };
};

/**
 * One measure of the ANS feeding flow (standards §1.5): consent, foreign OID and profile faults concern the measure;
 * tokens and everything else are tried again.
 */
export const feedingVerdict = ({ status, body, retryAfter }: RequestFailure): Verdict => {
  const reason = reasonOf(status, body);
  if ([403, 409, 412, 413, 422].includes(status)) return { kind: 'rejected', reason };
  return { kind: 'later', reason, ...(retryAfter === undefined ? {} : { after: retryAfter }) };
};
