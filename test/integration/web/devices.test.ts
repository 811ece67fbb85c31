import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openInbox, type Inbox } from '../../../platform/store/inbox.js';
import { countQuarantine, quarantine } from '../../../platform/store/quarantine.js';
import { saveDeviceActivities } from '../../../platform/store/device-status.js';
import { deviceFormats } from '../../../cli/device-formats.js';
import { loadCodecs } from '../../../gateway/route.js';
import { UNSEEN } from '../../../gateway/device-activity.js';
import {
  deviceDetailSchema,
  deviceReplayedSchema,
  pageOf,
  quarantinedDetailSchema,
  quarantinedSchema,
} from '../../../web/protocol.js';
import { startWorld, type Client, type World } from './world.js';

let world: World;
let inbox: Inbox;
let tech: Client;
let lea: Client;
beforeAll(async () => {
  world = await startWorld({
    inbox: { append: (messages) => inbox.append(messages) },
    formats: deviceFormats(await loadCodecs()),
  });
  inbox = await openInbox(world.store);
  [tech, lea] = await Promise.all([world.signIn('tech'), world.signIn('lea')]);
});
afterAll(async () => {
  await inbox.close();
  await world.close();
});

const waits = (deviceIdentifier: string, given: object = {}) =>
  world.store.write((tx) =>
    quarantine(tx, [
      {
        site: 'site-a',
        identity: 'box:box-1',
        deviceIdentifier,
        topic: `zigbee2mqtt/${deviceIdentifier}`,
        payload: Buffer.from('{"temperature":38.9}'),
        retained: false,
        reason: 'unknown_device',
        detail: 'no such device',
        receivedAt: Date.now() - 60_000,
        inboxSeq: 1,
        unadopted: true,
        metrics: ['ambient_temperature'],
        ...given,
      },
    ]),
  );
const groupOf = async (deviceIdentifier: string) =>
  pageOf(quarantinedSchema)
    .parse((await tech.get('/api/v1/quarantine')).body)
    .items.find((group) => group.deviceIdentifier === deviceIdentifier);
const replayedTopics = async () =>
  (await inbox.read({ partition: 0, lane: 1, after: 0, limit: 1_000 })).map(
    ({ topic, identity }) => `${identity} ${topic}`,
  );

describe('an unknown device', () => {
  it('is shown by what it seems to measure, and its payload only on request, which is traced', async () => {
    await waits('Salon-1');
    const group = (await groupOf('Salon-1'))!;
    expect(group).toMatchObject({ site: 'site-a', metrics: ['ambient_temperature'], count: 1, dropped: 0 });
    const { body } = await tech.get(`/api/v1/quarantine/${group.id}`);
    expect(quarantinedDetailSchema.parse(body)).toMatchObject({
      format: 'zigbee2mqtt',
      bytes: 20,
      sample: { text: '{"temperature":38.9}', truncated: false },
    });
    const traces = (await (await world.signIn('admin')).get('/api/v1/audit')).body.items;
    expect(traces).toContainEqual(
      expect.objectContaining({ action: 'quarantine.look', object: `quarantine:${group.id}` }),
    );
    expect((await lea.get(`/api/v1/quarantine/${group.id}`)).status).toBe(403);
  });

  it('is adopted in two steps, and what it said goes back on the road when somebody has it', async () => {
    await waits('Salon-2');
    const { id } = (await groupOf('Salon-2'))!;
    const wrong = { device: { id: 'salon-2', config: { contactFalseMeans: 'nonsense' } } };
    expect((await tech.post(`/api/v1/quarantine/${id}/adopt`, wrong)).status).toBe(400);
    const adopted = await tech.post(`/api/v1/quarantine/${id}/adopt`, {
      device: { id: 'capteur-2', model: 'climate' },
    });
    expect([adopted.status, deviceReplayedSchema.parse(adopted.body)]).toMatchObject([
      201,
      { id: 'capteur-2', site: 'site-a', identifiers: ['salon-2'], assignedTo: null, replayed: 0 },
    ]);
    expect(await groupOf('Salon-2')).toBeDefined();
    const given = await tech.post('/api/v1/devices/capteur-2/assignments', {
      room: '101',
      since: new Date(Date.now() - 3_600_000).toISOString(),
    });
    expect(deviceReplayedSchema.parse(given.body)).toMatchObject({ assignedTo: { room: '101' }, replayed: 1 });
    expect(await groupOf('Salon-2')).toBeUndefined();
    expect(await replayedTopics()).toContain('replay:box:box-1 zigbee2mqtt/Salon-2');
  });

  it('can be replayed or given up with a reason, only within the sites of the user', async () => {
    await waits('Salon-3');
    await waits('of-b', { site: 'site-b' });
    expect((await tech.post('/api/v1/quarantine/replay', {})).status).toBe(400);
    expect((await tech.post('/api/v1/quarantine/replay', { deviceIdentifier: 'of-b' })).body).toMatchObject({
      replayed: 0,
    });
    expect((await tech.post('/api/v1/quarantine/replay', { reason: 'unknown_device' })).body.replayed).toBeGreaterThan(
      0,
    );
    await waits('Salon-4');
    const purge = { filter: { deviceIdentifier: 'Salon-4' }, reason: '' };
    expect((await tech.post('/api/v1/quarantine/purge', purge)).status).toBe(400);
    const purged = await tech.post('/api/v1/quarantine/purge', { ...purge, reason: 'téléphone d’un visiteur' });
    expect(purged.body).toEqual({ purged: 1, more: false });
    expect(await countQuarantine(world.store.db, { site: 'site-b' })).toBe(1);
  });
});

