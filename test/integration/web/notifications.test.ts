import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createECDH, randomBytes } from 'node:crypto';
import { loadNotifyKeys, receiptToken } from '../../../platform/notify-keys.js';
import { claimNotifications, queueNotifications, settleNotification } from '../../../platform/store/notifications.js';
import { alertDetailSchema, channelsSchema } from '../../../web/protocol.js';
import { startWorld, type Client, type World } from './world.js';

let world: World;
let lea: Client;
let ines: Client;
let admin: Client;
beforeAll(async () => {
  world = await startWorld();
  [lea, ines, admin] = await Promise.all([world.signIn('lea'), world.signIn('ines'), world.signIn('admin')]);
});
afterAll(() => world.close());

const subscription = (endpoint = 'https://push.example.org/send/1') => ({
  endpoint,
  keys: {
    p256dh: createECDH('prime256v1').generateKeys('base64url'),
    auth: randomBytes(16).toString('base64url'),
  },
});
const channels = async (who: Client) => channelsSchema.parse((await who.get('/api/v1/me/channels')).body);

describe('how I am reached', () => {
  it('a browser subscribes, is listed without its secrets, and unsubscribes', async () => {
    const own = subscription();
    expect((await lea.post('/api/v1/me/subscriptions', own)).status).toBe(201);
    expect((await lea.post('/api/v1/me/subscriptions', own)).status).toBe(201);
    const listed = await channels(lea);
    expect(listed.items).toMatchObject([{ channel: 'web-push', label: 'push.example.org' }]);
    expect(Buffer.from(listed.vapidPublicKey, 'base64url')).toHaveLength(65);
    expect((await ines.call('DELETE', '/api/v1/me/subscriptions', { endpoint: own.endpoint })).status).toBe(404);
    expect((await lea.call('DELETE', '/api/v1/me/subscriptions', { endpoint: own.endpoint })).status).toBe(204);
    expect((await channels(lea)).items).toEqual([]);
  });

  it('a browser belongs to whoever signed in there last', async () => {
    const shared = subscription('https://push.example.org/send/shared');
    await lea.post('/api/v1/me/subscriptions', shared);
    await ines.post('/api/v1/me/subscriptions', shared);
    expect([(await channels(lea)).items.length, (await channels(ines)).items.length]).toEqual([0, 1]);
  });

  it.each([
    'http://push.example.org/x',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://localhost/x',
    'https://printer.local/x',
  ])('%s is no push service', async (endpoint) => {
    expect((await lea.post('/api/v1/me/subscriptions', subscription(endpoint))).status).toBe(400);
  });

  it('an address can be added by its owner and removed by nobody else', async () => {
    const added = await lea.post('/api/v1/me/channels', { channel: 'sms-http', address: '+33612345678' });
    expect((await channels(lea)).items).toMatchObject([{ id: added.body.id, label: '…5678' }]);
    expect((await ines.call('DELETE', `/api/v1/me/channels/${added.body.id}`)).status).toBe(404);
    expect((await lea.call('DELETE', `/api/v1/me/channels/${added.body.id}`)).status).toBe(204);
    expect((await lea.post('/api/v1/me/channels', { channel: 'email', address: 'nonsense' })).status).toBe(400);
  });
});

describe('an alert', () => {
  it('shows who was told, takes signed receipts only, and knows who acted', async () => {
    const { id } = await world.ring('told');
    const { store } = world;
    const told = { alert: id, site: 'site-a', step: 2, level: 1, person: 'lea', channel: 'email', target: null };
    await store.write((tx) => queueNotifications(tx, [told], 1));
    await store.write((tx) => claimNotifications(tx, { now: 2, until: 3, limit: 10 }));
    const shown = async () => alertDetailSchema.parse((await lea.get(`/api/v1/alerts/${id}`)).body).notifications;
    const [first] = await shown();
    expect(first).toMatchObject({ person: 'lea', channel: 'email', state: 'sending', tries: 1 });
    await store.write((tx) => settleNotification(tx, first!.id, { state: 'accepted', detail: null, at: 4 }));

    const receipt = (token: string) =>
      world.anonymous().post(`/api/v1/notifications/${first!.id}/receipt`, { receipt: 'opened', token });
    expect((await receipt('wrong')).status).toBe(404);
    const { secret } = loadNotifyKeys(store.dataDir);
    expect((await receipt(receiptToken(secret, first!.id))).status).toBe(204);
    expect(await shown()).toMatchObject([{ state: 'opened' }]);

    await lea.post(`/api/v1/alerts/${id}/claim`);
    expect(await shown()).toMatchObject([{ state: 'acted' }]);
    const wall = await world.signIn('mur');
    expect((await wall.get(`/api/v1/alerts/${id}`)).body.notifications).toMatchObject([{ person: '' }]);
  });
});

describe('the chain of a site', () => {
  it('is ours until the site sets its own; nonsense is refused', async () => {
    const at = '/api/v1/sites/site-a/escalation';
    expect((await lea.get(at)).body).toMatchObject({ waits: { urgent: [0, 60, 120], low: null } });
    const own = { steps: [{ users: ['lea'] }, { onCall: true }], repeatSeconds: 120 };
    expect((await lea.call('PUT', at, own)).status).toBe(403);
    expect((await admin.call('PUT', at, own)).body).toMatchObject({ repeatSeconds: 120 });
    expect((await lea.get(at)).body.steps).toMatchObject([{ users: ['lea'] }, { onCall: true }]);
    expect((await admin.call('PUT', at, { steps: [] })).status).toBe(400);
    expect((await admin.call('PUT', '/api/v1/sites/site-b/escalation', own)).status).toBe(404);
  });

  it('has an on-call calendar', async () => {
    const at = '/api/v1/sites/site-a/on-call';
    const duty = { username: 'lea', starts: '2099-01-01T19:00:00Z', ends: '2099-01-02T06:00:00Z' };
    const { status, body } = await admin.post(at, duty);
    expect(status).toBe(201);
    expect((await lea.get(at)).body.items).toMatchObject([{ id: body.id, username: 'lea' }]);
    expect((await admin.post(at, { ...duty, username: 'boris' })).status).toBe(404);
    expect((await admin.post(at, { ...duty, ends: duty.starts })).body.code).toBe('on_call.empty');
    expect((await admin.call('DELETE', `${at}/${body.id}`)).status).toBe(204);
    expect((await admin.call('DELETE', `${at}/${body.id}`)).status).toBe(404);
  });
});
