import type { Reference } from 'fhir/r4.js';
import { ENTRIES_PER_BUNDLE, logicalReference, subjectEntry, type SubjectKind } from '../../fhir/bundle.js';
import type { Verdict } from '../../fhir/outcome.js';
import type { SendBatch } from './fhir-client.js';

type Later = Extract<Verdict, { kind: 'later' }>;

export interface References {
  /** The server's own reference once `ensure` has found it, with our identifier beside; the identifier alone until then. */
  of(kind: SubjectKind, id: string): Reference;
  /** Makes Patients and Devices exist and learns their references; returns why it could not, or null. */
  ensure(wanted: readonly { kind: SubjectKind; id: string }[], signal: AbortSignal): Promise<Later | null>;
  /** Drops what was learned before the last `ensure`; returns whether there was anything. */
  forgetOlder(kind: SubjectKind, id: string): boolean;
}

/**
 * Patients and Devices on the server. In a batch no entry may point at another, so they are created before their
 * Observations, once each, and remembered. A server that refuses to create them gets logical references.
 */
export const createReferences = (sourceOid: string, send: SendBatch): References => {
  const known = new Map<string, string | null>();
  let fresh = new Set<string>();
  const keyOf = (kind: SubjectKind, id: string): string => `${kind}/${id}`;

  return {
    of(kind, id) {
      const reference = known.get(keyOf(kind, id));
      const logical = logicalReference(sourceOid, kind, id);
      return reference ? { reference, ...logical } : logical;
    },
    async ensure(wanted, signal) {
      fresh = new Set();
      const missing = new Map(
        wanted.map((item) => [keyOf(item.kind, item.id), item] as const).filter(([key]) => !known.has(key)),
      );
      const keys = [...missing.keys()];
      for (let at = 0; at < keys.length; at += ENTRIES_PER_BUNDLE) {
        const part = keys.slice(at, at + ENTRIES_PER_BUNDLE);
        const entries = part.map((key) => subjectEntry(sourceOid, missing.get(key)!.kind, missing.get(key)!.id));
        const verdicts = await send(entries, signal);
        let later: Later | null = null;
        for (const [i, key] of part.entries()) {
          const verdict = verdicts[i] ?? { kind: 'later', reason: 'fhir.unexpected-answer' };
          if (verdict.kind === 'later') later = verdict;
          else {
            known.set(key, verdict.kind === 'accepted' ? verdict.reference : null);
            fresh.add(key);
          }
        }
        if (later) return later;
      }
      return null;
    },
    forgetOlder(kind, id) {
      const key = keyOf(kind, id);
      return !fresh.has(key) && known.delete(key);
    },
  };
};
