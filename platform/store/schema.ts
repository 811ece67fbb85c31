import type { Generated } from 'kysely';

/**
 * The relational schema as Kysely sees it, the same in SQLite and PostgreSQL.
 * Times are epoch milliseconds (UTC); JSON columns hold text; booleans are 0/1 integers in both dialects.
 * `seq` columns grow monotonically and are what cursors point at.
 */
export interface Schema {
  sites: SitesTable;
  residents: ResidentsTable;
  boxes: BoxesTable;
  devices: DevicesTable;
  device_identifiers: DeviceIdentifiersTable;
  assignments: AssignmentsTable;
  users: UsersTable;
  sessions: SessionsTable;
  /** A table in PostgreSQL only; with SQLite the inbox is a file of its own. */
  inbox: InboxTable;
  readings: ReadingsTable;
  latest: LatestTable;
  seen: SeenTable;
  quarantine: QuarantineTable;
  quarantine_groups: QuarantineGroupsTable;
  device_status: DeviceStatusTable;
  alerts: AlertsTable;
  alert_events: AlertEventsTable;
  rule_memory: RuleMemoryTable;
  codec_memory: CodecMemoryTable;
  settings: SettingsTable;
  threshold_versions: ThresholdVersionsTable;
  cursors: CursorsTable;
  leases: LeasesTable;
  dead_letters: DeadLettersTable;
  retained: RetainedTable;
  commands: CommandsTable;
  on_call: OnCallTable;
  user_channels: UserChannelsTable;
  notifications: NotificationsTable;
  idempotency: IdempotencyTable;
  audit: AuditTable;
}

