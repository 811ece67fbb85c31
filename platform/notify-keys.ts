import { createECDH, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { VigieError } from '../domain/errors.js';

const keysSchema = z.object({
  /** Base64url, as push services and browsers want them (RFC 8292). */
  vapid: z.object({ publicKey: z.string().min(80), privateKey: z.string().min(40) }),
  /** Signs webhooks and receipts. */
  secret: z.string().min(32),
});
/** What identifies this system to push services, and what it signs with. */
export type NotifyKeys = z.infer<typeof keysSchema>;

const make = (): NotifyKeys => {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys('base64url');
  const privateKey = pair.getPrivateKey().toString('base64url').padStart(43, 'A');
  return { vapid: { publicKey, privateKey }, secret: randomBytes(32).toString('base64url') };
};

const read = (file: string): NotifyKeys | null => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return keysSchema.parse(JSON.parse(text));
  } catch {
    throw new VigieError('notify_keys.invalid', `${file}: expected the notification keys as Vigie wrote them`);
  }
};

/**
 * The keys in `keys/notify.json` of the data directory, made at first need; two processes that make them at once end up
 * with the same ones. Losing them means that every browser must subscribe again. Throws `notify_keys.invalid`.
 */
export const loadNotifyKeys = (dataDir: string): NotifyKeys => {
  const folder = join(dataDir, 'keys');
  const file = join(folder, 'notify.json');
  const known = read(file);
  if (known) return known;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, JSON.stringify(make()), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read(file)!;
};

/** Hex HMAC-SHA256, as `X-Vigie-Signature: sha256=…` carries it. */
export const signature = (secret: string, text: string): string =>
  createHmac('sha256', secret).update(text).digest('hex');

/** Proves that whoever sends a receipt was given the notification. */
export const receiptToken = (secret: string, notification: string): string =>
  signature(secret, `receipt ${notification}`);

/** Whether a token is the one of this notification, in constant time. */
export const isReceiptToken = (secret: string, notification: string, token: string): boolean => {
  const expected = Buffer.from(receiptToken(secret, notification));
  const given = Buffer.from(token);
  return expected.length === given.length && timingSafeEqual(expected, given);
};
