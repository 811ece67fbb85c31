import { hash } from 'node:crypto';
import type { Alert, AlertEvent } from '../../domain/alert.js';
import { openAlert } from '../../domain/lifecycle.js';
import { metricDefinition } from '../../domain/metrics.js';
import type { Reading } from '../../domain/reading.js';
import type { Finding } from './rule.js';

/** Whom an alert is about: the resident; else the room the device watches; else the device. */
export const subjectOf = ({ resident, room, device, metric }: Reading): string => {
  if (metricDefinition(metric).about === 'device') return `device:${device}`;
  if (resident !== null) return `resident:${resident}`;
  return room !== null ? `room:${encodeURIComponent(room)}` : `device:${device}`;
};

/** `site/subject/rule/metric/direction`: at most one alert that is not closed. */
export const episodeOf = (
  rule: string,
  reading: Reading,
  { metric, direction }: Pick<Finding, 'metric' | 'direction'>,
): string => `${reading.site}/${subjectOf(reading)}/${rule}/${metric ?? '-'}/${direction}`;

/**
 * A new alert of an episode. Its id is 32 hexadecimal digits of SHA-256 over the episode and the reading that opened
 * it: a replay after a crash gives the same alert, and the next alert of the episode another one.
 */
export const newAlert = (
  rule: string,
  { finding, reading, episode }: { readonly finding: Finding; readonly reading: Reading; readonly episode: string },
  kind: 'breach' | 'confirmed',
): { alert: Alert; event: AlertEvent } =>
  openAlert(
    {
      id: hash('sha256', `${episode}\n${reading.id}`, 'hex').slice(0, 32),
      episode,
      site: reading.site,
      resident: reading.resident,
      room: reading.room,
      device: reading.device,
      rule,
      metric: finding.metric,
      direction: finding.direction,
      priority: finding.priority,
      category: finding.category,
      message: finding.message,
      evidence: finding.evidence,
      startedAt: finding.evidence[0]?.time ?? reading.time,
    },
    kind,
    { at: reading.receivedAt, actor: { kind: 'rule', id: rule } },
  );
