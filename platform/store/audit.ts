import { createHash } from 'node:crypto';
import { VigieError } from '../../domain/errors.js';
import type { EpochMillis } from '../../domain/time.js';
import { decodeCursor, type Page, pageOf, storableText } from './bulk.js';
import type { Db } from './db.js';

/** Who did what to which object, and with what outcome. Ids only. */
export interface AuditEntry {
  readonly at: EpochMillis;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly outcome: string;
  readonly detail?: string;
}
export type LoggedAuditEntry = Required<AuditEntry> & { readonly seq: number };

/** What the first entry is chained to. */
const GENESIS = '0'.repeat(64);
/** Writers that lose the race for the next link try again; each loss means another one has succeeded. */
const ATTEMPTS = 100;

const hashOf = (previous: string, { at, actor, action, object, outcome, detail }: Required<AuditEntry>): string =>
  createHash('sha256')
    .update(JSON.stringify([previous, at, actor, action, object, outcome, detail]))
    .digest('hex');

/**
 * Appends to the audit log. Each entry carries the hash of the one before, so that a change or a gap shows
 * (`verifyAudit`); the database refuses updates and deletes. Alone or as part of a transaction.
 */
export const audit = async (db: Db, entry: AuditEntry): Promise<void> => {
  const full = {
    at: entry.at,
    actor: storableText(entry.actor),
    action: entry.action,
    object: storableText(entry.object),
    outcome: entry.outcome,
    detail: storableText(entry.detail ?? ''),
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const last = await db.selectFrom('audit').select('hash').orderBy('seq', 'desc').limit(1).executeTakeFirst();
    const previous = last?.hash ?? GENESIS;
    const result = await db
      .insertInto('audit')
      .values({ ...full, previous, hash: hashOf(previous, full) })
      .onConflict((conflict) => conflict.column('previous').doNothing())
      .executeTakeFirst();
    if (result.numInsertedOrUpdatedRows === 1n) return;
  }
  throw new VigieError('audit.contended', `the audit log could not be appended to in ${ATTEMPTS} attempts`);
};

/** The audit log, newest first, in pages. */
export const listAudit = async (
  db: Db,
  { limit, cursor }: { limit: number; cursor?: string | null | undefined },
): Promise<Page<LoggedAuditEntry>> => {
  const [before] = decodeCursor(cursor) ?? [];
  let query = db
    .selectFrom('audit')
    .select(['seq', 'at', 'actor', 'action', 'object', 'outcome', 'detail'])
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (typeof before === 'number') query = query.where('seq', '<', before);
  return pageOf(await query.execute(), limit, { item: (row) => row, key: ({ seq }) => [seq] });
};

const VERIFY_PAGE = 1_000;

/** Follows the chain from the first entry; gives the `seq` of the first entry that does not fit, or null. */
export const verifyAudit = async (db: Db): Promise<number | null> => {
  let previous = GENESIS;
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(VERIFY_PAGE)
      .execute();
    for (const row of rows) {
      if (row.previous !== previous || row.hash !== hashOf(previous, row)) return row.seq;
      previous = row.hash;
      after = row.seq;
    }
    if (rows.length < VERIFY_PAGE) return null;
  }
};
