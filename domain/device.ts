import { z } from 'zod';
import type { EpochMillis } from './time.js';
import { timezoneSchema } from './site.js';

const deviceRoleSchema = z.enum(['sos_button', 'body_scale']);

/** What provisioning knows of a device; codecs read the fields they need (`corpus/README.md`, `config`). */
export const deviceConfigSchema = z.looseObject({
  timezone: timezoneSchema.optional(),
  role: deviceRoleSchema.optional(),
  /** Role by address, where one configuration covers what a relay hears. */
  roles: z.record(z.string(), deviceRoleSchema).optional(),
  deviceProfile: z.string().optional(),
  deviceModel: z.string().optional(),
  bindKey: z.string().optional(),
  contactFalseMeans: z.enum(['bed_occupied', 'bed_empty']).optional(),
  e2eCrc: z.boolean().optional(),
  /** The one user of a multi-user device whose measures are meant; the others are refused. */
  userSlot: z.int().min(0).max(254).optional(),
  /** Resident by user slot of a multi-user device, e.g. `{"1":"r-1"}`. */
  userSlots: z.record(z.string().regex(/^[\w.-]{1,32}$/), z.string()).optional(),
  /** A kit for many residents: whoever was scanned last has it, for a few minutes. */
  shared: z.boolean().optional(),
  /** How it is expected to speak; left out = from its model and cadence (device-health.ts). */
  supervision: z.enum(['mains', 'battery', 'spot']).optional(),
});
/** Fields of the configuration that are keys: stored encrypted, never shown. */
export const SECRET_CONFIG = ['bindKey'] as const;
export type DeviceConfig = z.infer<typeof deviceConfigSchema>;

/** What a technician says of a device; only an active one is watched for silence. Its readings are stored in all of them. */
export const DEVICE_STATES = ['active', 'paused', 'repair', 'cleaning', 'returned', 'retired'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

export interface Device {
  readonly id: string;
  readonly site: string;
  readonly model: string;
  /** Hardware identifiers as the formats write them (MAC, EUI-64, friendly name, serial). */
  readonly identifiers: readonly string[];
  readonly config: DeviceConfig;
  readonly cadenceSeconds: number | null;
  /** Left out = active. */
  readonly state?: DeviceState;
  /** Since when it is in this state; null = ever since. */
  readonly stateSince?: EpochMillis | null;
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
