import { flagOf, taskOf, type AlertContext } from '../../fhir/alert.js';
import { ENTRIES_PER_BUNDLE, updateEntry } from '../../fhir/bundle.js';
import type { Subject } from '../../fhir/context.js';
import type { Verdict } from '../../fhir/outcome.js';
import { createFhirClient } from './fhir-client.js';
import { connectionOf, directoryOf, settingsOf, type FhirSinkOptions } from './fhir-options.js';
import { createPatience } from './fhir-patience.js';
import { createReferences } from './fhir-references.js';
import type { AlertRow, Delivery, Sink } from './sink.js';

/** A Flag and a Task each. */
const ALERTS_PER_BUNDLE = ENTRIES_PER_BUNDLE / 2;
const BATCH = 8 * ALERTS_PER_BUNDLE;

/** Of the two, what decides: a refusal, then a delay. */
const worse = (a: Verdict, b: Verdict): Verdict =>
  [a, b].find(({ kind }) => kind === 'later') ?? [a, b].find(({ kind }) => kind === 'rejected') ?? a;

/**
 * Alerts to a FHIR R4 server: one Flag and one Task per alert, updated by identifier to what the alert is now, in the
 * order of the event log. It has a drain of its own, so a flood of readings delays no alert.
 */
export const fhirAlertSink = (options: FhirSinkOptions): Sink<AlertRow> => {
  const settings = settingsOf(options);
  const { sendBatch } = createFhirClient(connectionOf(options));
  const references = createReferences(settings, sendBatch);
  const patience = createPatience();

  return {
    name: 'fhir-alerts',
    batchSize: BATCH,
    async deliver(batch, signal): Promise<Delivery> {
      const directory = await directoryOf(options);
      // Several events of one alert are one update: what counts is how it stands now.
      const newest = new Map(batch.map((row) => [row.alert.id, row]));
      const patients = [...newest.values()].flatMap(({ alert }): Subject[] =>
        alert.resident === null ? [] : [{ kind: 'Patient', id: alert.resident }],
      );
      const unready = await references.ensure(patients, directory, signal);
      if (unready) return keepFrom(batch[0]!, unready);
      const context: AlertContext = { settings, directory, refer: (subject) => references.of(subject, directory) };
      const ids = [...newest.keys()];
      const verdicts = new Map<string, Verdict>();
      for (let at = 0; at < ids.length; at += ALERTS_PER_BUNDLE) {
        const part = ids.slice(at, at + ALERTS_PER_BUNDLE);
        const answers = await sendBatch(
          part.flatMap((id) => {
            const { alert } = newest.get(id)!;
            return [updateEntry(flagOf(alert, context)), updateEntry(taskOf(alert, context))];
          }),
          signal,
        );
        const some = answers.some(({ kind }) => kind === 'accepted');
        for (const [i, id] of part.entries())
          verdicts.set(id, patience.judge(id, worse(answers[2 * i]!, answers[2 * i + 1]!), some));
        if (answers.some((verdict) => verdict.kind === 'later' && !verdict.own)) break;
      }
      const waiting: Verdict = { kind: 'later', reason: 'fhir.waiting' };
      const judged = batch.map((row) => ({ row, verdict: verdicts.get(row.alert.id) ?? waiting }));
      const kept = judged.find(({ verdict }) => verdict.kind === 'later');
      const rejected = judged.flatMap(({ row, verdict }) =>
        verdict.kind === 'rejected' && newest.get(row.alert.id) === row && (!kept || row.seq < kept.row.seq)
          ? [{ seq: row.seq, reason: verdict.reason }]
          : [],
      );
      return { rejected, ...(kept ? omitRejected(keepFrom(kept.row, kept.verdict)) : {}) };
    },
  };
};

const keepFrom = ({ seq }: AlertRow, verdict: Verdict): Delivery => ({
  rejected: [],
  retryFrom: seq,
  ...(verdict.kind === 'later' ? { retryReason: verdict.reason } : {}),
  ...(verdict.kind === 'later' && verdict.after !== undefined ? { retryAfter: verdict.after } : {}),
});
const omitRejected = ({ rejected: _none, ...rest }: Delivery): Omit<Delivery, 'rejected'> => rest;
