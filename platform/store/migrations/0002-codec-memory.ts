import type { Types } from '../migrate.js';

/** What formats need of earlier messages: announcements, births, units. */
export const up = (t: Types): string[] => [
  `create table codec_memory (site text not null, key text not null, value text not null,
    primary key (site, key))${t.withoutRowid}`,
];
