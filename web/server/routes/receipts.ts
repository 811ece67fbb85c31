import express, { Router } from 'express';
import { z } from 'zod';
import type { EpochMillis } from '../../../domain/time.js';
import { isReceiptToken } from '../../../platform/notify-keys.js';
import type { Store } from '../../../platform/store/db.js';
import { RECEIPTS, recordReceipt } from '../../../platform/store/notifications.js';
import { notFound, parse } from '../http/problem.js';

const receiptSchema = z.object({ receipt: z.enum(RECEIPTS), token: z.string().max(128) });

/**
 * `POST /api/v1/notifications/{id}/receipt`: a browser's service worker or an SMS provider says what became of a
 * notification. No session: the token that came with the notification proves it. A wrong one is as unknown as the id.
 */
export const receiptRoutes = ({
  store,
  secret,
  now,
}: {
  store: Store;
  secret: string;
  now: () => EpochMillis;
}): Router => {
  const router = Router();
  router.post('/notifications/:id/receipt', express.json({ limit: '4kb' }), async (request, response) => {
    const { receipt, token } = parse(receiptSchema, request.body, 'body');
    const id = String(request.params.id);
    const known =
      isReceiptToken(secret, id, token) && (await store.write((tx) => recordReceipt(tx, id, receipt, now())));
    if (!known) throw notFound('notification');
    response.status(204).end();
  });
  return router;
};
