import type { Types } from '../migrate.js';

/** Who is on call when, how people are reached, and every attempt to tell somebody of an alert. */
export const up = (t: Types): string[] => [
  `create table on_call (id ${t.seq}, site text not null references sites(id), username text not null,
    starts_at ${t.int} not null, ends_at ${t.int} not null, check (ends_at > starts_at))`,
  `create index on_call_site on on_call (site, ends_at)`,
  `create table user_channels (id ${t.seq}, username text not null, channel text not null,
    address_hash text not null, address text not null, created_at ${t.int} not null, accepted_at ${t.int},
    unique (username, channel, address_hash))`,
  `create table notifications (id text primary key, alert text not null references alerts(id), site text not null,
    step ${t.int} not null, level ${t.int} not null, person text not null, channel text not null,
    target ${t.int}, state text not null, tries ${t.int} not null, due_at ${t.int}, detail text,
    queued_at ${t.int} not null, sent_at ${t.int}, accepted_at ${t.int}, failed_at ${t.int},
    delivered_at ${t.int}, opened_at ${t.int}, acted_at ${t.int})`,
  `create index notifications_alert on notifications (alert, step)`,
  `create index notifications_due on notifications (due_at) where due_at is not null`,
];
