import { z } from 'zod';
import type { DeviceConfig } from '../../../domain/device.js';
import { BROWAN } from './browan.js';
import { cayenneLpp } from './cayenne-lpp.js';
import { elsys } from './elsys.js';
import { MILESIGHT } from './milesight.js';
import { vs373 } from './milesight-vs373.js';
import type { PayloadDecoder } from './payload.js';

const named = (vendor: string, models: Readonly<Record<string, PayloadDecoder>>): [string, PayloadDecoder][] =>
  Object.entries(models).map(([model, decoder]) => [`${vendor}-${model}`, decoder]);

const DECODERS: ReadonlyMap<string, PayloadDecoder> = new Map([
  ...named('browan', BROWAN),
  ['cayenne-lpp', cayenneLpp],
  ['elsys', elsys],
  ...named('milesight', { ...MILESIGHT, vs373 }),
]);

/** The device profiles whose bytes we read. */
export const PROFILES: readonly string[] = [...DECODERS.keys()].sort();

/** The part of the configuration all LoRaWAN codecs read. */
export const lorawanConfigSchema = z.object({
  timezone: z.string().optional(),
  role: z.enum(['sos_button']).optional(),
  deviceProfile: z.enum(PROFILES as [string, ...string[]]).optional(),
  deviceModel: z.string().optional(),
});

/** `Milesight WS101-868M-SOS`, `VS373`, `elsys-ers-co2` → the name in the table, or null. */
const profileNamed = (given: string): string | null => {
  const name = given
    .toLowerCase()
    .replace(/[\s_]+/g, '-')
    .replace(/-\d{3}m(?=-|$)/, '')
    .replace(/-sos$/, '');
  if (name.startsWith('elsys-')) return 'elsys';
  for (const candidate of [name, `milesight-${name}`, `browan-${name}`]) if (DECODERS.has(candidate)) return candidate;
  return null;
};

/** The payload decoder that provisioning asks for, by profile and then by model; null when it names none we have. */
export const decoderFor = ({ deviceProfile, deviceModel }: DeviceConfig): PayloadDecoder | null => {
  for (const given of [deviceProfile, deviceModel]) {
    const name = given === undefined ? null : profileNamed(given);
    if (name !== null) return DECODERS.get(name) ?? null;
  }
  return null;
};
