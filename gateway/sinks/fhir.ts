import { ENTRIES_PER_BUNDLE, observationEntry } from '../../fhir/bundle.js';
import { GATEWAY, observationContext, subjectsOf, type Directory } from '../../fhir/context.js';
import { deviceResource } from '../../fhir/device.js';
import { feedingBundle, isFed } from '../../fhir/feeding.js';
import { isMapped, toObservations, type Mapped } from '../../fhir/observation.js';
import type { Verdict } from '../../fhir/outcome.js';
import { insOf } from '../../fhir/patient.js';
import { createFhirClient } from './fhir-client.js';
import { connectionOf, directoryOf, settingsOf, type FhirSinkOptions } from './fhir-options.js';
import { createPatience } from './fhir-patience.js';
import { createReferences } from './fhir-references.js';
import type { Delivery, LoggedReading, Sink } from './sink.js';

export type { FhirSinkOptions } from './fhir-options.js';

const LANES = 4;
/** Sixteen bundles a lane: lanes wait for each other only at the end of a batch. */
const BATCH = 16 * LANES * ENTRIES_PER_BUNDLE;

type Item = Mapped<LoggedReading>;
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

/** One lane per person: what is measured on one person is sent in order, people side by side. */
const inLanes = (items: readonly Item[]): number[][] => {
  const lanes: number[][] = Array.from({ length: LANES }, () => []);
  const laneOf = new Map<string, number>();
  for (const [at, { readings }] of items.entries()) {
    const who = readings[0]!.resident ?? readings[0]!.device;
    if (!laneOf.has(who)) laneOf.set(who, laneOf.size % LANES);
    lanes[laneOf.get(who)!]!.push(at);
  }
  return lanes;
};

type SendPart = (part: readonly Item[], signal: AbortSignal) => Promise<Verdict[]>;

/** Lanes side by side; none goes on after a request that must wait, since its rows would be offered again anyway. */
const sendInLanes = async (
  items: readonly Item[],
  { size, send, probeFirst }: { size: number; send: SendPart; probeFirst: boolean },
  signal: AbortSignal,
): Promise<Judged[]> => {
  const judged: Judged[] = items.map(({ readings }) => ({
    readings,
    verdict: { kind: 'later', reason: 'fhir.waiting' },
  }));
  let waiting = false;
  const one = async (part: readonly number[]): Promise<void> => {
    const verdicts = await send(
      part.map((at) => items[at]!),
      signal,
    );
    for (const [i, verdict] of verdicts.entries()) {
      judged[part[i]!] = { readings: items[part[i]!]!.readings, verdict };
      waiting ||= verdict.kind === 'later' && !verdict.own;
    }
  };
  const lanes = inLanes(items).map((lane) => {
    const parts: number[][] = [];
    for (let at = 0; at < lane.length; at += size) parts.push(lane.slice(at, at + size));
    return parts;
  });
  // A server that was in trouble is asked once, not four times at once.
  const probe = probeFirst ? lanes.find((parts) => parts.length > 0)?.shift() : undefined;
  if (probe) await one(probe);
  await Promise.all(
    lanes.map(async (parts) => {
      for (const part of parts) if (!waiting) await one(part);
    }),
  );
  return judged;
};

/**
 * Readings to a FHIR R4 server as Observations, in batch bundles of conditional creates. A row is sent again until the
 * server has answered for it; the identifier makes that one Observation. An entry that the server cannot do, while it
 * does others, becomes a dead letter after a few tries.
 */
export const fhirSink = (options: FhirSinkOptions): Sink => {
  const settings = settingsOf(options);
  const { sendBatch } = createFhirClient(connectionOf(options));
  const references = createReferences(settings, sendBatch);
  const patience = createPatience();
  let inTrouble = false;

  const send: SendPart = (part, signal) =>
    sendBatch(
      part.map(({ resource }) => observationEntry(resource)),
      signal,
    );

  /** A refusal may mean that the server has lost the Patient or Device: look once more before giving the row up. */
  const doubted = ({ readings, verdict }: Judged): Judged => {
    if (verdict.kind !== 'rejected') return { readings, verdict };
    const forgotten = readings.flatMap(subjectsOf).filter((subject) => references.forgetOlder(subject));
    return forgotten.length === 0
      ? { readings, verdict }
      : { readings, verdict: { kind: 'later', reason: verdict.reason } };
  };

  return {
    name: 'fhir',
    batchSize: BATCH,
    async deliver(batch, signal) {
      const mapped = batch.filter(isMapped);
      const first = mapped[0];
      if (!first) return { rejected: [] };
      const directory = await directoryOf(options);
      const unready = await references.ensure([...mapped.flatMap(subjectsOf), GATEWAY], directory, signal);
      if (unready) {
        inTrouble = true;
        return toDelivery(batch, [{ readings: [first], verdict: unready }]);
      }
      const context = observationContext(settings, directory, (subject) => references.of(subject, directory));
      const items = toObservations(mapped, context);
      const sent = await sendInLanes(items, { size: ENTRIES_PER_BUNDLE, send, probeFirst: inTrouble }, signal);
      const some = sent.some(({ verdict }) => verdict.kind === 'accepted');
      const judged = sent
        .map(doubted)
        .map(({ readings, verdict }) => ({ readings, verdict: patience.judge(readings[0]!.id, verdict, some) }));
      inTrouble = judged.some(({ verdict }) => verdict.kind === 'later' && !verdict.own);
      return toDelivery(batch, judged);
    },
  };
};

const fed = (reading: LoggedReading, directory: Directory): boolean => {
  const resident = reading.resident === null ? null : directory.resident(reading.resident);
  return resident !== null && insOf(resident) !== null && isFed(reading.metric);
};

/**
 * The ANS feeding flow (IHE POU PCH-01; Mon espace santé): one measure and its Device per transaction, only for people
 * with an INS, only the profiles the flow takes. What it does not take is accepted and goes nowhere.
 */
export const fhirFeedingSink = (options: FhirSinkOptions): Sink => {
  const settings = { ...settingsOf(options), profileSet: 'ans' } as const;
  const { sendFeeding } = createFhirClient(connectionOf(options));
  return {
    name: 'fhir',
    batchSize: BATCH,
    async deliver(batch, signal) {
      const directory = await directoryOf(options);
      const taken = batch.filter((reading) => fed(reading, directory));
      const context = observationContext(settings, directory, ({ kind, id }) => referenceOf(kind, id));
      const referenceOf = (kind: string, id: string) =>
        kind === 'Patient'
          ? { type: 'Patient', identifier: insOf(directory.resident(id)!)! }
          : { type: 'Device', identifier: deviceResource(id, directory.device(id), settings).identifier![0]! };
      const send: SendPart = async ([item], at) => {
        const { device } = item!.readings[0]!;
        const resource = deviceResource(device, directory.device(device), settings);
        return [await sendFeeding(feedingBundle(item!.resource, resource), at)];
      };
      const judged = await sendInLanes(toObservations(taken, context), { size: 1, send, probeFirst: true }, signal);
      return toDelivery(batch, judged);
    },
  };
};
