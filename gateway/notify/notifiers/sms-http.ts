import { z } from 'zod';
import type { Notifier } from '../notifier.js';
import { post } from '../post.js';

const options = z.object({ SMS_HTTP_URL: z.string().min(1) });
/** E.164. */
const address = z.string().regex(/^\+[1-9]\d{6,14}$/, 'expected a number like +33612345678');

/**
 * Text messages by any provider with an HTTP interface. `SMS_HTTP_URL` may hold `{to}`, `{text}`, `{id}` and `{token}`
 * (URL-encoded when filled in) and a user and password (sent as Basic). The same four go as JSON in the body, so that a
 * provider can call the receipt back.
 */
export const smsHttpNotifier: Notifier<z.infer<typeof options>, z.infer<typeof address>> = {
  name: 'sms-http',
  options,
  address,
  open: ({ SMS_HTTP_URL }) => ({
    async send({ id, text, receiptToken: token, address: to }, signal) {
      const values: Record<string, string> = { to: address.parse(to), text: text.fr, id, token };
      // The URL parser may already have escaped the braces.
      const filled = SMS_HTTP_URL.replace(/(?:\{|%7B)(to|text|id|token)(?:\}|%7D)/gi, (_whole, name: string) =>
        encodeURIComponent(values[name.toLowerCase()]!),
      );
      const url = new URL(filled);
      const { username, password } = url;
      url.username = '';
      url.password = '';
      const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      const headers = {
        'content-type': 'application/json',
        'idempotency-key': id,
        ...(username ? { authorization: `Basic ${Buffer.from(account).toString('base64')}` } : {}),
      };
      return post(url, { headers, body: JSON.stringify(values) }, signal);
    },
  }),
};
