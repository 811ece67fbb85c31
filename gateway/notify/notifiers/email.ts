import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { SECOND } from '../../../domain/time.js';
import type { Notifier, SendResult } from '../notifier.js';

const options = z.object({ SMTP_URL: z.url() });
const address = z.email();

/** 5xx after RCPT: there is no such mailbox. Everything else may pass. */
const verdict = (error: unknown): SendResult => {
  const { responseCode, code, command } = error as { responseCode?: number; code?: string; command?: string };
  const gone = command === 'RCPT TO' && responseCode !== undefined && [550, 551, 553].includes(responseCode);
  return { result: gone ? 'gone' : 'failed', detail: responseCode ? `SMTP ${responseCode}` : (code ?? 'SMTP failed') };
};

/** The sender is the account of the URL, or `?from=` of it. */
const senderOf = (url: URL): string => {
  const user = decodeURIComponent(url.username);
  return url.searchParams.get('from') ?? (user.includes('@') ? user : `vigie@${url.hostname}`);
};

/** E-mail by SMTP. The Message-ID is the notification's, so that a repeat can be recognised. */
export const emailNotifier: Notifier<z.infer<typeof options>, z.infer<typeof address>> = {
  name: 'email',
  options,
  address,
  open({ SMTP_URL }) {
    const url = new URL(SMTP_URL);
    const from = senderOf(url);
    url.searchParams.delete('from');
    const limits = { connectionTimeout: 10 * SECOND, greetingTimeout: 10 * SECOND, socketTimeout: 15 * SECOND };
    const transport = createTransport({ url: url.href, ...limits });
    return {
      async send({ id, text, address: to }, signal) {
        signal.throwIfAborted();
        try {
          await transport.sendMail({
            from,
            to: address.parse(to),
            subject: text.fr,
            text: `${text.fr}\n${text.en}\n\nOuvrez Vigie pour en savoir plus. Open Vigie to know more.\n`,
            messageId: `<${id}@vigie>`,
            priority: 'high',
            headers: { 'Auto-Submitted': 'auto-generated' },
          });
          return { result: 'accepted', detail: null };
        } catch (error) {
          return verdict(error);
        }
      },
      close: () => transport.close(),
    };
  },
};
