/**
 * Technical supervision: what the clock says of devices and boxes. `planSupervision` is pure; `supervise` loads, plans
 * and writes in the caller's transaction. Technical alerts never end clinical ones.
 */
import { hash } from 'node:crypto';
import type { Alert, AlertEvent, Priority, Text } from '../domain/alert.js';
import type { Device } from '../domain/device.js';
import { clockSkew, deviceHealth, type DeviceActivity, type DeviceCondition } from '../domain/device-health.js';
import { openAlert, transition } from '../domain/lifecycle.js';
import { MINUTE, type EpochMillis } from '../domain/time.js';
import { alertById, openAlerts, saveAlerts } from '../platform/store/alerts.js';
import type { Db } from '../platform/store/db.js';
import { deviceActivities, saveDeviceActivities } from '../platform/store/device-status.js';
import { fullQuarantineGroups, type QuarantineGroup } from '../platform/store/quarantine-groups.js';
import type { Registry } from '../platform/store/registry.js';
import { UNSEEN, withHeard, type Heard } from './device-activity.js';

const RULES = [
  'device-silent',
  'never-seen',
  'battery-low',
  'clock-skew',
  'flapping',
  'box-down',
  'quarantine-full',
] as const;
type Rule = (typeof RULES)[number];
const isRule = (rule: string): rule is Rule => (RULES as readonly string[]).includes(rule);

/** Something that holds now and for which an alert must be open. */
export interface Trouble {
  readonly rule: Rule;
  readonly site: string;
  /** `device:{id}`, `box:{id}` or another identity. */
  readonly subject: string;
  readonly device: string | null;
  readonly room: string | null;
  readonly priority: Priority;
  readonly message: Text;
  /** The same for as long as the trouble lasts: closing its alert by hand does not open another. */
  readonly since: EpochMillis;
}

export interface SupervisionInput {
  readonly devices: readonly Device[];
  /** Whether somebody or some room has the device now. */
  readonly holderOf: (device: string) => { readonly room: string | null; readonly resident: string | null } | null;
  readonly activities: ReadonlyMap<string, DeviceActivity>;
  readonly full: readonly QuarantineGroup[];
  readonly now: EpochMillis;
  readonly heardSince: EpochMillis;
}
export interface SupervisionPlan {
  readonly troubles: readonly Trouble[];
  /** Activities whose watch began or whose conditions changed. */
  readonly changed: readonly { readonly device: string; readonly site: string; readonly activity: DeviceActivity }[];
}

const minutes = (since: EpochMillis, now: EpochMillis): number => Math.max(1, Math.round((now - since) / MINUTE));

const textOf = (rule: DeviceCondition, device: Device, activity: DeviceActivity): Text => {
  const level = activity.battery.at(-1)?.level;
  const percent = level === undefined ? '' : ` (${Math.round(level)}\u202f%)`;
  const { skew } = clockSkew(activity);
  const off = skew === null ? null : minutes(0, Math.abs(skew));
  switch (rule) {
    case 'device-silent':
      return { fr: `Appareil muet : ${device.id}`, en: `Device silent: ${device.id}` };
    case 'never-seen':
      return { fr: `Appareil jamais entendu : ${device.id}`, en: `Device never heard: ${device.id}` };
    case 'battery-low':
      return { fr: `Pile à changer : ${device.id}${percent}`, en: `Battery to be changed: ${device.id}${percent}` };
    case 'clock-skew':
      return {
        fr: `Horloge fausse : ${device.id}${off === null ? '' : ` (${off} min)`}`,
        en: `Clock is wrong: ${device.id}${off === null ? '' : ` (${off} min)`}`,
      };
    case 'flapping':
      return { fr: `Liaison instable : ${device.id}`, en: `Unstable link: ${device.id}` };
  }
};

interface Watched {
  readonly device: Device;
  readonly activity: DeviceActivity;
  readonly faults: ReadonlySet<DeviceCondition>;
  readonly holder: { readonly room: string | null; readonly resident: string | null };
  readonly dueBy: EpochMillis | null;
}

