import type { EpochMillis } from '../../domain/time.js';
import { openSqlite, type SqliteFile } from './sqlite.js';

/**
 * Creates the inbox file when it is missing. A new file numbers its messages from the current time on (in µs): should
 * a file be lost or replaced, cursors that point into the old one do not hide messages of the new one.
 */
export const ensureInboxFile = (path: string, now: EpochMillis): void => {
  const file = openSqlite(path);
  try {
    file
      .transaction(() => {
        if (file.prepare(`select 1 from sqlite_master where name = 'inbox'`).get()) return;
        file.exec(`create table inbox (seq integer primary key autoincrement, partition integer not null,
          lane integer not null, site text, identity text not null, topic text not null, payload blob not null,
          retained integer not null, dup integer not null, received_at integer not null);
          create index inbox_road on inbox (partition, lane, seq)`);
        file.prepare(`insert into sqlite_sequence (name, seq) values ('inbox', ?)`).run(now * 1000);
      })
      .immediate();
  } finally {
    file.close();
  }
};

export interface TrimRange {
  readonly partition: number;
  readonly lane: number;
  readonly seq: number;
  readonly olderThan: EpochMillis;
}

/** Rows looked at by one statement of `trimInboxFile`, so that appends wait milliseconds at most. */
export const TRIM_CHUNK = 2_000;

/**
 * Deletes one chunk of the oldest rows of a lane; returns how many. Fewer than `TRIM_CHUNK` means there is nothing
 * more to delete: rows are in order of reception but for clock steps, whose rows go in a later round.
 */
export const trimInboxFile = (file: SqliteFile, { partition, lane, seq, olderThan }: TrimRange): number =>
  file
    .prepare(
      `delete from inbox where seq in (select seq from (select seq, received_at from inbox
         where partition = ? and lane = ? and seq <= ? order by seq limit ${TRIM_CHUNK}) where received_at < ?)`,
    )
    .run(partition, lane, seq, olderThan).changes;
