import { createHash } from 'node:crypto';
import type { Db, Store } from '../../../platform/store/db.js';
import { recall, remember } from '../../../platform/store/idempotency.js';
import { HttpProblem } from './problem.js';
import type { Answer, Call } from './route.js';

const digest = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex');

/**
 * Runs a write in one transaction. With an Idempotency-Key, the same request of the same user is done once and
 * answered alike ever after (`Idempotency-Replayed`); the same key with other content is refused (422). A refusal is
 * not remembered: what was impossible may become possible.
 */
export const once = (
  store: Store,
  call: Pick<Call<unknown, unknown>, 'principal' | 'path' | 'body' | 'idempotencyKey'> & { now: number },
  work: (tx: Db) => Promise<Answer>,
): Promise<Answer> =>
  store.write(async (tx) => {
    if (call.idempotencyKey === null) return work(tx);
    const key = `${call.principal.username}/${digest(call.idempotencyKey)}`;
    const fingerprint = digest(call.path, JSON.stringify(call.body ?? null));
    const known = await recall(tx, key);
    if (known) {
      const answered = JSON.parse(known.body) as { fingerprint: string; body: unknown };
      if (answered.fingerprint !== fingerprint)
        throw new HttpProblem(422, 'idempotency_key.reused', 'This Idempotency-Key was used for another request');
      return { status: known.status, body: answered.body, headers: { 'idempotency-replayed': 'true' } };
    }
    const answer = await work(tx);
    const body = JSON.stringify({ fingerprint, body: answer.body ?? null });
    await remember(tx, { key, at: call.now, status: answer.status, body });
    return answer;
  });
