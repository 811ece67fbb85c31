import type { Actor, Alert } from '../../domain/alert.js';
import { SECRET_CONFIG, type Assignment, type Device } from '../../domain/device.js';
import type { Principal } from '../../domain/permissions.js';
import type { Resident } from '../../domain/resident.js';
import { toIso } from '../../domain/time.js';
import type { LoggedAlertEvent } from '../../platform/store/alerts.js';
import type { NotificationRow } from '../../platform/store/notifications.js';
import { publicConfig } from '../../platform/store/device-keys.js';
import type { AlertView, NotificationView, DeviceStatusView, DeviceView, ResidentView } from '../protocol.js';

const isoOrNull = (time: number | null): string | null => (time === null ? null : toIso(time));

/** First letter, as a reader sees it: « Élise » gives « É. ». */
const initial = (name: string): string => {
  const [first] = new Intl.Segmenter('fr', { granularity: 'grapheme' }).segment(name.trim());
  return first ? `${first.segment.toUpperCase()}.` : '';
};

/** The INS never leaves the registry: no screen needs it. */
export const residentView = (resident: Resident): ResidentView => ({
  id: resident.id,
  site: resident.site,
  unit: resident.unit,
  room: resident.room,
  family: resident.family,
  given: resident.given,
  birthDate: resident.birthDate,
  sex: resident.sex,
  spo2Scale: resident.spo2Scale,
});

/** A screen on a wall is read by visitors: initials and room, no name, no free text, no list of measures. */
export const namesHiddenFrom = ({ role }: Pick<Principal, 'role'>): boolean => role === 'display';

const residentOf = (resident: Resident, hidden: boolean): AlertView['resident'] => ({
  id: resident.id,
  family: hidden ? initial(resident.family) : resident.family,
  given: hidden ? initial(resident.given) : resident.given,
  room: resident.room,
  unit: resident.unit,
});

/** An alert for a reader. A resident that is no longer registered is shown by id: the alert must not disappear. */
export const alertView = (
  alert: Alert,
  { resident, hideNames }: { resident: Resident | null; hideNames: boolean },
): AlertView => ({
  id: alert.id,
  site: alert.site,
  resident: resident
    ? residentOf(resident, hideNames)
    : alert.resident === null
      ? null
      : { id: alert.resident, family: '', given: '', room: alert.room, unit: null },
  room: alert.room ?? resident?.room ?? null,
  device: alert.device,
  rule: alert.rule,
  metric: alert.metric,
  direction: alert.direction,
  priority: alert.priority,
  category: alert.category,
  condition: alert.condition,
  signal: alert.signal,
  workflow: alert.workflow,
  owner: alert.owner && { username: alert.owner.username, name: alert.owner.name, since: toIso(alert.owner.since) },
  snoozedUntil: isoOrNull(alert.snoozedUntil),
  escalation: { level: alert.escalationLevel, nextStepAt: isoOrNull(alert.nextStepAt ?? null) },
  message: { fr: alert.message.fr, en: alert.message.en },
  evidence: hideNames ? [] : alert.evidence.map((evidence) => ({ ...evidence, time: toIso(evidence.time) })),
  startedAt: toIso(alert.startedAt),
  endedAt: isoOrNull(alert.endedAt),
  closedAt: isoOrNull(alert.closedAt),
  outcome: alert.outcome,
  note: hideNames ? null : alert.note,
  ...(alert.retrospective ? { retrospective: true as const } : {}),
  version: alert.version,
});

const actorView = (actor: Actor) => ({
  kind: actor.kind,
  id: actor.id,
  ...(actor.kind === 'user' ? { name: actor.name } : {}),
});

export const alertEventView = (event: LoggedAlertEvent, { hideNames }: { hideNames: boolean }) => ({
  at: toIso(event.at),
  kind: event.kind,
  actor: actorView(event.actor),
  reason: hideNames ? null : event.reason,
  to: event.to,
});

/** A device without its keys. */
/** One telling as readers see it; a wall screen names nobody. */
export const notificationView = (row: NotificationRow, { hideNames }: { hideNames: boolean }): NotificationView => ({
  id: row.id,
  level: row.level,
  person: hideNames ? '' : row.person,
  channel: row.channel,
  state: row.state,
  tries: row.tries,
  detail: row.detail,
  queuedAt: toIso(row.queuedAt),
  sentAt: isoOrNull(row.sentAt),
  acceptedAt: isoOrNull(row.acceptedAt),
  failedAt: isoOrNull(row.failedAt),
  deliveredAt: isoOrNull(row.deliveredAt),
  openedAt: isoOrNull(row.openedAt),
  actedAt: isoOrNull(row.actedAt),
});

export const deviceView = (
  device: Device,
  assignment: Assignment | null,
  status: DeviceStatusView | null = null,
): DeviceView => ({
  id: device.id,
  site: device.site,
  model: device.model,
  identifiers: [...device.identifiers],
  cadenceSeconds: device.cadenceSeconds,
  state: device.state ?? 'active',
  stateSince: isoOrNull(device.stateSince ?? null),
  config: publicConfig(device.config),
  keys: SECRET_CONFIG.filter((name) => device.config[name] !== undefined),
  assignedTo: assignment && {
    resident: assignment.resident,
    room: assignment.room,
    since: toIso(assignment.since),
    ...(assignment.until === null ? {} : { until: toIso(assignment.until) }),
  },
  status,
});
