import { z } from 'zod';
import { idSchema } from '../../../domain/site.js';
import { deviceConfigSchema } from '../../../domain/device.js';
import { maySee } from '../../../domain/permissions.js';
import { toIso } from '../../../domain/time.js';
import { hashPassword } from '../../../platform/password.js';
import { audit } from '../../../platform/store/audit.js';
import { provision, ProvisionError } from '../../../platform/store/provision.js';
import { listQuarantine, type QuarantinedMessage } from '../../../platform/store/quarantine.js';
import { listDevices } from '../../../platform/store/registry.js';
import { deviceSchema, pageOf, quarantinedSchema, type DeviceView, type QuarantinedView } from '../../protocol.js';
import { sitesFor } from '../access.js';
import type { WebContext } from '../context.js';
import { once } from '../http/once.js';
import { pageOptions, pageQuery } from '../http/paging.js';
import { HttpProblem, notFound } from '../http/problem.js';
import { ok, route, type Answer, type Route } from '../http/route.js';
import { deviceView } from '../views.js';

/** A device of the provisioning file (contract §3); what is left out takes the same defaults. */
const newDeviceSchema = z.strictObject({
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

/** Without the payload: it may hold measures, and whoever adopts the device will see them in their place. */
const quarantinedView = (row: QuarantinedMessage): QuarantinedView => ({
  id: row.id,
  site: row.site,
  identity: row.identity,
  deviceIdentifier: row.deviceIdentifier,
  topic: row.topic,
  reason: row.reason,
  detail: row.detail,
  bytes: row.payload.byteLength,
  receivedAt: toIso(row.receivedAt),
});

/** Devices, and the messages nobody could place. */
export const technicalRoutes = ({ store, registry, now }: WebContext): Route[] => [
  route({
    method: 'get',
    path: '/devices',
    permission: 'devices.read',
    summary: 'Devices and who has them',
    query: pageQuery.extend({ site: z.string().optional() }),
    answer: pageOf(deviceSchema),
    async handle({ principal, query }) {
      const page = await listDevices(store.db, { sites: sitesFor(principal, query.site), ...pageOptions(query) });
      return ok({ items: page.items.map((device) => deviceView(device, device.assignment)), next: page.next });
    },
  }),
  route({
    method: 'post',
    path: '/devices',
    permission: 'devices.write',
    summary: 'Registers a device',
    body: newDeviceSchema,
    created: true,
    answer: deviceSchema,
    async handle(call) {
      const { principal, body } = call;
      if (!maySee(principal, body.site)) throw notFound('site');
      const answer = await once(store, { ...call, now: now() }, async (tx): Promise<Answer> => {
        const taken = await tx.selectFrom('devices').select('id').where('id', '=', body.id).executeTakeFirst();
        if (taken) throw new HttpProblem(409, 'device.exists', 'A device has this id already');
        // `provision` writes in the transaction that also keeps the idempotency key and the trace.
        const inside = { ...store, db: tx, write: <Result>(work: (db: typeof tx) => Promise<Result>) => work(tx) };
        await provision(inside, { devices: [body] }, { dryRun: false, now: now(), hash: hashPassword }).catch(
          (error: unknown) => {
            if (!(error instanceof ProvisionError)) throw error;
            const detail = error.faults.map((fault) => fault.replace(/^devices\.0\.?/, '')).join('; ');
            throw new HttpProblem(400, 'body.invalid', 'The device cannot be registered', { detail });
          },
        );
        await audit(tx, {
          at: now(),
          actor: `user:${principal.username}`,
          action: 'device.create',
          object: `device:${body.id}`,
          outcome: 'done',
        });
        return { status: 201, body: undefined };
      });
      registry.forget();
      const known = await registry.current();
      const device = known.device(body.id);
      const view: DeviceView | undefined = device
        ? deviceView(device, known.assignmentAt(device.id, now()))
        : undefined;
      return { ...answer, body: view };
    },
  }),
  route({
    method: 'get',
    path: '/quarantine',
    permission: 'quarantine.read',
    summary: 'Messages that could not become readings, and why; newest first',
    query: pageQuery.extend({ site: z.string().optional() }),
    answer: pageOf(quarantinedSchema),
    async handle({ principal, query }) {
      const page = await listQuarantine(store.db, { sites: sitesFor(principal, query.site), ...pageOptions(query) });
      return ok({ items: page.items.map(quarantinedView), next: page.next });
    },
  }),
];
