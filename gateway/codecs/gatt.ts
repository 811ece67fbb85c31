import { z } from 'zod';
import { DecodeError } from '../../domain/errors.js';
import type { Codec } from './codec.js';
import type { Characteristic } from './gatt/characteristic.js';
import { battery } from './gatt/battery.js';
import { bloodPressure } from './gatt/blood-pressure.js';
import { bodyComposition, weight } from './gatt/body.js';
import { cgm } from './gatt/cgm.js';
import { glucose } from './gatt/glucose.js';
import { heartRate } from './gatt/heart-rate.js';
import { plxContinuous, plxSpotCheck } from './gatt/pulse-oximeter.js';
import { temperature } from './gatt/temperature.js';
import { bytesOf } from './support/bytes.js';

const CHARACTERISTICS: ReadonlyMap<string, Characteristic> = new Map([
  ['2A35', bloodPressure],
  ['2A37', heartRate],
  ['2A1C', temperature],
  ['2A5E', plxSpotCheck],
  ['2A5F', plxContinuous],
  ['2A18', glucose],
  ['2A9D', weight],
  ['2A9C', bodyComposition],
  ['2A19', battery],
  ['2AA7', cgm],
]);

/** Intermediate values of a measurement that is still running: same layouts, never a reading. */
const INTERMEDIATE: ReadonlySet<string> = new Set(['2A36', '2A1E']);

const UUID = '(?:0000)?([0-9A-Fa-f]{4})(?:-0000-1000-8000-00805[Ff]9[Bb]34[Ff][Bb])?';
const TOPIC = new RegExp(`^gatt/[^/]+/([^/]+)/${UUID}/${UUID}$`);
const MAC = /^[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}$/;

/**
 * Bluetooth health characteristics as raw bytes: `gatt/{box}/{mac}/{service16}/{characteristic16}`. Layouts, flags and
 * status bits: Bluetooth GATT Specification Supplement; numbers: IEEE 11073-20601.
 */
export const codec: Codec = {
  name: 'gatt',
  configSchema: z.object({
    timezone: z.string().optional(),
    e2eCrc: z.boolean().optional(),
    userSlot: z.int().min(0).max(254).optional(),
    userSlots: z.record(z.string(), z.string()).optional(),
  }),
  examples: [
    {
      topic: 'gatt/box-1/A4C138001122/1810/2a35',
      payload: { hex: '047800500059004800' },
      gives: { systolic_bp: 120, diastolic_bp: 80, mean_bp: 89, pulse_rate: 72 },
    },
    { topic: 'gatt/box-1/A4C138001122/1809/2a1c', payload: { hex: '006c0100ff' }, gives: { body_temperature: 36.4 } },
    { topic: 'gatt/box-1/A4C138001122/1822/2a5e', payload: { hex: '0062003d00' }, gives: { spo2: 98, pulse_rate: 61 } },
  ],
  address(topic) {
    const match = TOPIC.exec(topic);
    if (!match) return null;
    if (INTERMEDIATE.has((match[3] as string).toUpperCase())) return 'ignored';
    return { identifier: match[1] as string, aliases: spellings(match[1] as string) };
  },
  decode(input) {
    const code = TOPIC.exec(input.topic)?.[3]?.toUpperCase() ?? '';
    const characteristic = CHARACTERISTICS.get(code);
    if (!characteristic)
      throw new DecodeError(
        'unknown_topic',
        `characteristic ${code}: expected one of ${[...CHARACTERISTICS.keys()].join(', ')}`,
      );
    return characteristic(bytesOf(input.payload, `characteristic ${code}`), input);
  },
};

/** A MAC address is provisioned as its label shows it: with or without colons, in either case. */
const spellings = (identifier: string): readonly string[] => {
  if (!MAC.test(identifier)) return [];
  const bare = identifier.replace(/[:-]/g, '').toUpperCase();
  const colons = bare.replace(/..(?!$)/g, '$&:');
  return [bare, colons, bare.toLowerCase(), colons.toLowerCase()].filter((spelling) => spelling !== identifier);
};
