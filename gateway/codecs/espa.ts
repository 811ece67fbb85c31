import { z } from 'zod';
import { DecodeError } from '../../domain/errors.js';
import type { Codec } from './codec.js';
import { createCollector } from './support/collector.js';

const TOPIC = /^espa\/([^/]+)$/;
const MOST_BYTES = 1024;
const [SOH, STX, ETX, RS, US] = [0x01, 0x02, 0x03, '\x1e', '\x1f'] as const;

/** Header 1 is a call to a pager; then the data identifiers of its records, and the call type that ends a call. */
const CALL_TO_PAGER = '1';
const [ADDRESS, TEXT, CALL_TYPE] = ['1', '2', '4'];
const RESET = '1';

const latin1 = new TextDecoder('latin1');

/**
 * ESPA 4.4.4 as a serial bridge relays it on `espa/<bridge>`, one block per message: SOH header STX records ETX BCC.
 * What calls is free text on a pager (« CH 12 APPEL »), and only the site knows what it means: the text, exactly, is
 * the device's identifier, and it is an SOS when that device has the role. Nothing is guessed from words.
 */
export const codec: Codec = {
  name: 'espa',
  rebroadcasts: true,
  configSchema: z.object({ role: z.enum(['sos_button']).optional() }),
  examples: [
    {
      topic: 'espa/appel-malade',
      // SOH 1 STX 1 US 101 RS 2 US CH 12 APPEL RS 4 US 3 ETX BCC
      payload: { hex: '013102311f3130311e321f434820313220415050454c1e341f33035b' },
      config: { role: 'sos_button' },
      gives: { sos: true },
    },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    return match ? { identifier: match[1] as string } : null;
  },
  decode(input) {
    const { header, records } = readBlock(input.payload);
    const text = records.get(TEXT);
    const collector = createCollector();
    if (header !== CALL_TO_PAGER || text === undefined || records.get(CALL_TYPE) === RESET) return collector.message();
    const pager = records.get(ADDRESS);
    const device = { identifier: text, aliases: pager === undefined ? [] : [`${pager}/${text}`] };
    if (input.configOf?.(device).role === 'sos_button') collector.add('sos', true, '1');
    else collector.refuse('call', 'unknown_metric', 'a call rings when its text is a device with the role sos_button');
    return collector.message({ device });
  },
};

/** One block; bridges may strip what is before SOH and the check character, which counts when it is there. */
const readBlock = (payload: Uint8Array): { header: string; records: ReadonlyMap<string, string> } => {
  if (payload.byteLength > MOST_BYTES)
    throw new DecodeError('payload_too_large', `expected at most ${MOST_BYTES} bytes, came ${payload.byteLength}`);
  const [soh, stx, etx] = [payload.indexOf(SOH), payload.indexOf(STX), payload.indexOf(ETX)];
  if (soh < 0 || stx < soh || etx < stx)
    throw new DecodeError('malformed_payload', 'expected SOH, header, STX, records, ETX');
  const check = payload[etx + 1];
  const sum = payload.subarray(soh + 1, etx + 1).reduce((parity, byte) => parity ^ byte, 0);
  if (check !== undefined && check !== sum)
    throw new DecodeError('malformed_payload', 'the block check character does not match');
  const records = new Map<string, string>();
  for (const record of latin1.decode(payload.subarray(stx + 1, etx)).split(RS)) {
    const [identifier, ...data] = record.split(US);
    if (identifier !== undefined && data.length > 0) records.set(identifier, data.join(' ').trim());
  }
  return { header: latin1.decode(payload.subarray(soh + 1, stx)), records };
};
