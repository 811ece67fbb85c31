import type { Alert, AlertEvent } from '../../domain/alert.js';
import type { Reading } from '../../domain/reading.js';
import type { EpochMillis } from '../../domain/time.js';

/** What the engine must know before it thinks: everything is a value, loaded in the same transaction. */
export interface EngineInput {
  /** New readings of one site, in the order they were accepted; duplicates already removed. */
  readonly readings: readonly Reading[];
  /** Alerts of the site that are not closed, by episode. */
  readonly open: ReadonlyMap<string, Alert>;
  /** Rule memory by key `rule/subject/metric`; a missing key is an empty memory. */
  readonly memory: ReadonlyMap<string, unknown>;
  /** Settings of a rule for a subject, raw (partial) as stored; `undefined` = defaults. */
  readonly settings: (rule: string, resident: string | null) => unknown;
  readonly now: EpochMillis;
}

/** What must be written, in the same transaction as the readings. */
export interface EngineOutput {
  /** Alerts created or changed, with `version` one more per event. */
  readonly alerts: readonly Alert[];
  readonly events: readonly AlertEvent[];
  /** Changed memory; `undefined` = delete the key. Values are JSON. */
  readonly memory: ReadonlyMap<string, unknown>;
}
