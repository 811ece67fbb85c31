/**
 * THE ROAD, steps 6 to 11: accepted messages → readings, alerts and quarantine, one transaction per batch.
 *
 *   inbox ─▶ interpret (decode · registry · normalise) ─▶ de-duplicate ─▶ store ─▶ evaluate the rules ─▶ move the cursor
 *
 * A crash anywhere repeats the batch from the cursor and changes nothing twice: reading ids, alert ids and event keys
 * are functions of the messages.
 */
import { HOUR, MINUTE, SECOND, type EpochMillis, type Millis } from '../domain/time.js';
import type { Reading } from '../domain/reading.js';
import { ALARM_LANE, LANES, type Lane } from '../platform/lanes.js';
import { moveCursor, cursor } from '../platform/store/cursors.js';
import type { Db, Store } from '../platform/store/db.js';
import type { Inbox, InboxRow } from '../platform/store/inbox.js';
import { insertReadings, markSeen, seenSince, upsertLatest } from '../platform/store/readings.js';
import { queueCommand } from '../platform/store/outbox.js';
import { quarantine, type QuarantineRow } from '../platform/store/quarantine.js';
import { REPLAYED } from '../platform/store/quarantine-replay.js';
import type { Request } from './codecs/codec.js';
import { createCodecMemory } from './codec-memory.js';
import { isDuplicate } from './duplicates.js';
import type { Heard } from './device-activity.js';
import type { Evaluator } from './evaluator.js';
import type { Interpretation, Interpreter, Refusal } from './interpret.js';
import type { Registry } from '../platform/store/registry.js';
import type { RegistryView } from './registry-view.js';
import { supervise } from './supervision.js';

/** What one batch did; for metrics and the log. */
export interface BatchReport {
  readonly messages: number;
  readonly readings: readonly Reading[];
  readonly duplicates: number;
  readonly quarantined: readonly { readonly site: string | null; readonly reason: string }[];
  readonly alerts: number;
}

export interface ProcessorOptions {
  readonly store: Store;
  readonly inbox: Pick<Inbox, 'read' | 'lag'>;
  readonly interpret: Interpreter;
  readonly registry: RegistryView;
  readonly evaluator: Evaluator;
  /** Whether a site belongs to the partition; left out = all do. */
  readonly mine?: (site: string) => boolean;
  readonly partition: number;
  /** Throws when another gateway has taken the partition over; called inside the transaction. */
  readonly assertLease: (tx: Db) => Promise<void>;
  readonly now: () => EpochMillis;
}

interface Interpreted {
  readonly row: InboxRow;
  readonly meaning: Interpretation;
}

/** An SOS waits for at most one batch of the ordinary lane: large enough to be fast, small enough to be short. */
export const BATCH: Record<Lane, number> = { 0: 500, 1: 1_500 };

export const cursorName = (lane: Lane): string => (lane === ALARM_LANE ? 'process:alarm' : 'process:ordinary');

/** A message is dated as it is received and found in the inbox a moment later: silence is judged this far back. */
const INBOX_DELAY: Millis = 2 * SECOND;

/** Memory of repeats is kept this long; no duplicate window is longer. */
export const SEEN_FOR = 2 * HOUR;

/** One row for each device of the message that was refused, so that each can be adopted. */
const quarantineRows = ({ row, meaning }: Interpreted): QuarantineRow[] => {
  const devices = [...new Set(meaning.refusals.map(({ deviceIdentifier }) => deviceIdentifier))];
  return devices.map((device) => {
    const refusals = meaning.refusals.filter(({ deviceIdentifier }) => deviceIdentifier === device);
    return quarantineRow(row, refusals as [Refusal, ...Refusal[]]);
  });
};

const quarantineRow = (row: InboxRow, refusals: readonly [Refusal, ...Refusal[]]): QuarantineRow => {
  const [refusal] = refusals;
  return {
    site: refusal.site ?? row.site,
    identity: row.identity.startsWith(REPLAYED) ? row.identity.slice(REPLAYED.length) : row.identity,
    deviceIdentifier: refusal.deviceIdentifier,
    topic: row.topic,
    payload: row.payload,
    retained: row.retained,
    reason: refusal.reason,
    detail: refusals
      .map(({ detail }) => detail)
      .join('; ')
      .slice(0, 1_000),
    receivedAt: row.receivedAt,
    inboxSeq: row.seq,
    unadopted: refusal.unadopted ?? false,
    metrics: [...new Set(refusals.flatMap(({ metrics = [] }) => metrics))],
  };
};

/** A request is for the connection that caused it; later it would only surprise. */
const REQUEST_TTL = 5 * MINUTE;

/** Only boxes and devices of our own broker can be asked; a foreign broker is only listened to. */
const queueRequests = async (tx: Db, row: InboxRow, requests: readonly Request[]): Promise<void> => {
  const publisher = /^(?:box|device):(.+)$/.exec(row.identity)?.[1];
  if (publisher === undefined) return;
  const times = { createdAt: row.receivedAt, expiresAt: row.receivedAt + REQUEST_TTL };
  for (const { topic, payload } of requests) await queueCommand(tx, { device: publisher, topic, payload, ...times });
};

