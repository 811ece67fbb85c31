import { DecodeError } from '../../domain/errors.js';
import type { Codec } from './codec.js';
import { at, createCollector, online } from './support/collector.js';
import { parseIsoTime } from './support/iso-time.js';
import { field, isObject, parseJson, textOf, typeName } from './support/json.js';

const FALL = /^(?!(?:vigie|zigbee2mqtt|gatt|homie|tele|stat)\/)([^/]+)\/fall\/(detected|confirmation)$/;
const STATUS = /^(CL\w+)\/status$/;
const WILL = /^LW:/;

/**
 * Carelink pendants: `<device>/fall/detected`, `<device>/fall/confirmation` (false = the wearer denied it) and the will
 * `<device>/status`. `batteryLevel` is in mAh and `temperature` is the pendant's own: neither is a reading.
 */
export const codec: Codec = {
  name: 'carelink',
  examples: [
    {
      topic: 'CL0042/fall/detected',
      payload: '{"timestamp":"2026-11-23T07:59:58Z","batteryLevel":310,"sensor":{"heartrate":96,"temperature":31}}',
      gives: { fall: true, heart_rate: 96 },
    },
    {
      topic: 'CL0042/fall/confirmation',
      payload: '{"status":false,"timestamp":"2026-11-23T07:59:58Z"}',
      gives: { fall: false },
    },
  ],
  address(topic) {
    const match = FALL.exec(topic) ?? STATUS.exec(topic);
    return match ? { identifier: match[1] as string } : null;
  },
  decode(input) {
    const text = textOf(input.payload);
    const kind = FALL.exec(input.topic)?.[2];
    if (kind === undefined) return WILL.test(text) ? online(false) : { values: [] };
    const message = parseJson(text);
    if (!isObject(message))
      throw new DecodeError('malformed_payload', `expected a JSON object, came ${typeName(message)}`);
    const timestamp = field(message, 'timestamp');
    const around = at(typeof timestamp === 'string' ? parseIsoTime(timestamp) : null);
    const collector = createCollector();
    if (kind === 'confirmation') {
      const status = field(message, 'status');
      if (typeof status !== 'boolean')
        throw new DecodeError('invalid_value', `status: expected a boolean, came ${typeName(status)}`);
      collector.add('fall', status, '1', around);
      return collector.message();
    }
    collector.add('fall', true, '1', around);
    const sensor = field(message, 'sensor');
    if (isObject(sensor)) collector.number('heart_rate', field(sensor, 'heartrate'), around);
    return collector.message();
  },
};
