import { z } from 'zod';
import type { Metric } from '../../domain/metrics.js';
import { DecodeError } from '../../domain/errors.js';
import type { Codec } from './codec.js';
import { at, createCollector } from './support/collector.js';
import { parseIsoTime } from './support/iso-time.js';
import { isObject, parseJson, textOf, typeName } from './support/json.js';

const TOPIC = /^milesight\/vs373\/([^/]+)$/;

const [ALARM, RESOLVED, IGNORED, REPORT] = [1, 2, 3, 4];

/**
 * Event and status → reading. Motionless, dwell, lying and the breathing events (6 is called « Bradycardia » in the
 * guide and is a breathing event) are no metric of ours.
 */
const EVENTS: ReadonlyMap<unknown, { metric: Metric; byStatus: ReadonlyMap<unknown, boolean> }> = new Map([
  [
    0,
    {
      metric: 'fall',
      byStatus: new Map([
        [ALARM, true],
        [RESOLVED, false],
        [IGNORED, false],
      ]),
    },
  ],
  [3, { metric: 'bed_occupancy', byStatus: new Map([[ALARM, false]]) }],
  [
    4,
    {
      metric: 'presence',
      byStatus: new Map([
        [ALARM, true],
        [REPORT, true],
      ]),
    },
  ],
  [
    5,
    {
      metric: 'presence',
      byStatus: new Map([
        [ALARM, false],
        [REPORT, false],
      ]),
    },
  ],
] as const);
const STATUSES = new Set<unknown>([ALARM, RESOLVED, IGNORED, REPORT]);

/**
 * Milesight VS373 radar over Wi-Fi: `milesight/vs373/<serial>` (the topic is a setting of the radar; this is the one we
 * ask for). The guide shows keys with blanks and with underscores, and `trigger_data` inside or beside `device_info`.
 */
export const codec: Codec = {
  name: 'milesight-vs373',
  configSchema: z.object({ timezone: z.string().optional() }),
  examples: [
    {
      topic: 'milesight/vs373/6806E41970333123',
      payload:
        '{"device_info":{"device_model":"VS373-868M","time":"2026-11-23 08:59:58"},"trigger_data":{"type":0,"trigger_id":1073,"event":0,"status":1}}',
      gives: { fall: true },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    return match ? { identifier: match[1] as string } : null;
  },
  decode(input) {
    const message = fieldsOf(parseJson(textOf(input.payload)), 'message');
    const info = fieldsOf(message.get('device_info'), 'device_info');
    const trigger = fieldsOf(message.get('trigger_data') ?? info.get('trigger_data'), 'trigger_data');
    const collector = createCollector();
    const event = EVENTS.get(trigger.get('event'));
    if (!event) return collector.message();
    const status = trigger.get('status');
    const value = event.byStatus.get(status);
    const time = info.get('time');
    if (value !== undefined)
      collector.add(
        event.metric,
        value,
        '1',
        at(typeof time === 'string' ? parseIsoTime(time.trim().replace(' ', 'T')) : null),
      );
    else if (event.metric === 'fall' || !STATUSES.has(status))
      collector.refuse(event.metric, 'invalid_value', 'a status of the event that is not known');
    return collector.message();
  },
};

const fieldsOf = (value: unknown, what: string): ReadonlyMap<string, unknown> => {
  if (!isObject(value))
    throw new DecodeError('malformed_payload', `${what}: expected an object, came ${typeName(value)}`);
  return new Map(Object.entries(value).map(([name, inner]) => [name.trim().replaceAll(' ', '_').toLowerCase(), inner]));
};