/** Reads, interprets and commits the next batch of a lane; null when the lane is empty. */
export const createProcessor = ({
  store,
  inbox,
  interpret,
  registry,
  evaluator,
  mine = () => true,
  partition,
  assertLease,
  now,
}: ProcessorOptions) => {
  const positions = new Map<Lane, number>();
  /** What devices showed of their own condition since the last tick: a crash forgets a few seconds of it. */
  let signs: Heard[] = [];
  const heardSince = now();
  /** Everything received until then has been processed, by lane; a lane that was never read has heard nothing. */
  const heard = new Map<Lane, EpochMillis>();
  const memory = createCodecMemory();

  /** Which messages are repeats, by their own key; the rest is left to the reading ids. */
  const findRepeats = async (
    tx: Db,
    batch: readonly Interpreted[],
  ): Promise<{ repeats: Set<number>; keys: Map<string, EpochMillis> }> => {
    const keyed = batch.filter(({ meaning }) => meaning.duplicate && meaning.readings.length > 0);
    const repeats = new Set<number>();
    const keys = new Map<string, EpochMillis>();
    if (keyed.length === 0) return { repeats, keys };
    const seen = new Map(
      await seenSince(
        tx,
        keyed.map(({ meaning }) => meaning.duplicate!.key),
        keyed[0]!.row.receivedAt - SEEN_FOR,
      ),
    );
    for (const { row, meaning } of keyed) {
      const duplicate = meaning.duplicate!;
      if (isDuplicate(duplicate, { seenAt: seen.get(duplicate.key), receivedAt: row.receivedAt })) repeats.add(row.seq);
      else {
        seen.set(duplicate.key, row.receivedAt);
        keys.set(duplicate.key, row.receivedAt);
      }
    }
    return { repeats, keys };
  };

  const commit = async (tx: Db, lane: Lane, batch: readonly Interpreted[], view: Registry): Promise<BatchReport> => {
    await assertLease(tx);
    const { repeats, keys } = await findRepeats(tx, batch);
    const candidates = batch.flatMap(({ row, meaning }) => (repeats.has(row.seq) ? [] : meaning.readings));
    const fresh = await insertReadings(tx, candidates);
    const taken = new Set<string>();
    const readings = candidates.filter(({ id }) => fresh.has(id) && !taken.has(id) && taken.add(id));
    const alerts = await evaluator.evaluate(tx, readings, now(), view);
    if (readings.length > 0) await upsertLatest(tx, readings);
    if (keys.size > 0)
      await markSeen(
        tx,
        [...keys].map(([key, at]) => ({ key, at })),
      );
    const refused = batch.flatMap(quarantineRows);
    if (refused.length > 0) await quarantine(tx, refused);
    await memory.save(tx);
    for (const { row, meaning } of batch) await queueRequests(tx, row, meaning.requests ?? []);
    await moveCursor(tx, cursorName(lane), partition, batch.at(-1)!.row.seq);
    const repeated = batch.reduce(
      (sum, { row, meaning }) => sum + (repeats.has(row.seq) ? meaning.readings.length : 0),
      0,
    );
    return {
      messages: batch.length,
      readings,
      duplicates: repeated + candidates.length - readings.length,
      quarantined: refused.map(({ site, reason }) => ({ site, reason })),
      alerts,
    };
  };

  return {
    async next(lane: Lane): Promise<BatchReport | null> {
      const after = positions.get(lane) ?? (await cursor(store.db, cursorName(lane), partition));
      const asked = now();
      const rows = await inbox.read({ partition, lane, after, limit: BATCH[lane] });
      if (rows.length === 0) {
        positions.set(lane, after);
        heard.set(lane, asked - INBOX_DELAY);
        return null;
      }
      const view = await registry.current();
      const remembering = rows.filter(({ site, topic }) => site !== null && interpret.remembers(topic));
      await memory.load(
        store.db,
        remembering.map(({ site }) => site!),
      );
      const batch = rows.map((row) => ({ row, meaning: interpret(row, view, memory) }));
      try {
        const report = await store.write((tx) => commit(tx, lane, batch, view));
        evaluator.committed();
        memory.committed();
        positions.set(lane, rows.at(-1)!.seq);
        heard.set(lane, Math.min(rows.at(-1)!.receivedAt, asked - INBOX_DELAY));
        for (const { meaning } of batch) for (const sign of meaning.heard) signs.push(sign);
        return report;
      } catch (error) {
        evaluator.forget();
        memory.forget();
        heard.clear();
        positions.clear(); // trust only what the store says next
        throw error;
      }
    },

    /** How many accepted messages wait. */
    async waiting(): Promise<number> {
      const position = (lane: Lane) => positions.get(lane) ?? 0;
      return inbox.lag(partition, { 0: position(0), 1: position(1) });
    },

    /** Lets time pass for the rules: claims expire, snoozes end, data goes missing. */
    async tick(): Promise<number> {
      const view = await registry.current();
      const heardUntil = Math.min(...LANES.map((lane) => heard.get(lane) ?? -Infinity));
      try {
        const changed = await store.write(async (tx) => {
          await assertLease(tx);
          const rung = await evaluator.tick(tx, now(), { registry: view, heardUntil });
          const round = { registry: view, mine, heard: signs, now: now(), heardUntil, heardSince };
          return rung + (await supervise(tx, round));
        });
        evaluator.committed();
        signs = [];
        return changed;
      } catch (error) {
        evaluator.forget();
        throw error;
      }
    },
  };
};

export type Processor = ReturnType<typeof createProcessor>;
