import { afterEach, describe, expect, it } from '@jest/globals';
import { createECDH, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { notificationText, type Notification, type Notifier } from '../../../gateway/notify/notifier.js';
import { loadNotifiers, openChannels } from '../../../gateway/notify/run.js';
import { startWatchdog } from '../../../gateway/notify/watchdog.js';
import { loadConfig } from '../../../platform/config.js';
import { silentLog } from '../../../platform/log.js';
import { isReceiptToken, loadNotifyKeys, receiptToken, signature } from '../../../platform/notify-keys.js';
import { saveAlerts } from '../../../platform/store/alerts.js';
import { openStore } from '../../../platform/store/db.js';
import { migrate } from '../../../platform/store/migrate.js';
import { openAlert } from '../../../domain/lifecycle.js';
import { anAlert } from '../../contract/store/given.js';
import { until } from '../../support/until.js';

const dir = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'vigie-notify-'));
  closing.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
};
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const keys = () => loadNotifyKeys(dir());
const signal = () => AbortSignal.timeout(5_000);
const NOTIFICATION: Notification = {
  id: 'a'.repeat(32),
  alert: 'alert-1',
  site: 'tilleuls',
  level: 1,
  priority: 'high',
  text: { fr: 'Alerte critique — Les Tilleuls, ch. 101', en: 'Critical alert — Les Tilleuls, room 101' },
  path: '/alerts/alert-1',
  receiptToken: 'token',
  address: null,
};

interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A real HTTP server on loopback that answers `status` and keeps what it was sent. */
const httpServer = async (status = 200) => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
};

/** A real SMTP server on loopback; refuses recipients that say so. */
const smtpServer = async () => {
  const mails: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo({ address }, _session, callback) {
      if (!address.startsWith('nobody')) return callback();
      callback(Object.assign(new Error('no such mailbox'), { responseCode: 550 }));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise<void>((resolve) => server.close(resolve)));
  return { url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`, mails };
};

const channel = async (name: string, env: NodeJS.ProcessEnv, notifyKeys = keys()) => {
  const open = openChannels(await loadNotifiers(), { ...loadConfig(env), keys: notifyKeys }).channels.get(name)!;
  closing.push(() => open.close?.());
  return open;
};

describe('the notifiers', () => {
  it('are found by their folder, and only those that are configured are open', async () => {
    const notifiers = await loadNotifiers();
    expect(notifiers.map(({ name }: Notifier) => name)).toEqual(['email', 'sms-http', 'web-push', 'webhook']);
    const open = (env: NodeJS.ProcessEnv) => openChannels(notifiers, { ...loadConfig(env), keys: keys() });
    expect([...open({}).channels.keys()]).toEqual([]);
    const some = open({ VAPID_SUBJECT: 'mailto:a@example.org', NOTIFY_WEBHOOK_URL: 'http://127.0.0.1:1' });
    expect([[...some.personal], some.broadcast]).toEqual([['web-push'], ['webhook']]);
  });

  it('e-mail goes out by SMTP with an id of its own; an unknown mailbox is gone, a server that is away is not', async () => {
    const { url, mails } = await smtpServer();
    const mail = await channel('email', { SMTP_URL: `${url}?from=vigie@example.org` });
    expect(await mail.send({ ...NOTIFICATION, address: 'lea@example.org' }, signal())).toMatchObject({
      result: 'accepted',
    });
    expect(mails).toMatchObject([{ to: ['lea@example.org'] }]);
    expect(mails[0]?.text).toContain(`Message-ID: <${NOTIFICATION.id}@vigie>`);
    expect(mails[0]?.text).toContain('From: vigie@example.org');
    expect(await mail.send({ ...NOTIFICATION, address: 'nobody@example.org' }, signal())).toMatchObject({
      result: 'gone',
    });
    const away = await channel('email', { SMTP_URL: 'smtp://127.0.0.1:1' });
    expect(await away.send({ ...NOTIFICATION, address: 'lea@example.org' }, signal())).toMatchObject({
      result: 'failed',
    });
  });

  it('SMS fills the template of any provider and never puts the password in the address', async () => {
    const { url, received } = await httpServer();
    const template = `${url.replace('//', '//user:pass%40word@')}/send?to={to}&msg={text}&ref={id}`;
    const sms = await channel('sms-http', { SMS_HTTP_URL: template });
    expect(await sms.send({ ...NOTIFICATION, address: '+33612345678' }, signal())).toMatchObject({
      result: 'accepted',
    });
    const sent = new URL(received[0]!.url, url);
    expect(Object.fromEntries(sent.searchParams)).toEqual({
      to: '+33612345678',
      msg: NOTIFICATION.text.fr,
      ref: NOTIFICATION.id,
    });
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:pass@word').toString('base64')}`);
    expect(JSON.parse(received[0]!.body.toString())).toMatchObject({ to: '+33612345678', token: 'token' });
  });

  it('a webhook is signed so that its receiver can check it', async () => {
    const { url, received } = await httpServer();
    const own = keys();
    const hook = await channel('webhook', { NOTIFY_WEBHOOK_URL: `${url}/vigie` }, own);
    expect(await hook.send(NOTIFICATION, signal())).toMatchObject({ result: 'accepted' });
    const { headers, body } = received[0]!;
    const expected = signature(own.secret, `${String(headers['x-vigie-timestamp'])}.${body.toString()}`);
    expect(headers['x-vigie-signature']).toBe(`sha256=${expected}`);
    expect(headers['idempotency-key']).toBe(NOTIFICATION.id);
  });

  it.each([
    [201, 'accepted'],
    [410, 'gone'],
    [404, 'gone'],
    [429, 'failed'],
    [500, 'failed'],
  ])(
    'web push that is answered %i is %s; it is urgent, short-lived and unreadable on its way',
    async (status, result) => {
      const { url, received } = await httpServer(status);
      const browser = createECDH('prime256v1');
      const address = {
        endpoint: `${url}/push/1`,
        keys: { p256dh: browser.generateKeys('base64url'), auth: randomBytes(16).toString('base64url') },
      };
      const push = await channel('web-push', { VAPID_SUBJECT: 'mailto:vigie@example.org' });
      expect(await push.send({ ...NOTIFICATION, address }, signal())).toMatchObject({ result });
      const { headers, body } = received[0]!;
      expect(headers).toMatchObject({
        ttl: '300',
        urgency: 'high',
        topic: NOTIFICATION.id,
        'content-encoding': 'aes128gcm',
      });
      expect(headers.authorization).toMatch(/^vapid t=/);
      expect(body.toString('latin1')).not.toContain('Tilleuls');
    },
  );
});

