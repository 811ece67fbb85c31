import { signature } from '../../platform/notify-keys.js';
import type { SendResult } from './notifier.js';
import { post } from './post.js';

/**
 * JSON that its receiver can trust: `X-Vigie-Signature: sha256=HMAC(secret, timestamp + "." + body)` with
 * `X-Vigie-Timestamp` in epoch seconds, and an `Idempotency-Key` that is the same for every try.
 */
export const postSigned = (
  { url, secret, id }: { url: string; secret: string; id: string },
  content: unknown,
  signal: AbortSignal,
): Promise<SendResult> => {
  const body = JSON.stringify(content);
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': id,
    'x-vigie-timestamp': timestamp,
    'x-vigie-signature': `sha256=${signature(secret, `${timestamp}.${body}`)}`,
  };
  return post(url, { headers, body }, signal);
};
