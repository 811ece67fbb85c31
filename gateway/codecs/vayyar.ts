import { DecodeError } from '../../domain/errors.js';
import type { Codec } from './codec.js';
import { at, createCollector, unixSeconds } from './support/collector.js';
import { field, isObject, parseJson, textOf, typeName } from './support/json.js';

const TOPIC = /^\/?devices\/([^/]+)\/events$/;
const [PRESENCE, FALL] = [0, 1];

/**
 * Radar events in the form third parties describe for Vayyar Care: `/devices/<id>/events`, type 0 presence, type 1 the
 * stages of a fall. Every stage repeats the start of the fall, so « fall confirmed » and « calling » are one fall.
 */
export const codec: Codec = {
  name: 'vayyar',
  examples: [
    {
      topic: '/devices/id_ABC/events',
      payload:
        '{"type":1,"payload":{"status":"fall confirmed","timestamp":1795420740,"statusUpdateTimestamp":1795420744,"endTimestamp":0}}',
      gives: { fall: true },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    return match ? { identifier: match[1] as string } : null;
  },
  decode(input) {
    const message = parseJson(textOf(input.payload));
    const payload = isObject(message) ? field(message, 'payload') : undefined;
    if (!isObject(message) || !isObject(payload))
      throw new DecodeError('malformed_payload', `payload: expected an object, came ${typeName(payload)}`);
    const time = (name: string) => at(unixSeconds(field(payload, name)));
    const collector = createCollector();
    const type = field(message, 'type');
    if (type === PRESENCE) collector.boolean('presence', field(payload, 'presenceDetected'), time('timestamp'));
    if (type !== FALL) return collector.message();
    switch (field(payload, 'status')) {
      case 'fall confirmed':
      case 'calling':
        collector.add('fall', true, '1', time('timestamp'));
        break;
      case 'fall exit':
        collector.add(
          'fall',
          false,
          '1',
          time(field(payload, 'endTimestamp') ? 'endTimestamp' : 'statusUpdateTimestamp'),
        );
        break;
      case 'finished':
        break;
      default:
        collector.refuse('fall', 'invalid_value', 'a status of a fall that is not known');
    }
    return collector.message();
  },
};
