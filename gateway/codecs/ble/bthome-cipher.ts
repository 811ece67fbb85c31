import { createDecipheriv } from 'node:crypto';
import type { EpochMillis, Millis } from '../../../domain/time.js';

const COUNTER = 4;
const MIC = 4;
const OPTIONS = { authTagLength: MIC };
/** bthome.io/encryption: the service UUID as it stands in the advertisement. */
const UUID = Buffer.from('d2fc', 'hex');

export interface Encrypted {
  /** Six bytes, most significant first. */
  readonly mac: Buffer;
  /** The first byte of the service data. */
  readonly info: number;
  /** What follows it: ciphertext, counter, message integrity check. */
  readonly sealed: Buffer;
}

/** Opens an encrypted BTHome v2 payload (AES-CCM-128); null when it was not sealed with this key. */
export const open = ({ mac, info, sealed }: Encrypted, key: Buffer): Buffer | null => {
  const length = sealed.length - COUNTER - MIC;
  if (length < 1 || mac.length !== 6 || key.length !== 16) return null;
  const counter = sealed.subarray(length, length + COUNTER);
  const nonce = Buffer.allocUnsafe(13);
  nonce.set(mac);
  nonce.set(UUID, 6);
  nonce[8] = info;
  nonce.set(counter, 9);
  try {
    const decipher = createDecipheriv('aes-128-ccm', key, nonce, OPTIONS);
    decipher.setAuthTag(sealed.subarray(length + COUNTER));
    const opened = decipher.update(sealed.subarray(0, length));
    decipher.final();
    return opened;
  } catch {
    return null;
  }
};

/** The counter of an encrypted payload. */
export const counterOf = ({ sealed }: Encrypted): number => sealed.readUInt32LE(sealed.length - COUNTER - MIC);

/** The highest counter of a device and when it was received. */
export type LastCounter = readonly [counter: number, receivedAt: EpochMillis];

/** A new battery restarts the counter at 0; bthome-ble, the reference receiver, accepts the same. */
const RESTARTS_BELOW = 100;
/** Two relays may deliver neighbouring advertisements in the other order. */
const REORDERED_WITHIN: Millis = 60_000;

/**
 * Whether an authentic message is new, an old recording played again, or one to judge by its `sequence` alone: a copy
 * heard by a second relay, or a message that was received before the newest one and is only now interpreted.
 */
export const judgeCounter = (
  last: LastCounter | undefined,
  [counter, receivedAt]: LastCounter,
): 'new' | 'replayed' | 'unordered' => {
  if (last === undefined || counter > last[0]) return 'new';
  if (receivedAt - last[1] <= REORDERED_WITHIN) return 'unordered';
  return counter < RESTARTS_BELOW && counter < last[0] ? 'new' : 'replayed';
};