/** Boxes all of whose devices fell silent together: one alert for the box, none for its devices. */
const boxesDown = (watched: readonly Watched[]): Map<string, Watched[]> => {
  const byBox = new Map<string, Watched[]>();
  for (const item of watched) {
    const { identity } = item.activity;
    if (!identity?.startsWith('box:')) continue;
    const key = `${item.device.site}\n${identity}`;
    byBox.set(key, [...(byBox.get(key) ?? []), item]);
  }
  const down = new Map<string, Watched[]>();
  for (const [key, items] of byBox) {
    const silent = items.filter(({ faults }) => faults.has('device-silent'));
    const newest = Math.max(...items.map(({ activity }) => activity.lastSeen ?? 0));
    // Those that are more patient have said nothing either since the first of the silent ones was due.
    const firstSilence = Math.min(...silent.map(({ dueBy }) => dueBy ?? Infinity));
    if (silent.length >= 2 && newest < firstSilence) down.set(key, silent);
  }
  return down;
};

/** What is wrong now, by device, box and quarantine. */
export const planSupervision = (input: SupervisionInput): SupervisionPlan => {
  const { devices, holderOf, activities, full, now, heardSince } = input;
  const watched: Watched[] = [];
  const changed: { device: string; site: string; activity: DeviceActivity }[] = [];
  for (const device of devices) {
    const holder = holderOf(device.id);
    const inService = holder !== null && (device.state ?? 'active') === 'active';
    const known = activities.get(device.id);
    if (!known && !inService) continue;
    const resumed = device.stateSince ?? 0;
    const activity = known ?? UNSEEN(now);
    const { faults, dueBy } = deviceHealth(device, activity, {
      now,
      inService,
      heardSince: Math.max(heardSince, resumed),
    });
    const conditions = Object.fromEntries([...faults].map((fault) => [fault, activity.conditions[fault] ?? now]));
    const same =
      known !== undefined &&
      faults.size === Object.keys(activity.conditions).length &&
      [...faults].every((fault) => activity.conditions[fault] !== undefined);
    const current = same ? activity : { ...activity, conditions };
    if (!same) changed.push({ device: device.id, site: device.site, activity: current });
    if (holder && inService) watched.push({ device, activity: current, faults, holder, dueBy });
  }

  const down = boxesDown(watched);
  const inhibited = new Set([...down.values()].flat().map(({ device }) => device.id));
  const troubles: Trouble[] = [];
  for (const [key, silent] of down) {
    const [site = '', identity = ''] = key.split('\n');
    const box = identity.slice('box:'.length);
    troubles.push({
      rule: 'box-down',
      site,
      subject: identity,
      device: null,
      room: null,
      priority: 'medium',
      message: {
        fr: `Passerelle muette : ${box} (${silent.length} appareils sans données)`,
        en: `Gateway silent: ${box} (${silent.length} devices without data)`,
      },
      since: Math.min(...silent.map(({ dueBy }) => dueBy ?? now)),
    });
  }
  for (const { device, activity, faults, holder, dueBy } of watched)
    for (const rule of faults) {
      if (rule === 'device-silent' && inhibited.has(device.id)) continue;
      const lost = rule === 'device-silent' || rule === 'never-seen';
      troubles.push({
        rule,
        site: device.site,
        subject: `device:${device.id}`,
        device: device.id,
        room: holder.room,
        priority: lost && holder.resident !== null ? 'medium' : 'low',
        message: textOf(rule, device, activity),
        since: rule === 'device-silent' && dueBy !== null ? dueBy : (activity.conditions[rule] ?? now),
      });
    }
  for (const group of full)
    if (group.site !== null)
      troubles.push({
        rule: 'quarantine-full',
        site: group.site,
        subject: `quarantine:${group.deviceIdentifier ?? group.identity}`,
        device: null,
        room: null,
        priority: 'low',
        message: {
          fr: `Quarantaine pleine : un appareil inconnu relayé par ${group.identity.replace(/^\w+:/, '')}`,
          en: `Quarantine full: an unknown device relayed by ${group.identity.replace(/^\w+:/, '')}`,
        },
        since: group.firstAt,
      });
  return { troubles, changed };
};

