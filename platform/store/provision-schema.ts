import { z } from 'zod';
import { deviceConfigSchema } from '../../domain/device.js';
import { ROLES } from '../../domain/permissions.js';
import { idSchema, SITE_KINDS, timezoneSchema } from '../../domain/site.js';

const name = z.string().trim().min(1).max(200);
const room = z.string().trim().min(1).max(64);
const password = z.string().min(1).max(256);
const username = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'expected 1–64 letters, digits, "." "_" "@" "-"');
const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const unit = z
  .strictObject({ id: idSchema, name: name.optional(), rooms: z.array(room).default([]) })
  .transform((given) => ({ ...given, name: given.name ?? given.id }));

const site = z
  .strictObject({
    id: idSchema,
    name: name.optional(),
    kind: z.enum(SITE_KINDS).default('ehpad'),
    timezone: timezoneSchema.default('Europe/Paris'),
    units: z.array(unit).default([]),
    finess: z
      .string()
      .regex(/^[0-9][0-9AB]\d{7}$/, 'expected a FINESS number: 9 characters')
      .nullable()
      .default(null),
  })
  .transform((given) => ({ ...given, name: given.name ?? given.id }));

const resident = z.strictObject({
  id: idSchema,
  site: idSchema,
  unit: idSchema.nullable().default(null),
  room: room.nullable().default(null),
  family: name,
  given: name,
  birthDate: z.iso.date().nullable().default(null),
  sex: z.enum(['female', 'male', 'other', 'unknown']).default('unknown'),
  spo2Scale: z.union([z.literal(1), z.literal(2)]).default(1),
  ins: z
    .strictObject({
      system: z.string().regex(/^urn:oid:[0-2](\.\d+)+$/, 'expected urn:oid:…'),
      value: z.string().min(1).max(32),
    })
    .nullable()
    .default(null),
});

/** A login left out is left as it is; a password without a username logs in under the id. */
const login = { username: username.optional(), password: password.optional() };

const box = z.strictObject({ id: idSchema, site: idSchema, ...login });

const assignedTo = z
  .strictObject({ resident: idSchema.optional(), room: room.optional(), since: instant.optional() })
  .refine(
    (given) => (given.resident === undefined) !== (given.room === undefined),
    'expected either "resident" or "room"',
  );

const device = z.strictObject({
  id: idSchema,
  site: idSchema,
  model: z.string().trim().min(1).max(100).default('generic'),
  identifiers: z.array(z.string().trim().min(1).max(128)).default([]),
  ...login,
  config: deviceConfigSchema.default({}),
  cadenceSeconds: z.number().int().positive().nullable().default(null),
  assignedTo: assignedTo.optional(),
});

const user = z
  .strictObject({
    username,
    name: name.optional(),
    role: z.enum(ROLES),
    sites: z.array(idSchema).default([]),
    password: password.optional(),
    disabled: z.boolean().default(false),
  })
  .transform((given) => ({ ...given, name: given.name ?? given.username }));

/**
 * The provisioning file (contract §3). Defaults of what is left out: names = id, `kind` ehpad, `timezone`
 * Europe/Paris, `sex` unknown, `spo2Scale` 1, `model` generic, no units, rooms, identifiers, configuration, cadence
 * or sites. A password, a login or an assignment left out stays as it is; a `since` left out is now.
 */
export const provisioningSchema = z.strictObject({
  sites: z.array(site).default([]),
  residents: z.array(resident).default([]),
  boxes: z.array(box).default([]),
  devices: z.array(device).default([]),
  users: z.array(user).default([]),
});
export type Provisioning = z.infer<typeof provisioningSchema>;
/** The file as it is written, before defaults. */
export type ProvisioningFile = z.input<typeof provisioningSchema>;
