import { z } from 'zod';
import type { Codec, DecodedMessage } from './codec.js';
import { looksLike, readRelayed, refused, relayAddress, serviceData, serviceUuid, type Relayed } from './ble/relay.js';
import { bytesOf, type Bytes } from './support/bytes.js';

const POUND = 0x01;
/** First control byte of 0x181B: an object or too light to be a person. */
const OBJECT = 0x04;
/** Second control byte of 0x181B, the only one of 0x181D. Before it, the display is still moving. */
const STABLE = 0x20;

const BODY_COMPOSITION = { uuid: '181b', bytes: 13 };
const WEIGHT = { uuid: '181d', bytes: 10 };

/**
 * Xiaomi Mi scales as raw advertisements: Body Composition Scale (0x181B: control u16, time, impedance u16, weight u16)
 * and Smart Scale (0x181D: control u8, weight u16, time). The same frame is repeated while somebody stands on the scale
 * and after; it carries its own time, so the copies are one reading.
 */
export const codec: Codec = {
  name: 'mi-scale',
  configSchema: z.object({ timezone: z.string().optional() }),
  examples: [
    {
      topic: 'home/sdb/BTtoMQTT/undecoded',
      payload: '{"id":"AA:BB:CC:00:00:21","servicedatauuid":"0x181b","servicedata":"0226e607020e10293af7019a38"}',
      gives: { body_weight: 72.45 },
    },
    {
      topic: 'home/sdb/BTtoMQTT/undecoded',
      payload: '{"id":"AA:BB:CC:00:00:22","servicedatauuid":"0x181d","servicedata":"223e30e607020e10293a"}',
      gives: { body_weight: 61.75 },
    },
  ],
  address: relayAddress,
  takes: looksLike(/"servicedatauuid"\s*:\s*"(?:0x|0000)?181[bd]/i),
  decode(input) {
    const relayed = readRelayed(input);
    const data = serviceData(relayed);
    const uuid = serviceUuid(relayed);
    if (data && uuid === BODY_COMPOSITION.uuid && data.length === BODY_COMPOSITION.bytes)
      return bodyComposition(relayed, bytesOf(data, 'scale'));
    if (data && uuid === WEIGHT.uuid && data.length === WEIGHT.bytes) return weight(relayed, bytesOf(data, 'scale'));
    return refused(relayed, 'unknown_format', 'not the service data of a Mi scale');
  },
};

const bodyComposition = (relayed: Relayed, bytes: Bytes): DecodedMessage => {
  const [unit, state] = [bytes.u8(), bytes.u8()];
  const local = bytes.dateTime();
  bytes.skip(2);
  const raw = bytes.u16();
  return unit & OBJECT || !(state & STABLE) ? { values: [], ...relayed.named } : weighed(relayed, { unit, raw, local });
};

const weight = (relayed: Relayed, bytes: Bytes): DecodedMessage => {
  const control = bytes.u8();
  const raw = bytes.u16();
  const local = bytes.dateTime();
  return control & STABLE ? weighed(relayed, { unit: control, raw, local }) : { values: [], ...relayed.named };
};

const weighed = (
  relayed: Relayed,
  { unit, raw, local }: { unit: number; raw: number; local: ReturnType<Bytes['dateTime']> },
): DecodedMessage => {
  // Kilograms and the Chinese jin (half a kilogram) come in steps of 5 g, pounds in hundredths.
  const mass = unit & POUND ? { value: raw / 100, unit: '[lb_av]' } : { value: raw / 200, unit: 'kg' };
  const time = local ? { time: { kind: 'local' as const, local } } : {};
  return {
    values: [{ metric: 'body_weight', ...mass, ...time }],
    // Frames of one weighing differ by their impedance and the bit that says the person stepped off.
    broadcast: [unit, raw, ...(local ? Object.values(local) : [])].join(' '),
    ...relayed.named,
  };
};
