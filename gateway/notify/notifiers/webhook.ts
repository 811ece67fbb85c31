import { z } from 'zod';
import type { Notifier } from '../notifier.js';
import { postSigned } from '../signed-post.js';

const options = z.object({ NOTIFY_WEBHOOK_URL: z.url(), keys: z.object({ secret: z.string() }) });

/** Every step of every alert to one address of the organisation, signed (docs/alerting.md). */
export const webhookNotifier: Notifier<z.infer<typeof options>, null> = {
  name: 'webhook',
  broadcast: true,
  options,
  address: z.null(),
  open: ({ NOTIFY_WEBHOOK_URL, keys }) => ({
    send: ({ id, alert, site, level, priority, text, path, receiptToken }, signal) =>
      postSigned(
        { url: NOTIFY_WEBHOOK_URL, secret: keys.secret, id },
        { kind: 'alert', id, alert, site, level, priority, text, path, receiptToken },
        signal,
      ),
  }),
};
