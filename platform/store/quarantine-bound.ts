import { oneOf, storableText } from './bulk.js';
import type { Db } from './db.js';
import type { QuarantineRow } from './quarantine.js';

/** Messages kept of one unknown device: the oldest ones, and always the newest. A known device's are all kept. */
export const KEPT_PER_UNKNOWN = 500;
/** Unknown devices kept apart per relay; those of a street beyond it share one group. */
export const UNKNOWN_PER_IDENTITY = 1_000;

interface Group {
  readonly key: string;
  readonly row: QuarantineRow;
  metrics: Set<string>;
  kept: number;
  dropped: number;
  firstAt: number;
  lastAt: number;
  newest: number;
}
interface Bounded {
  readonly kept: readonly { readonly row: QuarantineRow; readonly key: string }[];
  /** Writes the groups once the messages have ids (newest by group). */
  save(newest: ReadonlyMap<string, number>): Promise<void>;
}

/** The same text as the migration that grouped what was there before. */
const keyOf = ({ site, reason, deviceIdentifier, identity, topic }: QuarantineRow): string => {
  const cut = (text: string): string => [...storableText(text).slice(0, 400)].slice(0, 200).join('');
  return `${site ?? ''} ${reason} ${deviceIdentifier === null ? `${identity} ${cut(topic)}` : `= ${cut(deviceIdentifier)}`}`;
};
const overflowKey = ({ site, reason, identity }: QuarantineRow): string =>
  `${site ?? ''} ${reason} ${identity} (others)`;

const loadGroups = async (
  db: Db,
  rows: readonly { row: QuarantineRow; key: string }[],
): Promise<Map<string, Group>> => {
  const first = new Map<string, QuarantineRow>();
  for (const { row, key } of rows) if (!first.has(key)) first.set(key, row);
  const stored = await db
    .selectFrom('quarantine_groups')
    .selectAll()
    .where(oneOf(db, 'key', [...first.keys()]))
    .execute();
  return new Map(
    stored.map((group) => [
      group.key,
      {
        key: group.key,
        row: first.get(group.key)!,
        metrics: new Set(JSON.parse(group.metrics) as string[]),
        kept: group.kept,
        dropped: group.dropped,
        firstAt: group.first_at,
        lastAt: group.last_at,
        newest: group.newest,
      },
    ]),
  );
};

const countByIdentity = async (db: Db, identities: readonly string[]): Promise<Map<string, number>> => {
  const rows = await db
    .selectFrom('quarantine_groups')
    .select((of) => ['identity', of.fn.countAll<number>().as('groups')])
    .where(oneOf(db, 'identity', identities))
    .groupBy('identity')
    .execute();
  return new Map(rows.map(({ identity, groups }) => [identity, Number(groups)]));
};

/** Decides which of these messages are kept, and counts the others; call `save` when they are stored. */
export const boundQuarantine = async (db: Db, rows: readonly QuarantineRow[]): Promise<Bounded> => {
  const keyed = rows.map((row) => ({ row, key: keyOf(row) }));
  const groups = await loadGroups(db, [...keyed, ...rows.map((row) => ({ row, key: overflowKey(row) }))]);
  const perIdentity = await countByIdentity(db, [...new Set(rows.map(({ identity }) => identity))]);
  const touched = new Map<string, Group>();
  const replaced: number[] = [];
  const kept: { row: QuarantineRow; key: string }[] = [];
  /** The newest message beyond the bound, by group: only the last of the batch is worth storing. */
  const newest = new Map<string, QuarantineRow>();

  const groupOf = ({ row, key }: { row: QuarantineRow; key: string }): Group => {
    const known = groups.get(key);
    if (known) return known;
    const others = perIdentity.get(row.identity) ?? 0;
    const full = row.unadopted === true && others >= UNKNOWN_PER_IDENTITY;
    const place = full ? overflowKey(row) : key;
    const found = groups.get(place);
    if (found) return found;
    perIdentity.set(row.identity, others + 1);
    const group: Group = {
      key: place,
      row: full ? { ...row, deviceIdentifier: null } : row,
      metrics: new Set(),
      kept: 0,
      dropped: 0,
      firstAt: row.receivedAt,
      lastAt: row.receivedAt,
      newest: 0,
    };
    groups.set(place, group);
    return group;
  };

  for (const item of keyed) {
    const group = groupOf(item);
    touched.set(group.key, group);
    for (const metric of item.row.metrics ?? []) group.metrics.add(metric);
    group.firstAt = Math.min(group.firstAt, item.row.receivedAt);
    group.lastAt = Math.max(group.lastAt, item.row.receivedAt);
    if (item.row.unadopted !== true || group.kept < KEPT_PER_UNKNOWN) {
      group.kept += 1;
      kept.push({ row: item.row, key: group.key });
      continue;
    }
    if (newest.has(group.key)) group.dropped += 1;
    else if (group.kept > KEPT_PER_UNKNOWN) {
      // The place of the newest message is taken: its holder makes room.
      replaced.push(group.newest);
      group.dropped += 1;
    } else group.kept += 1;
    newest.set(group.key, item.row);
  }
  for (const [key, row] of newest) kept.push({ row, key });
  if (replaced.length > 0)
    await db
      .deleteFrom('quarantine')
      .where(oneOf(db, 'id', replaced))
      .execute();

  return {
    kept,
    async save(ids) {
      for (const { key, row, metrics, ...group } of touched.values()) {
        const changing = {
          identity: row.identity,
          metrics: JSON.stringify([...metrics].sort()),
          kept: group.kept,
          dropped: group.dropped,
          first_at: group.firstAt,
          last_at: group.lastAt,
          newest: ids.get(key) ?? group.newest,
        };
        await db
          .insertInto('quarantine_groups')
          .values({
            key,
            site: row.site,
            device_identifier: row.deviceIdentifier === null ? null : storableText(row.deviceIdentifier),
            topic: storableText(row.topic),
            reason: row.reason,
            ...changing,
          })
          .onConflict((conflict) => conflict.column('key').doUpdateSet(changing))
          .execute();
      }
    },
  };
};

/** After messages were resolved: their groups count what still waits; a group without any is over. */
export const recountGroups = async (db: Db, ids: readonly number[]): Promise<void> => {
  const keys = (
    await db
      .selectFrom('quarantine')
      .select('group_key')
      .distinct()
      .where(oneOf(db, 'id', ids))
      .where('group_key', 'is not', null)
      .execute()
  ).map(({ group_key }) => group_key!);
  if (keys.length === 0) return;
  const waiting = await db
    .selectFrom('quarantine')
    .select((of) => [
      'group_key',
      of.fn.countAll<number>().as('kept'),
      of.fn.max('id').as('newest'),
      of.fn.min('received_at').as('first_at'),
    ])
    .where('resolved_at', 'is', null)
    .where(oneOf(db, 'group_key', keys))
    .groupBy('group_key')
    .execute();
  const left = new Set(waiting.map(({ group_key }) => group_key));
  await db
    .deleteFrom('quarantine_groups')
    .where(
      oneOf(
        db,
        'key',
        keys.filter((key) => !left.has(key)),
      ),
    )
    .execute();
  for (const { group_key, kept, newest, first_at } of waiting)
    await db
      .updateTable('quarantine_groups')
      .set({ kept: Number(kept), newest: Number(newest), first_at: Number(first_at) })
      .where('key', '=', group_key!)
      .execute();
};
