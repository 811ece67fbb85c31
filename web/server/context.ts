import type { Reading } from '../../domain/reading.js';
import type { EpochMillis } from '../../domain/time.js';
import type { History } from '../../platform/history/history.js';
import type { Log } from '../../platform/log.js';
import type { Store } from '../../platform/store/db.js';
import type { Inbox } from '../../platform/store/inbox.js';
import type { Wakeup } from '../../platform/wakeup.js';
import type { DeviceFormats } from './device-formats.js';
import type { RegistryCache } from './registry-cache.js';

/** The rules belong to the gateway; whoever starts both hands them in. */
export type ThresholdPreview = (readings: readonly Reading[], settings: unknown) => number;

/** What routes work with. */
export interface WebContext {
  readonly store: Store;
  readonly history: History;
  readonly registry: RegistryCache;
  /** Where replayed messages go back on the road. */
  readonly inbox: Pick<Inbox, 'append'>;
  readonly formats: DeviceFormats;
  /** How many alerts threshold settings give on readings of one resident. */
  readonly preview: ThresholdPreview;
  /** Tells the tails of every process that an alert changed. */
  readonly wakeup: Wakeup;
  readonly log: Log;
  /** What browsers subscribe to push messages with. */
  readonly vapidPublicKey: string;
  readonly now: () => EpochMillis;
}