describe('what a notification says', () => {
  const ehpad = { id: 's', name: 'Les Tilleuls', kind: 'ehpad', timezone: 'Europe/Paris', units: [] } as const;
  it.each([
    [anAlert(), ehpad, 'Alerte critique — Les Tilleuls, ch. 101'],
    [anAlert({ priority: 'medium', room: null }), ehpad, 'Alerte à voir — Les Tilleuls'],
    [anAlert({ workflow: 'claimed' }), ehpad, 'Besoin d’aide — Les Tilleuls, ch. 101'],
    [anAlert(), { ...ehpad, kind: 'home', name: 'Chez Mme Bleuet' } as const, 'Alerte critique — à domicile'],
  ])('is how grave and where, and no person or value (%#)', (alert, site, expected) => {
    expect(notificationText(alert, site).fr).toBe(expected);
  });
});

describe('the keys', () => {
  it('are made once, kept for their owner only, and prove receipts', () => {
    const dataDir = dir();
    const first = loadNotifyKeys(dataDir);
    expect(loadNotifyKeys(dataDir)).toEqual(first);
    expect(statSync(join(dataDir, 'keys', 'notify.json')).mode & 0o077).toBe(0);
    expect(isReceiptToken(first.secret, 'n-1', receiptToken(first.secret, 'n-1'))).toBe(true);
    expect(isReceiptToken(first.secret, 'n-2', receiptToken(first.secret, 'n-1'))).toBe(false);
  });
});

describe('the watchdog', () => {
  it('says by its own road that it lives, and that a critical alert is past its step or a sink stands still', async () => {
    const { url, received } = await httpServer();
    const store = await openStore({ dataDir: dir() });
    closing.push(() => store.close());
    await migrate(store);
    let now = Date.UTC(2026, 10, 23);
    let lag = 0;
    const watchdog = startWatchdog({
      store,
      sinks: () => [{ name: 'history', lag }],
      heartbeat: { url, secret: 's' },
      log: silentLog,
      now: () => now,
      every: 20,
    });
    closing.push(() => watchdog.close());
    const beats = () => received.map(({ body }) => JSON.parse(body.toString()) as { ok: boolean; faults: unknown[] });
    await until('a first heartbeat', () => beats().some(({ ok }) => ok));
    expect(watchdog.health().state).toBe('ok');
    const born = openAlert(anAlert(), 'confirmed', { at: now, actor: { kind: 'rule', id: 'r' } });
    await store.write((tx) => saveAlerts(tx, [born.alert], [born.event]));
    const before = received.length;
    await until('the alert is seen', () => received.length > before + 2);
    now += 60_000;
    lag = 3_600_000;
    await until('the alarm', () =>
      beats().some(({ faults }) => JSON.stringify(faults).includes('escalation.late') && faults.length === 2),
    );
    await until('its health part says so', () => watchdog.health().state === 'degraded');
  });
});
