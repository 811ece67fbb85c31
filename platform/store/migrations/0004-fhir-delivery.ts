import type { Types } from '../migrate.js';

/** Replay of dead letters, originals of converted values, FINESS numbers, and readings found by person. */
export const up = (t: Types): string[] => [
  `alter table dead_letters add column requested_at ${t.int}`,
  `create index dead_letters_requested on dead_letters (sink, id)
    where replayed_at is null and requested_at is not null`,
  `alter table readings add column original text`,
  `create index readings_resident on readings (resident, metric, time)`,
  `alter table sites add column finess text`,
];