describe('a device', () => {
  it('shows what was believed of it and when, and refuses whom it cannot know', async () => {
    const path = '/api/v1/devices/ox-a2';
    const back = await tech.post(`${path}/assignments`, { resident: null });
    expect(back.body.assignedTo).toBeNull();
    expect((await tech.post(`${path}/assignments`, { resident: 'r-b1' })).status).toBe(404);
    expect((await tech.post(`${path}/assignments`, { room: '999' })).status).toBe(404);
    expect((await tech.post(`${path}/assignments`, { resident: 'r-a1', room: '101' })).status).toBe(400);
    await tech.post(`${path}/assignments`, { resident: 'r-a1' });
    const { assignments } = deviceDetailSchema.parse((await tech.get(path)).body);
    expect(
      assignments.map(({ resident, until, supersededAt }) => [resident, until !== null, supersededAt !== null]),
    ).toEqual([
      ['r-a2', false, true],
      ['r-a2', true, false],
      ['r-a1', false, false],
    ]);
  });

  it('keeps its keys when it is changed, and never tells them', async () => {
    const config = { bindKey: '231d39c1d7cc1ab1aee224cd096db932' };
    await tech.post('/api/v1/devices', { id: 'bt-1', site: 'site-a', config });
    const changed = await tech.call('PUT', '/api/v1/devices/bt-1', {
      config: { role: 'body_scale' },
      cadenceSeconds: 60,
    });
    expect(changed.body).toMatchObject({ keys: ['bindKey'], config: { role: 'body_scale' }, cadenceSeconds: 60 });
    expect(JSON.stringify(changed.body)).not.toMatch(/231d39|sealed/);
    const row = await world.store.db
      .selectFrom('devices')
      .select('config')
      .where('id', '=', 'bt-1')
      .executeTakeFirstOrThrow();
    expect(row.config).toContain('sealed:1:');
    expect(row.config.match(/sealed/g)).toHaveLength(1);
  });

  it('is paused, goes to repair, and is nobody’s once retired', async () => {
    await tech.post('/api/v1/devices', { id: 'old-1', site: 'site-a', assignedTo: { resident: 'r-a2' } });
    const paused = await tech.post('/api/v1/devices/old-1/state', { state: 'repair', reason: 'pile coulée' });
    expect(paused.body).toMatchObject({ state: 'repair', assignedTo: { resident: 'r-a2' } });
    const retired = await tech.post('/api/v1/devices/old-1/state', { state: 'retired' });
    expect(retired.body).toMatchObject({ state: 'retired', assignedTo: null });
  });

  it('of a shared kit is lent by a scan for five minutes', async () => {
    await tech.post('/api/v1/devices', { id: 'kit-1', site: 'site-a', config: { shared: true } });
    const scan = await lea.post('/api/v1/devices/kit-1/scan', { resident: 'r-a1' });
    expect(scan.body).toMatchObject({ device: 'kit-1', resident: 'r-a1' });
    const { body } = await tech.get('/api/v1/devices/kit-1');
    expect(body.assignedTo).toMatchObject({ resident: 'r-a1', until: scan.body.until });
    expect((await lea.post('/api/v1/devices/ox-a1/scan', { resident: 'r-a1' })).body.code).toBe('device.not_shared');
    expect((await lea.post('/api/v1/devices/kit-1/scan', { resident: 'r-b1' })).status).toBe(404);
  });

  it('says how it is', async () => {
    const at = Date.now();
    const activity = {
      ...UNSEEN(at),
      lastSeen: at - 600_000,
      messages: 4,
      rejected: 1,
      battery: [{ at, level: 12 }],
      skews: [-400],
      behindSince: null,
    };
    await world.store.write((tx) => saveDeviceActivities(tx, [{ device: 'ox-a1', site: 'site-a', activity }]));
    const { items } = (await tech.get('/api/v1/devices')).body;
    expect(items.find(({ id }: { id: string }) => id === 'ox-a1').status).toMatchObject({
      condition: 'silent',
      battery: { level: 12, emptyBy: null },
      clockSkewMs: -400,
      rejectRate: 0.25,
      flapping: false,
    });
  });

  it('has a form for each format', async () => {
    const { items } = (await tech.get('/api/v1/device-formats')).body;
    const form = items.find(({ format }: { format: string }) => format === 'zigbee2mqtt');
    expect(form.schema.properties.role).toBeDefined();
  });
});
