import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { silentLog } from '../../../platform/log.js';
import { createMetrics } from '../../../platform/metrics.js';
import { hashPassword } from '../../../platform/password.js';
import type { IncomingMessage } from '../../../platform/store/inbox.js';
import { provision } from '../../../platform/store/provision.js';
import { problemHandler } from '../../../web/server/http/problem.js';
import { ingestRoutes } from '../../../web/server/ingest/ingest.js';
import { PASSWORD, startWorld, type World } from '../web/world.js';

const UPLINK = {
  end_device_ids: {
    device_id: 'chambre-12',
    application_ids: { application_id: 'capteurs' },
    dev_eui: '24E124136B502217',
  },
  uplink_message: { f_port: 85, f_cnt: 1, frm_payload: '/y4B', network_ids: { tenant_id: 'ttn' } },
};
const EVENT = { deviceInfo: { applicationId: '17c82e96-be03', devEui: '24E124126C138201' }, fCnt: 1, data: '/y4B' };
const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
const BOX = basic('box-1', PASSWORD);

let world: World;
let stored: IncomingMessage[];
let append: (messages: readonly IncomingMessage[]) => Promise<void>;

const provisioned = (file: object): Promise<unknown> =>
  provision(world.store, file, { dryRun: false, now: Date.now(), hash: hashPassword });

beforeAll(async () => {
  world = await startWorld({ inbox: { append: (messages) => append(messages) } });
  await provisioned({
    boxes: [
      { id: 'box-1', site: 'site-a', username: 'box-1', password: PASSWORD },
      { id: 'box-2', site: 'site-b', username: 'box-2', password: 'another good password' },
      { id: 'box-3', site: 'site-b', username: 'box-3', password: 'same:for-both-boxes' },
      { id: 'box-4', site: 'site-b', username: 'box-4', password: 'same:for-both-boxes' },
      { id: 'box-5', site: 'site-b', username: 'box-5', password: 'only-of-box-5' },
    ],
    devices: [{ id: 'dev-1', site: 'site-a', username: 'dev-1', password: PASSWORD }],
  });
});
afterAll(() => world.close());
beforeEach(() => {
  stored = [];
  append = async (messages) => void stored.push(...messages);
});

