import { z } from 'zod';
import { deviceConfigSchema } from '../../domain/device.js';
import { idSchema } from '../../domain/site.js';
import { hashPassword } from '../../platform/password.js';
import type { Db, Store } from '../../platform/store/db.js';
import { provision, ProvisionError } from '../../platform/store/provision.js';
import { HttpProblem } from './http/problem.js';

/** A device of the provisioning file (contract §3); what is left out takes the same defaults. */
export const newDeviceSchema = z.strictObject({
  id: idSchema,
  site: idSchema,
  model: z.string().min(1).max(100).optional(),
  identifiers: z.array(z.string().min(1).max(128)).max(20).optional(),
  username: z.string().min(1).max(64).optional(),
  password: z.string().min(8).max(256).optional(),
  config: deviceConfigSchema.optional(),
  cadenceSeconds: z.number().int().positive().optional(),
  assignedTo: z
    .strictObject({ resident: z.string().optional(), room: z.string().optional(), since: z.iso.datetime().optional() })
    .optional(),
});

/** Writes one device of the provisioning file in the caller's transaction. 400 `body.invalid` says what is wrong. */
export const writeDevice = async (store: Store, tx: Db, device: object, now: number): Promise<void> => {
  // `provision` writes in the transaction that also keeps the idempotency key and the trace.
  const inside = { ...store, db: tx, write: <Result>(work: (db: Db) => Promise<Result>) => work(tx) };
  await provision(inside, { devices: [device] }, { dryRun: false, now, hash: hashPassword }).catch((error: unknown) => {
    if (!(error instanceof ProvisionError)) throw error;
    const detail = error.faults.map((fault) => fault.replace(/^devices\.0\.?/, '')).join('; ');
    throw new HttpProblem(400, 'body.invalid', 'The device cannot be registered', { detail });
  });
};

/** Registers a device under an id that is free (409 `device.exists`). */
export const registerDevice = async (store: Store, tx: Db, device: { id: string }, now: number): Promise<void> => {
  const taken = await tx.selectFrom('devices').select('id').where('id', '=', device.id).executeTakeFirst();
  if (taken) throw new HttpProblem(409, 'device.exists', 'A device has this id already');
  await writeDevice(store, tx, device, now);
};
