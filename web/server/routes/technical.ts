import { z } from 'zod';
import { can, maySee, type Principal } from '../../../domain/permissions.js';
import { idSchema } from '../../../domain/site.js';
import { toIso } from '../../../domain/time.js';
import { audit } from '../../../platform/store/audit.js';
import { quarantineByIds, resolveQuarantine, type QuarantinedMessage } from '../../../platform/store/quarantine.js';
import {
  listQuarantineGroups,
  quarantineIds,
  type QuarantineGroup,
} from '../../../platform/store/quarantine-groups.js';
import { replayQuarantine } from '../../../platform/store/quarantine-replay.js';
import {
  deviceReplayedSchema,
  pageOf,
  quarantinedDetailSchema,
  quarantinedSchema,
  type QuarantinedView,
} from '../../protocol.js';
import { sitesFor } from '../access.js';
import type { WebContext } from '../context.js';
import { newDeviceSchema, registerDevice } from '../device-registration.js';
import { once } from '../http/once.js';
import { pageOptions, pageQuery } from '../http/paging.js';
import { HttpProblem, notFound } from '../http/problem.js';
import { ok, route, type Answer, type Route } from '../http/route.js';
import { MOST_REPLAYED, replayDevice } from '../replay.js';
import { deviceView } from '../views.js';
import { deviceRoutes } from './devices.js';

/** Enough to recognise a format; a whole waveform is not needed for that. */
const SAMPLE_BYTES = 4_096;

const groupView = (group: QuarantineGroup): QuarantinedView => ({
  id: group.id,
  site: group.site,
  identity: group.identity,
  deviceIdentifier: group.deviceIdentifier,
  topic: group.topic,
  reason: group.reason,
  metrics: [...group.metrics],
  count: group.count,
  dropped: group.dropped,
  firstAt: toIso(group.firstAt),
  receivedAt: toIso(group.lastAt),
});

const textOf = (bytes: Uint8Array): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
};

const filterSchema = z
  .strictObject({
    site: z.string().optional(),
    ids: z.array(z.number().int()).min(1).max(MOST_REPLAYED).optional(),
    deviceIdentifier: z.string().optional(),
    topic: z.string().optional(),
    reason: z.string().optional(),
  })
  .refine(
    ({ site: _site, ...filter }) => Object.values(filter).some((value) => value !== undefined),
    'expected ids, deviceIdentifier, topic or reason',
  );

const adoptSchema = z.strictObject({
  device: newDeviceSchema.extend({ site: idSchema.optional() }),
});

