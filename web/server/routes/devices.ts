import { z } from 'zod';
import {
  deviceConfigSchema,
  DEVICE_STATES,
  SECRET_CONFIG,
  type Device,
  type DeviceConfig,
} from '../../../domain/device.js';
import { maySee, type Principal } from '../../../domain/permissions.js';
import { idSchema } from '../../../domain/site.js';
import { MINUTE, toIso } from '../../../domain/time.js';
import { assignDevice, assignmentHistory } from '../../../platform/store/assignments.js';
import { audit } from '../../../platform/store/audit.js';
import type { Db } from '../../../platform/store/db.js';
import { setDeviceState } from '../../../platform/store/device-state.js';
import { listDevices } from '../../../platform/store/registry.js';
import { deviceDetailSchema, deviceReplayedSchema, deviceSchema, pageOf, type DeviceView } from '../../protocol.js';
import { residentFor, sitesFor } from '../access.js';
import type { WebContext } from '../context.js';
import { newDeviceSchema, registerDevice, writeDevice } from '../device-registration.js';
import { deviceStatuses } from '../device-status.js';
import { once } from '../http/once.js';
import { pageOptions, pageQuery } from '../http/paging.js';
import { HttpProblem, notFound } from '../http/problem.js';
import { ok, route, type Answer, type Call, type Route } from '../http/route.js';
import { replayDevice } from '../replay.js';
import { deviceView } from '../views.js';

/** How long a scan lends a shared kit. */
export const SCAN_LENDS = 5 * MINUTE;

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const assignmentSchema = z
  .strictObject({
    resident: idSchema.nullable().optional(),
    room: z.string().trim().min(1).max(64).nullable().optional(),
    since: instant.optional(),
    until: instant.optional(),
  })
  .refine(
    ({ resident, room }) => !(resident && room),
    'expected either "resident" or "room", or neither to take it back',
  )
  .refine(({ since, until }) => since === undefined || until === undefined || since < until, 'expected since < until');

const changeSchema = z.strictObject({
  model: z.string().min(1).max(100).optional(),
  identifiers: z.array(z.string().min(1).max(128)).max(20).optional(),
  config: deviceConfigSchema.optional(),
  cadenceSeconds: z.number().int().positive().nullable().optional(),
});

/** A configuration that does not name a key keeps it: clients never saw it. */
const withKeys = (wanted: DeviceConfig | undefined, stored: DeviceConfig): DeviceConfig => {
  if (wanted === undefined) return stored;
  const kept = SECRET_CONFIG.filter((name) => wanted[name] === undefined && stored[name] !== undefined);
  return { ...wanted, ...Object.fromEntries(kept.map((name) => [name, stored[name]])) };
};

