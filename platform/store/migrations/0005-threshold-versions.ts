import type { Types } from '../migrate.js';

/** Every change of a resident's limits: who asked for it, why, from when to when, and who agreed. */
export const up = (t: Types): string[] => [
  `create table threshold_versions (id ${t.seq}, resident text not null references residents(id),
    settings text not null, state text not null check (state in ('active', 'awaiting_approval')),
    author text not null, prescriber text not null, reason text not null, created_at ${t.int} not null,
    starts_at ${t.int} not null, ends_at ${t.int}, review_at ${t.int} not null,
    approved_by text, approved_at ${t.int})`,
  `create index threshold_versions_resident on threshold_versions (resident, id)`,
];
