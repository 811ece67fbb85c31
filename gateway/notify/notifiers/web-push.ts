import webPush from 'web-push';
import { z } from 'zod';
import { SECOND } from '../../../domain/time.js';
import { SHORT_LIFE, type Notifier } from '../notifier.js';
import { post } from '../post.js';

const options = z.object({
  VAPID_SUBJECT: z.string().regex(/^(mailto:|https:\/\/)/, 'expected mailto:… or https://…'),
  keys: z.object({ vapid: z.object({ publicKey: z.string(), privateKey: z.string() }) }),
});
const address = z.object({
  endpoint: z.url(),
  keys: z.object({ p256dh: z.string().min(1), auth: z.string().min(1) }),
});

/** Push messages to browsers (RFC 8030, VAPID): urgent, short-lived, encrypted for the browser alone. */
export const webPushNotifier: Notifier<z.infer<typeof options>, z.infer<typeof address>> = {
  name: 'web-push',
  options,
  address,
  open: ({ VAPID_SUBJECT, keys }) => ({
    async send({ id, alert, priority, text, path, receiptToken, address: to }, signal) {
      const payload = JSON.stringify({ id, alert, priority, text, path, receiptToken });
      const request = webPush.generateRequestDetails(address.parse(to), payload, {
        vapidDetails: { subject: VAPID_SUBJECT, ...keys.vapid },
        TTL: SHORT_LIFE / SECOND,
        urgency: 'high',
        topic: id, // 32 characters: a repeat replaces what has not been delivered yet
      });
      const headers = Object.fromEntries(
        Object.entries(request.headers as Record<string, unknown>)
          .filter(([name]) => name.toLowerCase() !== 'content-length')
          .map(([name, value]) => [name, String(value)]),
      );
      return post(request.endpoint, { headers, body: request.body as Buffer, mayBeGone: true }, signal);
    },
  }),
};