const post = async (
  path: string,
  body: unknown,
  { authorization = BOX as string | null, headers = {} as Record<string, string> } = {},
) => {
  const response = await fetch(`${world.web().url}/api/v1/ingest/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}), ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    cookie: response.headers.get('set-cookie'),
    body: JSON.parse(text) as { code?: string },
  };
};

describe('a webhook', () => {
  it('of The Things Stack is stored as the box would have published it', async () => {
    expect(await post('tts', UPLINK)).toMatchObject({ status: 200, cookie: null });
    expect(stored).toMatchObject([
      {
        site: 'site-a',
        identity: 'box:box-1',
        topic: 'v3/capteurs@ttn/devices/chambre-12/up',
        retained: false,
        dup: false,
        lane: 1,
      },
    ]);
    expect(Buffer.from(stored[0]!.payload).toString()).toBe(JSON.stringify(UPLINK));
  });

  it('of ChirpStack names its event in the address', async () => {
    expect((await post('chirpstack?event=status', EVENT)).status).toBe(200);
    expect((await post('chirpstack?event=up', { applicationID: '123', devEUI: 'AgICAgICAgI=' })).status).toBe(200);
    expect(stored.map(({ topic }) => topic)).toEqual([
      'application/17c82e96-be03/device/24e124126c138201/event/status',
      'application/123/device/0202020202020202/event/up',
    ]);
  });

  it.each([
    [{ join_accept: {} }, 'join'],
    [{ location_solved: {} }, 'location/solved'],
    [{ downlink_ack: {} }, 'down/ack'],
  ])('of another event, %j, has the topic of that event', async (event, rest) => {
    await post('tts', { end_device_ids: UPLINK.end_device_ids, ...event });
    expect(stored[0]?.topic).toBe(`v3/capteurs/devices/chambre-12/${rest}`);
  });

  it('is answered only when the inbox has stored it', async () => {
    let commit: () => void = () => undefined;
    const committed = new Promise<void>((resolve) => (commit = resolve));
    let asked: () => void = () => undefined;
    const appending = new Promise<void>((resolve) => (asked = resolve));
    append = () => {
      asked();
      return committed;
    };
    let answered = false;
    const answer = post('tts', UPLINK).then((reply) => {
      answered = true;
      return reply;
    });
    await appending;
    await fetch(`${world.web().url}/healthz`); // a whole round trip later…
    expect(answered).toBe(false);
    commit();
    expect((await answer).status).toBe(200);
  });

  it('is answered 503 when the inbox cannot store it', async () => {
    append = () => Promise.reject(new Error('disk full'));
    expect(await post('tts', UPLINK)).toMatchObject({
      status: 503,
      type: expect.stringContaining('application/problem+json'),
      retryAfter: expect.any(String),
      body: { code: 'ingest.unavailable' },
    });
  });

  it.each([
    ['not JSON', 'tts', '{'],
    ['an array', 'tts', []],
    ['no device', 'tts', { uplink_message: {} }],
    ['no event', 'tts', { end_device_ids: UPLINK.end_device_ids }],
    [
      'a device id that would change the topic',
      'tts',
      { ...UPLINK, end_device_ids: { ...UPLINK.end_device_ids, device_id: 'a/b' } },
    ],
    ['a DevEUI that is none', 'chirpstack?event=up', { deviceInfo: { applicationId: 'a', devEui: '../x' } }],
    ['an event that would change the topic', 'chirpstack?event=up%2Fx', EVENT],
    ['a prototype for a device', 'tts', '{"__proto__":{"end_device_ids":{}}}'],
  ])('with %s is refused', async (_what, path, body) => {
    expect(await post(path, body)).toMatchObject({ status: 400, body: { code: 'ingest.invalid' } });
    expect(stored).toEqual([]);
  });

  it('of more than 1 MB is refused, of a little less taken', async () => {
    expect((await post('tts', { ...UPLINK, pad: 'x'.repeat(1_100_000) })).status).toBe(413);
    expect((await post('tts', { ...UPLINK, pad: 'x'.repeat(900_000) })).status).toBe(200);
  });

  it('needs no origin of ours', async () => {
    expect((await post('tts', UPLINK, { headers: { origin: 'https://eu1.cloud.thethings.network' } })).status).toBe(
      200,
    );
  });
});

describe('a webhook is authenticated by a box', () => {
  it.each([
    ['Basic', BOX, 'box:box-1'],
    ['Bearer and the pair', 'Bearer box-5:only-of-box-5', 'box:box-5'],
    ['Bearer and the pair in base64', `Bearer ${Buffer.from(`box-1:${PASSWORD}`).toString('base64')}`, 'box:box-1'],
    ['its password alone when no other box has the same', 'Bearer only-of-box-5', 'box:box-5'],
  ])('with %s', async (_what, authorization, identity) => {
    expect((await post('tts', UPLINK, { authorization })).status).toBe(200);
    expect(stored).toMatchObject([{ identity }]);
  });

  it.each([
    ['nothing', null],
    ['a wrong password', basic('box-1', 'wrong password')],
    ['a name nobody has', basic('box-9', PASSWORD)],
    ['a device’s password', basic('dev-1', PASSWORD)],
    ['a user’s password', basic('lea', PASSWORD)],
    ['a password that two boxes have', 'Bearer same:for-both-boxes'],
    ['another scheme', `Digest ${PASSWORD}`],
    ['Basic without a colon', 'Basic Zm9v'],
  ])('and not with %s', async (_what, authorization) => {
    expect(await post('tts', UPLINK, { authorization })).toMatchObject({
      status: 401,
      type: expect.stringContaining('application/problem+json'),
      body: { code: 'ingest.unauthorized' },
    });
    expect(stored).toEqual([]);
  });

  it('whose old password is refused as soon as it has a new one', async () => {
    await provisioned({ boxes: [{ id: 'box-6', site: 'site-a', username: 'box-6', password: 'old password' }] });
    expect((await post('tts', UPLINK, { authorization: basic('box-6', 'old password') })).status).toBe(200);
    await provisioned({ boxes: [{ id: 'box-6', site: 'site-a', username: 'box-6', password: 'new password' }] });
    expect((await post('tts', UPLINK, { authorization: basic('box-6', 'old password') })).status).toBe(401);
    expect((await post('tts', UPLINK, { authorization: basic('box-6', 'new password') })).status).toBe(200);
  });

  it('and guessing is slowed down without shutting the box out', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, n) => post('tts', UPLINK, { authorization: basic('box-2', `guess ${n}`) })),
    );
    expect(guesses.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
    expect(guesses.find(({ status }) => status === 429)?.retryAfter).toMatch(/^\d+$/);
    expect((await post('tts', UPLINK)).status).toBe(200);
    expect(stored).toHaveLength(1);
  });

  it('and each box has a rate of its own', async () => {
    let now = 0;
    const app = express();
    const { messagesAccepted } = createMetrics();
    const inbox = { append: (messages: readonly IncomingMessage[]) => append(messages) };
    app.use(
      ingestRoutes({
        db: world.store.db,
        inbox,
        metrics: { messagesAccepted },
        log: silentLog,
        now: () => now,
        messagesPerSecond: 1,
      }),
    );
    app.use(problemHandler(silentLog));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const send = async (authorization: string): Promise<number> => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tts`;
      return (await fetch(url, { method: 'POST', headers: { authorization }, body: JSON.stringify(UPLINK) })).status;
    };
    const answers = await Promise.all(Array.from({ length: 15 }, () => send(BOX)));
    expect(answers.sort()).toEqual([...Array<number>(10).fill(200), ...Array<number>(5).fill(429)]);
    expect(stored).toHaveLength(10);
    expect(await send('Bearer box-5:only-of-box-5')).toBe(200);
    now += 1_000;
    expect(await send(BOX)).toBe(200);
    expect(await send(BOX)).toBe(429);
    server.close();
    server.closeAllConnections();
  });
});