/** Messages nobody could place: seen, adopted, replayed, purged; and the devices they come from. */
export const technicalRoutes = (context: WebContext): Route[] => {
  const { store, registry, inbox, formats, now } = context;

  /** What has no site belongs to nobody: only who sees every site sees it. */
  const seesUnplaced = async (principal: Principal): Promise<boolean> =>
    can(principal, 'quarantine.read') && (await registry.current()).sites().every(({ id }) => maySee(principal, id));

  const messageFor = async (principal: Principal, id: string | undefined): Promise<QuarantinedMessage> => {
    const [message] = await quarantineByIds(store.db, [Number(id)].filter(Number.isSafeInteger));
    const visible =
      message && (message.site === null ? await seesUnplaced(principal) : maySee(principal, message.site));
    if (!message || !visible) throw notFound('quarantined');
    return message;
  };

  const meant = async (principal: Principal, filter: z.infer<typeof filterSchema>): Promise<number[]> =>
    quarantineIds(
      store.db,
      {
        sites: sitesFor(principal, filter.site),
        unplaced: filter.site === undefined && (await seesUnplaced(principal)),
        ids: filter.ids,
        identifiers: filter.deviceIdentifier === undefined ? undefined : [filter.deviceIdentifier],
        topic: filter.topic,
        reasons: filter.reason === undefined ? undefined : [filter.reason],
      },
      MOST_REPLAYED,
    );

  const trace = (principal: Principal, action: string, object: string, detail = '') => ({
    at: now(),
    actor: `user:${principal.username}`,
    action,
    object,
    outcome: 'done',
    detail,
  });

  return [
    ...deviceRoutes(context),
    route({
      method: 'get',
      path: '/quarantine',
      permission: 'quarantine.read',
      summary: 'What could not become readings, by unknown device or topic and by reason; most recent first',
      query: pageQuery.extend({ site: z.string().optional() }),
      answer: pageOf(quarantinedSchema),
      async handle({ principal, query }) {
        const page = await listQuarantineGroups(store.db, {
          sites: sitesFor(principal, query.site),
          unplaced: query.site === undefined && (await seesUnplaced(principal)),
          ...pageOptions(query),
        });
        return ok({ items: page.items.map(groupView), next: page.next });
      },
    }),
    route({
      method: 'get',
      path: '/quarantine/:id',
      permission: 'quarantine.read',
      summary: 'One quarantined message with its payload; every look is audited',
      answer: quarantinedDetailSchema,
      async handle({ principal, params }) {
        const message = await messageFor(principal, params.id);
        await store.write((tx) => audit(tx, trace(principal, 'quarantine.look', `quarantine:${message.id}`)));
        const sample = message.payload.subarray(0, SAMPLE_BYTES);
        return ok({
          id: message.id,
          site: message.site,
          identity: message.identity,
          deviceIdentifier: message.deviceIdentifier,
          topic: message.topic,
          reason: message.reason,
          detail: message.detail,
          receivedAt: toIso(message.receivedAt),
          retained: message.retained,
          bytes: message.payload.byteLength,
          sample: {
            text: textOf(sample),
            base64: Buffer.from(sample).toString('base64'),
            truncated: message.payload.byteLength > SAMPLE_BYTES,
          },
          format: formats.formatOf(message.topic),
        });
      },
    }),
    route({
      method: 'post',
      path: '/quarantine/:id/adopt',
      permission: 'devices.write',
      summary: 'Registers the device a quarantined message comes from; given to somebody at once, it is replayed',
      body: adoptSchema,
      created: true,
      answer: deviceReplayedSchema,
      async handle(call) {
        const message = await messageFor(call.principal, call.params.id);
        const site = message.site ?? call.body.device.site;
        if (site === undefined) throw new HttpProblem(400, 'body.invalid', 'expected the site of the device');
        if (!maySee(call.principal, site) || (call.body.device.site ?? site) !== site) throw notFound('site');
        const format = formats.formatOf(message.topic);
        const faults = format === null ? [] : formats.faults(format, call.body.device.config ?? {});
        if (faults.length > 0)
          throw new HttpProblem(400, 'body.invalid', 'The configuration is not valid', { detail: faults.join('; ') });
        const named = message.deviceIdentifier === null ? [] : [message.deviceIdentifier];
        const device = {
          ...call.body.device,
          site,
          identifiers: [...new Set([...(call.body.device.identifiers ?? []), ...named])],
        };
        const answer = await once(store, { ...call, now: now() }, async (tx): Promise<Answer> => {
          await registerDevice(store, tx, device, now());
          await audit(tx, trace(call.principal, 'device.adopt', `device:${device.id}`));
          return { status: 201, body: undefined };
        });
        registry.forget();
        const known = await registry.current();
        const registered = known.device(device.id);
        if (!registered) return answer;
        const road = { store, inbox, now: now() };
        const assignment = known.assignmentAt(device.id, now());
        const alone = message.site === null ? await replayQuarantine(road, [message.id], site) : 0;
        const replayed = alone + (assignment ? await replayDevice(road, registered) : 0);
        return { ...answer, body: { ...deviceView(registered, assignment), replayed } };
      },
    }),
    route({
      method: 'post',
      path: '/quarantine/replay',
      permission: 'devices.write',
      summary: 'Puts messages back on the road after what was wrong is mended; duplicates change nothing',
      body: filterSchema,
      answer: z.object({ replayed: z.number(), more: z.boolean() }),
      async handle({ principal, body }) {
        const ids = await meant(principal, body);
        const replayed = await replayQuarantine({ store, inbox, now: now() }, ids);
        await store.write((tx) =>
          audit(tx, trace(principal, 'quarantine.replay', 'quarantine', `${replayed} messages`)),
        );
        return ok({ replayed, more: ids.length === MOST_REPLAYED });
      },
    }),
    route({
      method: 'post',
      path: '/quarantine/purge',
      permission: 'devices.write',
      summary: 'Gives messages up, with a reason that is kept',
      body: z.strictObject({ filter: filterSchema, reason: z.string().trim().min(3).max(500) }),
      answer: z.object({ purged: z.number(), more: z.boolean() }),
      async handle(call) {
        const ids = await meant(call.principal, call.body.filter);
        return once(store, { ...call, now: now() }, async (tx): Promise<Answer> => {
          const purged = await resolveQuarantine(tx, ids, now());
          const detail = `${purged} messages: ${call.body.reason}`;
          await audit(tx, trace(call.principal, 'quarantine.purge', 'quarantine', detail));
          return ok({ purged, more: ids.length === MOST_REPLAYED });
        });
      },
    }),
  ];
};
