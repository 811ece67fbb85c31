import type { Types } from '../migrate.js';

/** Device states, what unknown devices sent as groups, and what supervision knows of each device. */
export const up = (t: Types): string[] => [
  `alter table devices add column state text not null default 'active'`,
  `alter table devices add column state_since ${t.int}`,
  `alter table quarantine add column group_key text`,
  `update quarantine set group_key = coalesce(site, '') || ' ' || reason || ' ' ||
    coalesce('= ' || substr(device_identifier, 1, 200), identity || ' ' || substr(topic, 1, 200))`,
  `create index quarantine_group on quarantine (group_key, id) where resolved_at is null`,
  `create table quarantine_groups (key text primary key, site text, identity text not null, device_identifier text,
    topic text not null, reason text not null, metrics text not null, kept ${t.int} not null,
    dropped ${t.int} not null, first_at ${t.int} not null, last_at ${t.int} not null, newest ${t.int} not null)`,
  `insert into quarantine_groups
    select group_key, max(site), max(identity), max(device_identifier), max(topic), max(reason), '[]', count(*), 0,
      min(received_at), max(received_at), max(id)
    from quarantine where resolved_at is null group by group_key`,
  `create index quarantine_groups_site on quarantine_groups (site, last_at)`,
  `create table device_status (device text primary key references devices(id), site text not null,
    last_seen ${t.int}, messages ${t.int} not null, rejected ${t.int} not null, identity text,
    data text not null)`,
  `create index device_status_site on device_status (site)`,
];
