import { z } from 'zod';
import type { EpochMillis } from './time.js';
import { timezoneSchema } from './site.js';

/** What provisioning knows of a device; codecs read the fields they need (`corpus/README.md`, `config`). */
export const deviceConfigSchema = z.looseObject({
  timezone: timezoneSchema.optional(),
  role: z.enum(['sos_button', 'body_scale']).optional(),
  deviceProfile: z.string().optional(),
  deviceModel: z.string().optional(),
  bindKey: z.string().optional(),
  contactFalseMeans: z.enum(['bed_occupied', 'bed_empty']).optional(),
  e2eCrc: z.boolean().optional(),
});
export type DeviceConfig = z.infer<typeof deviceConfigSchema>;

export interface Device {
  readonly id: string;
  readonly site: string;
  readonly model: string;
  /** Hardware identifiers as the formats write them (MAC, EUI-64, friendly name, serial). */
  readonly identifiers: readonly string[];
  readonly config: DeviceConfig;
  readonly cadenceSeconds: number | null;
}

/** Who or what had the device, from `since` (included) to `until` (excluded, null = still). */
export interface Assignment {
  readonly device: string;
  readonly resident: string | null;
  readonly room: string | null;
  readonly since: EpochMillis;
  readonly until: EpochMillis | null;
}

export interface Box {
  readonly id: string;
  readonly site: string;
}

/** An authenticated MQTT identity; it says which site the messages belong to. */
export type MqttIdentity =
  | { readonly kind: 'device'; readonly id: string; readonly site: string }
  | { readonly kind: 'box'; readonly id: string; readonly site: string }
  | { readonly kind: 'service'; readonly id: string };
