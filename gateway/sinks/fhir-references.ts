import type { Reference } from 'fhir/r4.js';
import { ENTRIES_PER_BUNDLE, subjectEntry } from '../../fhir/bundle.js';
import { logicalReference, type Directory, type MappingSettings, type Subject } from '../../fhir/context.js';
import type { Verdict } from '../../fhir/outcome.js';
import type { SendBatch } from './fhir-client.js';
import { createPatience } from './fhir-patience.js';

type Later = Extract<Verdict, { kind: 'later' }>;

export interface References {
  /** The server's own reference once `ensure` has found it, with our identifier beside; the identifier alone until then. */
  of(subject: Subject, directory: Directory): Reference;
  /** Makes Patients and Devices exist and learns their references; returns why it could not, or null. */
  ensure(wanted: readonly Subject[], directory: Directory, signal: AbortSignal): Promise<Later | null>;
  /** Drops what was learned before the last `ensure`; returns whether there was anything. */
  forgetOlder(subject: Subject): boolean;
}

/**
 * Patients and Devices on the server. In a batch no entry may point at another, so they are created before their
 * Observations, once each, and remembered. A server that refuses to create them gets logical references.
 */
export const createReferences = (settings: MappingSettings, send: SendBatch): References => {
  const known = new Map<string, string | null>();
  const patience = createPatience();
  let fresh = new Set<string>();
  const keyOf = ({ kind, id }: Subject): string => `${kind}/${id}`;

  return {
    of(subject, directory) {
      const reference = known.get(keyOf(subject));
      const logical = logicalReference(settings, subject, directory);
      return reference ? { reference, ...logical } : logical;
    },
    async ensure(wanted, directory, signal) {
      fresh = new Set();
      const missing = new Map(
        wanted.map((subject) => [keyOf(subject), subject] as const).filter(([key]) => !known.has(key)),
      );
      const keys = [...missing.keys()];
      for (let at = 0; at < keys.length; at += ENTRIES_PER_BUNDLE) {
        const part = keys.slice(at, at + ENTRIES_PER_BUNDLE);
        const verdicts = await send(
          part.map((key) => subjectEntry(missing.get(key)!, settings, directory)),
          signal,
        );
        let later: Later | null = null;
        for (const [i, key] of part.entries()) {
          // The fallback is a reference by identifier, so it is taken even when the server does nothing else.
          const verdict = patience.judge(key, verdicts[i] ?? { kind: 'later', reason: 'fhir.unexpected-answer' }, true);
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
    forgetOlder(subject) {
      const key = keyOf(subject);
      return !fresh.has(key) && known.delete(key);
    },
  };
};
