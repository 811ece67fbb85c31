import { XMLParser } from 'fast-xml-parser';
import { DecodeError } from '../../domain/errors.js';
import type { Codec, DecodedMessage } from './codec.js';
import { createCollector } from './support/collector.js';
import { field, isObject, textOf, type JsonObject } from './support/json.js';

const TOPIC = /^scaip\/([^/]+)$/;
/** A message of the protocol is under 1 kB; this bounds what the parser may be given. */
const MOST_BYTES = 16 * 1024;

/** SS 91100:2014 status codes seen in real traffic. */
const STATUS = { alarm: 10, cancelled: 19, test: 102 } as const;

const parser = new XMLParser({
  processEntities: false,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: true,
});

/**
 * SCAIP (SS 91100:2014, CLC/TS 50134-9): a social alarm's `<mrq>` as a SIP bridge relays it on `scaip/<controller id>`.
 * Types: ME alarm, PI heartbeat, RE alarm withdrawn, IN information. Codes are padded differently by each maker, and
 * `cid` may have blanks. The call's voice leg is the teleassistance platform's.
 */
export const codec: Codec = {
  name: 'scaip',
  examples: [
    {
      topic: 'scaip/10149471',
      payload: '<mrq><ref>1193308443</ref><mty>ME</mty><cid> 10149471</cid><dty>3</dty><stc>0010</stc></mrq>',
      gives: { sos: true },
    },
    {
      topic: 'scaip/26317',
      payload: '<mrq><ref>00001A85</ref><mty>PI</mty><cid>26317</cid><stc>102</stc></mrq>',
      gives: { device_online: true },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    return match ? { identifier: match[1] as string } : null;
  },
  decode(input) {
    if (input.payload.byteLength > MOST_BYTES)
      throw new DecodeError(
        'payload_too_large',
        `expected at most ${MOST_BYTES} bytes, came ${input.payload.byteLength}`,
      );
    const root = parse(textOf(input.payload));
    const request = field(root, 'mrq');
    // `mrs` is the answer of a receiver.
    if (!isObject(request)) {
      if (field(root, 'mrs') === undefined) throw new DecodeError('malformed_payload', 'expected the element mrq');
      return { values: [] };
    }
    return read(request, TOPIC.exec(input.topic)?.[1] ?? '');
  },
};

/** A document type may define entities: none is read. */
const parse = (text: string): JsonObject => {
  if (text.includes('<!')) throw new DecodeError('malformed_payload', 'expected XML without a document type');
  try {
    const root: unknown = parser.parse(text);
    return isObject(root) ? root : {};
  } catch {
    throw new DecodeError('malformed_payload', `expected XML, came ${text.length} characters that are not`);
  }
};

const textAt = (request: JsonObject, name: string): string => {
  const value = field(request, name);
  return typeof value === 'string' ? value.trim() : '';
};

const read = (request: JsonObject, identifier: string): DecodedMessage => {
  const collector = createCollector();
  const controller = textAt(request, 'cid');
  const reference = textAt(request, 'ref');
  const type = textAt(request, 'mty').toUpperCase();
  if (type === 'ME') readAlarm(textAt(request, 'stc'), collector);
  else if (type === 'PI') collector.add('device_online', true, '1');
  else if (type !== 'RE' && type !== 'IN') throw new DecodeError('malformed_payload', 'mty: expected ME, PI, RE or IN');
  return collector.message({
    ...(reference === '' ? {} : { sequence: `${type}/${reference}` }),
    ...(controller === '' || controller === identifier ? {} : { device: { identifier: controller } }),
  });
};

const readAlarm = (code: string, collector: ReturnType<typeof createCollector>): void => {
  const status = /^\d{1,6}$/.test(code) ? Number(code) : NaN;
  if (status === STATUS.alarm) collector.add('sos', true, '1');
  else if (status !== STATUS.cancelled && status !== STATUS.test)
    collector.refuse('stc', 'unknown_metric', 'a status code that is not known');
};