interface SitesTable {
  id: string;
  name: string;
  kind: string;
  timezone: string;
  units: string;
  finess: string | null;
}
interface ResidentsTable {
  id: string;
  site: string;
  unit: string | null;
  room: string | null;
  family: string;
  given: string;
  birth_date: string | null;
  sex: string;
  spo2_scale: number;
  ins_system: string | null;
  ins_value: string | null;
}
interface BoxesTable {
  id: string;
  site: string;
  username: string | null;
  password_hash: string | null;
}
interface DevicesTable {
  id: string;
  site: string;
  model: string;
  username: string | null;
  password_hash: string | null;
  /** JSON; keys of `SECRET_CONFIG` are sealed (device-keys.ts). */
  config: string;
  cadence_seconds: number | null;
  state: Generated<string>;
  state_since: number | null;
}
interface DeviceIdentifiersTable {
  /** Lower-cased identifier as the formats write it; unique within a site. */
  identifier: string;
  site: string;
  device: string;
}
interface AssignmentsTable {
  id: Generated<number>;
  device: string;
  resident: string | null;
  room: string | null;
  since: number;
  until: number | null;
  /** When we knew it (bitemporal); rows are closed by `superseded_at`, never rewritten. */
  recorded_at: number;
  superseded_at: number | null;
}
interface UsersTable {
  username: string;
  name: string;
  role: string;
  sites: string;
  password_hash: string;
  disabled: number;
}
interface SessionsTable {
  sid: string;
  data: string;
  expires_at: number;
}
export interface InboxTable {
  seq: Generated<number>;
  partition: number;
  /** 0 = alarm lane, 1 = ordinary. */
  lane: number;
  /** Site of the publishing identity; null when a service relays for several sites. */
  site: string | null;
  /** `device:ox-1`, `box:box-1`, `mqtt:foreign`, `user:lea`. */
  identity: string;
  topic: string;
  payload: Uint8Array;
  retained: number;
  /** MQTT DUP flag: the sender says it may have sent this before. */
  dup: number;
  received_at: number;
}
export interface ReadingsTable {
  seq: Generated<number>;
  id: string;
  site: string;
  resident: string | null;
  room: string | null;
  device: string;
  metric: string;
  /** Booleans are stored as 0 or 1; the metric table says which metrics are boolean. */
  value: number;
  time: number;
  received_at: number;
  quality: string;
  late: number;
  message: string;
  /** JSON `{value, unit}` as the device gave it, when it was converted and others want to see it. */
  original: string | null;
}
interface LatestTable {
  /** `resident:{id}` or `device:{id}` or `room:{site}/{room}`. */
  subject: string;
  metric: string;
  site: string;
  reading: string;
  device: string;
  value: number;
  time: number;
  received_at: number;
  quality: string;
}
interface SeenTable {
  key: string;
  at: number;
}
interface QuarantineTable {
  id: Generated<number>;
  site: string | null;
  identity: string;
  /** Identifier found in the message, when the format could be read that far. */
  device_identifier: string | null;
  topic: string;
  payload: Uint8Array;
  retained: number;
  reason: string;
  detail: string;
  received_at: number;
  inbox_seq: number;
  /** Null = waiting; else when it was replayed or purged. */
  resolved_at: number | null;
  group_key: string | null;
}
/** Waiting messages of one cause: one unknown device, or one topic, and one reason. */
interface QuarantineGroupsTable {
  key: string;
  site: string | null;
  identity: string;
  device_identifier: string | null;
  topic: string;
  reason: string;
  /** JSON array of metric names it seems to measure. */
  metrics: string;
  kept: number;
  /** Counted beyond the bound, and not kept. */
  dropped: number;
  first_at: number;
  last_at: number;
  /** Id of the newest message kept. */
  newest: number;
}
/** What supervision knows of a device, by the ingestion clock. */
interface DeviceStatusTable {
  device: string;
  site: string;
  last_seen: number | null;
  messages: number;
  rejected: number;
  /** Who last relayed it. */
  identity: string | null;
  data: string;
}
interface AlertsTable {
  id: string;
  episode: string;
  site: string;
  resident: string | null;
  workflow: string;
  priority: string;
  category: string;
  started_at: number;
  closed_at: number | null;
  /** The whole `Alert` as JSON; the columns above are what it is searched by. */
  data: string;
  version: number;
}
interface AlertEventsTable {
  seq: Generated<number>;
  alert: string;
  site: string;
  at: number;
  kind: string;
  actor: string;
  reason: string | null;
  from_state: string | null;
  to_state: string;
  idempotency_key: string;
}
interface RuleMemoryTable {
  site: string;
  /** `rule/subject/metric`. */
  key: string;
  value: string;
}
interface CodecMemoryTable {
  site: string;
  /** `codec/…`, as the codec's `memoryKey` says. */
  key: string;
  value: string;
}
interface SettingsTable {
  /** `default`, `site:{id}` or `resident:{id}`. */
  scope: string;
  key: string;
  value: string;
  author: string;
  at: number;
}
interface ThresholdVersionsTable {
  id: Generated<number>;
  resident: string;
  settings: string;
  /** `active` or `awaiting_approval`. */
  state: string;
  author: string;
  prescriber: string;
  reason: string;
  created_at: number;
  starts_at: number;
  ends_at: number | null;
  review_at: number;
  approved_by: string | null;
  approved_at: number | null;
}
interface CursorsTable {
  name: string;
  partition: number;
  position: number;
}
interface LeasesTable {
  name: string;
  partition: number;
  holder: string;
  /** Grows with every change of holder; a write with an older token is refused. */
  fence: number;
  expires_at: number;
}
interface DeadLettersTable {
  id: Generated<number>;
  sink: string;
  reading_seq: number;
  reading_id: string;
  reason: string;
  at: number;
  replayed_at: number | null;
  /** When somebody asked to offer it again. */
  requested_at: number | null;
}
interface RetainedTable {
  topic: string;
  payload: Uint8Array;
  qos: number;
  updated_at: number;
}
interface CommandsTable {
  id: Generated<number>;
  device: string;
  topic: string;
  payload: Uint8Array;
  created_at: number;
  expires_at: number;
  sent_at: number | null;
}
interface OnCallTable {
  id: Generated<number>;
  site: string;
  username: string;
  starts_at: number;
  ends_at: number;
}
interface UserChannelsTable {
  id: Generated<number>;
  username: string;
  /** Name of a notifier. */
  channel: string;
  address_hash: string;
  /** JSON, as the notifier wants it: a push subscription, an e-mail address, a telephone number. */
  address: string;
  created_at: number;
  /** When a notification was last accepted for it. */
  accepted_at: number | null;
}
interface NotificationsTable {
  /** Hash of alert, step, person, channel and target: the same telling has the same id for ever. */
  id: string;
  alert: string;
  site: string;
  /** Version of the alert at this step. */
  step: number;
  level: number;
  /** `*` = the organisation itself, by a channel that belongs to nobody. */
  person: string;
  channel: string;
  /** The row of `user_channels`; it may be gone by now. */
  target: number | null;
  state: string;
  tries: number;
  /** When it is sent (again), or when its sender is presumed dead; null = nothing left to do. */
  due_at: number | null;
  detail: string | null;
  queued_at: number;
  sent_at: number | null;
  accepted_at: number | null;
  failed_at: number | null;
  delivered_at: number | null;
  opened_at: number | null;
  acted_at: number | null;
}
interface IdempotencyTable {
  key: string;
  at: number;
  status: number;
  body: string;
}
interface AuditTable {
  seq: Generated<number>;
  at: number;
  actor: string;
  action: string;
  object: string;
  outcome: string;
  detail: string;
  /** Hash of the entry before; with `hash` it makes the log a chain. */
  previous: string;
  hash: string;
}
