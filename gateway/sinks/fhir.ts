import type { Reference } from 'fhir/r4.js';
import type { Dispatcher } from 'undici';
import { SECOND, type Millis } from '../../domain/time.js';
import { ENTRIES_PER_BUNDLE, observationEntry, type SubjectKind } from '../../fhir/bundle.js';
import { isMapped, toObservations, type Mapped } from '../../fhir/observation.js';
import type { Verdict } from '../../fhir/outcome.js';
import { createSendBatch } from './fhir-client.js';
import { createReferences } from './fhir-references.js';
import type { Delivery, LoggedReading, Sink } from './sink.js';

export interface FhirSinkOptions {
  readonly baseUrl: string;
  readonly token?: string;
  /** Our OID: `meta.source`, and the root of our identifiers. */
  readonly sourceOid: string;
  readonly timeout?: Millis;
  readonly dispatcher?: Dispatcher;
  /** A Patient the server has already; without one, a Patient with only a pseudonymous identifier is created. */
  readonly patientOf?: (resident: string) => Reference | undefined;
}

const TIMEOUT: Millis = 15 * SECOND;
const BUNDLES_AT_ONCE = 4;
const BATCH = 4 * BUNDLES_AT_ONCE * ENTRIES_PER_BUNDLE;

interface Judged {
  readonly readings: readonly LoggedReading[];
  readonly verdict: Verdict;
}

/** Rows of messages that are kept are offered again whole: a panel must not be split over two batches. */
const toDelivery = (batch: readonly LoggedReading[], judged: readonly Judged[]): Delivery => {
  const kept = judged.flatMap(({ readings, verdict }) => (verdict.kind === 'later' ? [{ readings, verdict }] : []));
  const messages = new Set(kept.flatMap(({ readings }) => readings.map(({ message }) => message)));
  const retryFrom = batch.find(({ message }) => messages.has(message))?.seq;
  const rejected = judged.flatMap(({ readings, verdict }) =>
    verdict.kind === 'rejected' ? readings.map(({ seq }) => ({ seq, reason: verdict.reason })) : [],
  );
  if (retryFrom === undefined) return { rejected };
  const pauses = kept.flatMap(({ verdict }) => verdict.after ?? []);
  return {
    rejected: rejected.filter(({ seq }) => seq < retryFrom),
    retryFrom,
    ...(kept[0] ? { retryReason: kept[0].verdict.reason } : {}),
    ...(pauses.length > 0 ? { retryAfter: Math.max(...pauses) } : {}),
  };
};

/**
 * Readings to a FHIR R4 server as vital-signs Observations, in batch bundles of conditional creates. Metrics without a
 * mapping are accepted and go nowhere. A row is sent again until the server has answered for it; the identifier makes
 * that one Observation.
 */
export const fhirSink = ({ sourceOid, patientOf, timeout = TIMEOUT, ...connection }: FhirSinkOptions): Sink => {
  const send = createSendBatch({ ...connection, timeout });
  const references = createReferences(sourceOid, send);
  const context = {
    sourceOid,
    subjectOf: (resident: string): Reference => patientOf?.(resident) ?? references.of('Patient', resident),
    deviceOf: (device: string): Reference => references.of('Device', device),
  };

  const subjectsOf = ({ resident, device }: LoggedReading): { kind: SubjectKind; id: string }[] => [
    ...(resident === null || patientOf?.(resident) ? [] : [{ kind: 'Patient', id: resident } as const]),
    { kind: 'Device', id: device },
  ];

  /** A refusal may mean that the server has lost the Patient or Device: look once more before giving the row up. */
  const doubted = ({ readings, verdict }: Judged): Judged => {
    if (verdict.kind !== 'rejected') return { readings, verdict };
    const forgotten = readings.flatMap(subjectsOf).filter(({ kind, id }) => references.forgetOlder(kind, id));
    return forgotten.length === 0
      ? { readings, verdict }
      : { readings, verdict: { kind: 'later', reason: verdict.reason } };
  };

  /** Bundles side by side; none is started after one that must wait, since its rows would be offered again anyway. */
  const sendAll = async (items: readonly Mapped<LoggedReading>[], signal: AbortSignal): Promise<Judged[]> => {
    const later: Verdict = { kind: 'later', reason: 'fhir.waiting' };
    const judged: Judged[] = items.map(({ readings }) => ({ readings, verdict: later }));
    let next = 0;
    let waiting = false;
    const worker = async (): Promise<void> => {
      while (!waiting && next < items.length) {
        const at = next;
        next += ENTRIES_PER_BUNDLE;
        const part = items.slice(at, next);
        const verdicts = await send(
          part.map(({ resource }) => observationEntry(resource)),
          signal,
        );
        for (const [i, verdict] of verdicts.entries()) {
          judged[at + i] = { readings: part[i]!.readings, verdict };
          waiting ||= verdict.kind === 'later';
        }
      }
    };
    await Promise.all(Array.from({ length: BUNDLES_AT_ONCE }, worker));
    return judged;
  };

  return {
    name: 'fhir',
    batchSize: BATCH,
    async deliver(batch, signal) {
      const mapped = batch.filter(isMapped);
      const first = mapped[0];
      if (!first) return { rejected: [] };
      const unready = await references.ensure(mapped.flatMap(subjectsOf), signal);
      if (unready) return toDelivery(batch, [{ readings: [first], verdict: unready }]);
      const judged = await sendAll(toObservations(mapped, context), signal);
      return toDelivery(batch, judged.map(doubted));
    },
  };
};