/** Devices, from their registration to their retirement. */
export const deviceRoutes = ({ store, registry, inbox, formats, now }: WebContext): Route[] => {
  /** A device the principal may see; another site's is as unknown as one that never was. */
  const deviceFor = async (principal: Principal, id: string | undefined): Promise<Device> => {
    const device = id === undefined ? null : (await registry.current()).device(id);
    if (!device || !maySee(principal, device.site)) throw notFound('device');
    return device;
  };
  const viewOf = async (id: string): Promise<DeviceView | undefined> => {
    registry.forget();
    const known = await registry.current();
    const device = known.device(id);
    if (!device) return undefined;
    const status = (await deviceStatuses(store.db, [device], now())).get(id) ?? null;
    return deviceView(device, known.assignmentAt(id, now()), status);
  };
  const traced = (
    call: Call<unknown, unknown>,
    action: string,
    id: string,
    work: (tx: Db) => Promise<unknown>,
    detail = '',
  ) =>
    once(store, { ...call, now: now() }, async (tx): Promise<Answer> => {
      await work(tx);
      const actor = `user:${call.principal.username}`;
      await audit(tx, { at: now(), actor, action, object: `device:${id}`, outcome: 'done', detail });
      return { status: 200, body: undefined };
    });
  const replayed = async (id: string, answer: Answer): Promise<Answer> => {
    const view = await viewOf(id);
    const device = (await registry.current()).device(id);
    const count = device ? await replayDevice({ store, inbox, now: now() }, device) : 0;
    return { ...answer, body: view && { ...view, replayed: count } };
  };

  return [
    route({
      method: 'get',
      path: '/devices',
      permission: 'devices.read',
      summary: 'Devices, who has them and how they are',
      query: pageQuery.extend({ site: z.string().optional() }),
      answer: pageOf(deviceSchema),
      async handle({ principal, query }) {
        const sites = sitesFor(principal, query.site);
        const page = await listDevices(store.db, { sites, at: now(), ...pageOptions(query) });
        const statuses = await deviceStatuses(store.db, page.items, now());
        const items = page.items.map((device) =>
          deviceView(device, device.assignment, statuses.get(device.id) ?? null),
        );
        return ok({ items, next: page.next });
      },
    }),
    route({
      method: 'get',
      path: '/devices/:id',
      permission: 'devices.read',
      summary: 'One device and everything that was believed about who had it',
      answer: deviceDetailSchema,
      async handle({ principal, params }) {
        const device = await deviceFor(principal, params.id);
        const history = await assignmentHistory(store.db, device.id);
        const assignments = history.map(({ resident, room, since, until, recordedAt, supersededAt }) => ({
          resident,
          room,
          since: toIso(since),
          until: until === null ? null : toIso(until),
          recordedAt: toIso(recordedAt),
          supersededAt: supersededAt === null ? null : toIso(supersededAt),
        }));
        return ok({ ...(await viewOf(device.id)), assignments });
      },
    }),
    route({
      method: 'get',
      path: '/device-formats',
      permission: 'devices.read',
      summary: 'The configuration each device format reads, as JSON Schema',
      answer: z.object({ items: z.array(z.object({ format: z.string(), schema: z.record(z.string(), z.unknown()) })) }),
      handle: () => Promise.resolve(ok({ items: formats.forms() })),
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
        const answer = await traced(call, 'device.create', body.id, (tx) => registerDevice(store, tx, body, now()));
        return { ...answer, status: 201, body: await viewOf(body.id) };
      },
    }),
    route({
      method: 'put',
      path: '/devices/:id',
      permission: 'devices.write',
      summary: 'Changes a device; what is left out stays as it is, and so do keys',
      body: changeSchema,
      answer: deviceSchema,
      async handle(call) {
        const device = await deviceFor(call.principal, call.params.id);
        const { model = device.model, identifiers = device.identifiers, cadenceSeconds } = call.body;
        const wanted = {
          id: device.id,
          site: device.site,
          model,
          identifiers,
          config: withKeys(call.body.config, device.config),
          cadenceSeconds: cadenceSeconds === undefined ? device.cadenceSeconds : cadenceSeconds,
        };
        const answer = await traced(call, 'device.change', device.id, (tx) => writeDevice(store, tx, wanted, now()));
        return { ...answer, body: await viewOf(device.id) };
      },
    }),
    route({
      method: 'post',
      path: '/devices/:id/assignments',
      permission: 'devices.write',
      summary: 'Gives a device to a resident or a room, or takes it back; what waited for it is replayed',
      body: assignmentSchema,
      answer: deviceReplayedSchema,
      async handle(call) {
        const device = await deviceFor(call.principal, call.params.id);
        const { resident = null, room = null, since = now(), until } = call.body;
        if (since > now() + MINUTE) throw new HttpProblem(400, 'body.invalid', 'An assignment cannot begin later');
        if (until !== undefined && until <= since) throw new HttpProblem(400, 'body.invalid', 'expected since < until');
        if (resident !== null && (await residentFor(store.db, call.principal, resident)).site !== device.site)
          throw notFound('resident');
        const rooms = (await registry.current()).site(device.site)?.units.flatMap((unit) => unit.rooms) ?? [];
        if (room !== null && rooms.length > 0 && !rooms.includes(room)) throw notFound('room');
        const wanted = { device: device.id, resident, room, since, ...(until === undefined ? {} : { until }) };
        const answer = await traced(call, 'device.assign', device.id, (tx) => assignDevice(tx, wanted, now()));
        return replayed(device.id, answer);
      },
    }),
    route({
      method: 'post',
      path: '/devices/:id/state',
      permission: 'devices.write',
      summary: 'Pause, repair, cleaning, return, retirement, or back to work',
      body: z.strictObject({
        state: z.enum(DEVICE_STATES),
        since: instant.optional(),
        reason: z.string().max(500).default(''),
      }),
      answer: deviceSchema,
      async handle(call) {
        const device = await deviceFor(call.principal, call.params.id);
        const { state, since = now(), reason } = call.body;
        const change = { device: device.id, state, since };
        const answer = await traced(
          call,
          `device.${state}`,
          device.id,
          (tx) => setDeviceState(tx, change, now()),
          reason,
        );
        return { ...answer, body: await viewOf(device.id) };
      },
    }),
    route({
      method: 'post',
      path: '/devices/:id/scan',
      permission: 'readings.write',
      summary: 'A shared kit: the next measures are those of the resident just scanned',
      body: z.strictObject({ resident: idSchema }),
      answer: z.object({ device: z.string(), resident: z.string(), until: z.iso.datetime() }),
      async handle(call) {
        const device = await deviceFor(call.principal, call.params.id);
        const resident = await residentFor(store.db, call.principal, call.body.resident);
        if (resident.site !== device.site) throw notFound('resident');
        if (device.config.shared !== true)
          throw new HttpProblem(409, 'device.not_shared', 'This device belongs to one resident or room');
        const since = now();
        const until = since + SCAN_LENDS;
        const lent = { device: device.id, resident: resident.id, room: null, since, until };
        const answer = await traced(call, 'device.scan', device.id, (tx) => assignDevice(tx, lent, now()));
        registry.forget();
        return { ...answer, body: { device: device.id, resident: resident.id, until: toIso(until) } };
      },
    }),
  ];
};
