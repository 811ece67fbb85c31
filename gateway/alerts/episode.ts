import { hash } from 'node:crypto';
import type { Alert, AlertEvent } from '../../domain/alert.js';
import { openAlert, retrospectiveAlert } from '../../domain/lifecycle.js';
import { metricDefinition } from '../../domain/metrics.js';
import type { Reading } from '../../domain/reading.js';
import type { EpochMillis } from '../../domain/time.js';
import type { Finding } from './rule.js';

/** Whom an alert is about: the resident; else the room the device watches; else the device. */
export const subjectOf = ({ resident, room, device, metric }: Reading): string => {
  if (metricDefinition(metric).about === 'device') return `device:${device}`;
  if (resident !== null) return `resident:${resident}`;
  return room !== null ? `room:${encodeURIComponent(room)}` : `device:${device}`;
};

/** What made a rule speak: a reading, or the clock. */
export interface Cause extends Pick<Alert, 'site' | 'resident' | 'room' | 'device'> {
  readonly subject: string;
  /** When it takes effect: reception of the reading, or the deadline. */
  readonly at: EpochMillis;
  /** When it happened to the subject. */
  readonly time: EpochMillis;
  /** Tells this cause from every other: a reading's id, or the deadline. */
  readonly key: string;
}

export const causeOf = (reading: Reading): Cause => ({
  site: reading.site,
  subject: subjectOf(reading),
  resident: reading.resident,
  room: reading.room,
  device: reading.device,
  at: reading.receivedAt,
  time: reading.time,
  key: reading.id,
});

/** The clock as a cause: it knows of the subject what its key says. */
export const deadlineOf = (site: string, subject: string, at: EpochMillis): Cause => {
  const [kind, name = ''] = subject.split(':', 2);
  return {
    site,
    subject,
    resident: kind === 'resident' ? name : null,
    room: kind === 'room' ? decodeURIComponent(name) : null,
    device: kind === 'device' ? name : null,
    at,
    time: at,
    key: `wake@${at}`,
  };
};

/** `site/subject/rule/metric/direction`: at most one alert that is not closed. */
export const episodeOf = (
  rule: string,
  { site, subject }: Pick<Cause, 'site' | 'subject'>,
  { metric, direction }: Pick<Finding, 'metric' | 'direction'>,
): string => `${site}/${subject}/${rule}/${metric ?? '-'}/${direction}`;

/** Ends the episode of what is only listed: what late readings show never was an open alert. */
export const RETROSPECTIVE = '/late';

/**
 * A new alert of an episode. Its id is 32 hexadecimal digits of SHA-256 over the episode and its cause: a replay after
 * a crash gives the same alert, and the next alert of the episode another one.
 */
export const newAlert = (
  rule: string,
  { finding, cause, episode }: { readonly finding: Finding; readonly cause: Cause; readonly episode: string },
  kind: 'breach' | 'confirmed' | 'retrospective',
): { alert: Alert; event: AlertEvent } => {
  const born = {
    id: hash('sha256', `${episode}\n${cause.key}`, 'hex').slice(0, 32),
    episode,
    site: cause.site,
    resident: cause.resident,
    room: cause.room,
    device: cause.device,
    rule,
    metric: finding.metric,
    direction: finding.direction,
    priority: finding.priority,
    category: finding.category,
    message: finding.message,
    evidence: finding.evidence,
    startedAt: finding.evidence[0]?.time ?? cause.time,
  };
  const context = { at: cause.at, actor: { kind: 'rule', id: rule } } as const;
  return kind === 'retrospective'
    ? retrospectiveAlert(born, { ...context, time: cause.time })
    : openAlert(born, kind, context);
};