const episodeOf = ({ site, subject, rule }: Trouble): string => `${site}/${subject}/${rule}/-/event`;

const bornOf = (trouble: Trouble, now: EpochMillis): { alert: Alert; event: AlertEvent } => {
  const { rule, site, device, room, priority, message, since } = trouble;
  const episode = episodeOf(trouble);
  const id = hash('sha256', `${episode}\n${since}`, 'hex').slice(0, 32);
  return openAlert(
    {
      id,
      episode,
      site,
      resident: null,
      room,
      device,
      rule,
      metric: null,
      direction: 'event',
      priority,
      category: 'technical',
      message,
      evidence: [],
      startedAt: since,
    },
    'confirmed',
    { at: now, actor: { kind: 'rule', id: rule } },
  );
};

/** Opens alerts for new troubles and ends those of troubles that are over; returns how many changed. */
const settleAlerts = async (
  tx: Db,
  troubles: readonly Trouble[],
  mine: (site: string) => boolean,
  now: EpochMillis,
): Promise<number> => {
  const open = (await openAlerts(tx)).filter(({ rule, site }) => isRule(rule) && mine(site));
  const wanted = new Map(troubles.map((trouble) => [episodeOf(trouble), trouble]));
  const alerts: Alert[] = [];
  const events: AlertEvent[] = [];
  for (const alert of open) {
    if (wanted.delete(alert.episode)) continue;
    const ended = transition(alert, 'ended', { at: now, actor: { kind: 'rule', id: alert.rule } });
    if ('refused' in ended) continue;
    alerts.push(ended.alert);
    events.push(ended.event);
  }
  for (const trouble of wanted.values()) {
    const born = bornOf(trouble, now);
    if (await alertById(tx, born.alert.id)) continue; // somebody closed it and it goes on
    alerts.push(born.alert);
    events.push(born.event);
  }
  await saveAlerts(tx, alerts, events);
  return alerts.length;
};

export interface SuperviseOptions {
  readonly registry: Registry;
  readonly mine: (site: string) => boolean;
  /** Messages processed since the last round. */
  readonly heard: readonly Heard[];
  readonly now: EpochMillis;
  /** Everything received before this instant has been processed: silence is judged as of then. */
  readonly heardUntil: EpochMillis;
  readonly heardSince: EpochMillis;
}

/** One round, in the caller's transaction: takes in what was heard, then judges. Returns how many alerts changed. */
export const supervise = async (tx: Db, options: SuperviseOptions): Promise<number> => {
  const { registry, mine, heard, now, heardUntil, heardSince } = options;
  if (!Number.isFinite(heardUntil)) return 0; // nothing was read yet
  const activities = await deviceActivities(tx);
  const dirty = new Map<string, { device: string; site: string; activity: DeviceActivity }>();
  for (const item of heard) {
    const device = registry.device(item.device);
    if (!device) continue;
    const activity = withHeard(activities.get(device.id) ?? UNSEEN(item.receivedAt), item);
    activities.set(device.id, activity);
    dirty.set(device.id, { device: device.id, site: device.site, activity });
  }
  const plan = planSupervision({
    devices: registry.devices().filter(({ site }) => mine(site)),
    holderOf: (device) => registry.assignmentAt(device, now),
    activities,
    full: (await fullQuarantineGroups(tx)).filter(({ site }) => site !== null && mine(site)),
    now: Math.min(now, heardUntil),
    heardSince,
  });
  for (const change of plan.changed) dirty.set(change.device, change);
  await saveDeviceActivities(tx, [...dirty.values()]);
  return settleAlerts(tx, plan.troubles, mine, now);
};
