import { z } from 'zod';
import type { EpochMillis } from '../../domain/time.js';
import type { Codec, CodecInput, DecodedMessage } from './codec.js';
import { counterOf, judgeCounter, open, type Encrypted, type LastCounter } from './ble/bthome-cipher.js';
import { readObjects } from './ble/bthome-objects.js';
import { looksLike, readRelayed, refused, relayAddress, roleOf, serviceData, type Relayed } from './ble/relay.js';
import { hexBytes } from './support/hex.js';
import { field } from './support/json.js';
import { macDigits } from './support/mac.js';

const ENCRYPTED = 0x01;
const HAS_MAC = 0x02;
const VERSION = 2;
/** Theengs passes on the parts of an encrypted advertisement without its info byte: a trigger device, or another. */
const LIKELY_INFO = [0x45, 0x41];

/**
 * BTHome v2 advertisements (service data 0xFCD2), plain or encrypted, as a Bluetooth relay passes them on: raw, or as
 * the `cipher`, `ctr` and `mic` of a Shelly BLU with encryption (`encr: 2`). https://bthome.io/format
 */
export const codec: Codec = {
  name: 'bthome',
  configSchema: z.object({
    role: z.enum(['sos_button', 'body_scale']).optional(),
    bindKey: z
      .string()
      .regex(/^[0-9A-Fa-f]{32}$/)
      .optional(),
  }),
  examples: [
    {
      topic: 'home/couloir/BTtoMQTT/undecoded',
      payload:
        '{"id":"A4:C1:38:8D:18:B2","rssi":-71,"servicedata":"400009015d025d0903b718","servicedatauuid":"0xfcd2"}',
      gives: { battery_level: 93, ambient_temperature: 23.97, ambient_humidity: 63.27 },
    },
    {
      topic: 'home/couloir/BTtoMQTT/A4C1388D18B2',
      payload: '{"id":"A4:C1:38:8D:18:B2","servicedata":"440021015e3a01","servicedatauuid":"0xfcd2"}',
      config: { role: 'sos_button' },
      gives: { battery_level: 94, sos: true },
    },
    {
      topic: 'home/couloir/BTtoMQTT/undecoded',
      payload: '{"id":"54:48:E6:8F:80:A5","servicedata":"4187b90011223372b0231f","servicedatauuid":"0xfcd2"}',
      config: { bindKey: '231d39c1d7cc1ab1aee224cd096db932' },
      gives: { motion: true },
    },
  ],
  address: relayAddress,
  takes: looksLike(/"servicedatauuid"\s*:\s*"(?:0x|0000)?fcd2|"encr"\s*:\s*2\b/i),
  memoryKey: (topic) => (relayAddress(topic) === null ? null : 'counters'),
  decode(input) {
    const relayed = readRelayed(input);
    const data = serviceData(relayed);
    if (data === null && field(relayed.message, 'encr') === 2) return unsealParts(relayed, input);
    const info = data?.[0];
    if (!data || info === undefined) return refused(relayed, 'malformed_payload', 'expected hexadecimal service data');
    if (info >> 5 !== VERSION) return refused(relayed, 'unknown_format', `expected BTHome version ${VERSION}`);
    const body = data.subarray(info & HAS_MAC ? 7 : 1);
    if (info & ENCRYPTED) {
      const mac = info & HAS_MAC ? Buffer.from(data.subarray(1, 7)).reverse() : macOf(relayed);
      return unseal(relayed, [{ mac, info, sealed: body }], input);
    }
    if (relayed.config.bindKey !== undefined)
      return refused(relayed, 'malformed_payload', 'expected to be encrypted, as config.bindKey says');
    return { ...contentOf(relayed, body), broadcast: data.toString('hex') };
  },
};

const macOf = ({ device }: Relayed): Buffer => hexBytes(macDigits(device.identifier)) ?? Buffer.alloc(0);

const contentOf = (relayed: Relayed, body: Buffer): DecodedMessage => {
  const { values, cutOff } = readObjects(body, roleOf(relayed));
  if (!cutOff) return { values, ...relayed.named };
  return { ...refused(relayed, 'malformed_payload', 'the last object is cut off'), values };
};

/** A Shelly BLU as Theengs publishes it when it has no key. */
const unsealParts = (relayed: Relayed, input: CodecInput): DecodedMessage => {
  const parts = ['cipher', 'ctr', 'mic'].map((name) => hexBytes(field(relayed.message, name)));
  if (parts.some((part) => part === null))
    return refused(relayed, 'malformed_payload', 'expected hexadecimal cipher, ctr and mic');
  const sealed = Buffer.concat(parts as Buffer[]);
  const mac = macOf(relayed);
  return unseal(
    relayed,
    LIKELY_INFO.map((info) => ({ mac, info, sealed })),
    input,
  );
};

const unseal = (relayed: Relayed, candidates: readonly Encrypted[], input: CodecInput): DecodedMessage => {
  const { bindKey } = relayed.config;
  if (bindKey === undefined) return refused(relayed, 'missing_key', 'encrypted, and config.bindKey is not set');
  const key = hexBytes(bindKey);
  if (key?.length !== 16) return refused(relayed, 'missing_key', 'config.bindKey: expected 32 hexadecimal digits');
  for (const candidate of candidates) {
    const opened = open(candidate, key);
    if (opened) return inOrder(relayed, opened, counterOf(candidate), input);
  }
  return refused(relayed, 'malformed_payload', 'not encrypted with config.bindKey');
};

/** The counter must grow: a recording of an old advertisement is authentic too. */
const inOrder = (relayed: Relayed, opened: Buffer, counter: number, input: CodecInput): DecodedMessage => {
  const counters = (input.memory ?? {}) as Readonly<Record<string, LastCounter>>;
  const mac = relayed.device.identifier;
  const now: [number, EpochMillis] = [counter, input.receivedAt];
  const verdict = judgeCounter(Object.hasOwn(counters, mac) ? counters[mac] : undefined, now);
  if (verdict === 'replayed') return refused(relayed, 'replayed', 'its counter was used before');
  const content = { ...contentOf(relayed, opened), sequence: String(counter) };
  return verdict === 'new' ? { ...content, memory: { ...counters, [mac]: now } } : content;
};
