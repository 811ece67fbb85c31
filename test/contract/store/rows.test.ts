import { expect, it } from '@jest/globals';
import { HOUR } from '../../../domain/time.js';
import { audit, listAudit, verifyAudit } from '../../../platform/store/audit.js';
import {
  addDeadLetters,
  countDeadLetters,
  listDeadLetters,
  markReplayed,
} from '../../../platform/store/dead-letters.js';
import { recall, remember, trimIdempotency } from '../../../platform/store/idempotency.js';
import {
  allRetained,
  commandsFor,
  markCommandSent,
  queueCommand,
  saveRetained,
} from '../../../platform/store/outbox.js';
import {
  countQuarantine,
  listQuarantine,
  quarantine,
  quarantineByIds,
  quarantineSizes,
  resolveQuarantine,
  trimQuarantine,
} from '../../../platform/store/quarantine.js';
import { sessionDestroy, sessionGet, sessionSet, trimSessions } from '../../../platform/store/sessions.js';
import { setSetting, settingsFor } from '../../../platform/store/settings.js';
import { disableUser, listUsers, saveUser, setPassword, userByName } from '../../../platform/store/users.js';
import { onBothStores } from '../../support/stores.js';
import { NOW } from './given.js';

const refused = (given: Partial<Parameters<typeof quarantine>[1][number]> = {}) => ({
  site: 'tilleuls',
  identity: 'box:box-1',
  deviceIdentifier: 'a4c1',
  topic: 'zigbee2mqtt/x',
  payload: Buffer.from([0, 255]),
  retained: false,
  reason: 'unknown_device',
  detail: 'no such device',
  receivedAt: NOW,
  inboxSeq: 1,
  ...given,
});

onBothStores((stores) => {
  it('keeps local accounts', async () => {
    const store = await stores.fresh();
    const lea = {
      username: 'lea',
      name: 'Léa',
      role: 'nurse' as const,
      sites: ['a', 'b'],
      passwordHash: 'h',
      disabled: false,
    };
    await saveUser(store.db, lea);
    await saveUser(store.db, { ...lea, role: 'physician' });
    expect(await userByName(store.db, 'lea')).toEqual({ ...lea, role: 'physician' });
    expect(await setPassword(store.db, 'lea', 'h2')).toBe(true);
    expect(await disableUser(store.db, 'lea')).toBe(true);
    expect([await disableUser(store.db, 'nobody'), await setPassword(store.db, 'nobody', 'h')]).toEqual([false, false]);
    expect(await listUsers(store.db)).toMatchObject([{ passwordHash: 'h2', disabled: true }]);
    expect(await userByName(store.db, 'nobody')).toBeNull();
  });

  it('keeps sessions until they expire', async () => {
    const store = await stores.fresh();
    await sessionSet(store.db, { sid: 's', data: '1', expiresAt: NOW + 1 });
    await sessionSet(store.db, { sid: 's', data: '2', expiresAt: NOW + HOUR });
    await sessionSet(store.db, { sid: 'gone', data: '3', expiresAt: NOW });
    expect([await sessionGet(store.db, 's', NOW), await sessionGet(store.db, 'gone', NOW)]).toEqual(['2', null]);
    expect(await trimSessions(store.db, NOW)).toBe(1);
    await sessionDestroy(store.db, 's');
    expect(await sessionGet(store.db, 's', NOW)).toBeNull();
  });

  it('keeps quarantined messages byte for byte until they are resolved', async () => {
    const store = await stores.fresh();
    await quarantine(store.db, [
      refused(),
      refused({ site: null, deviceIdentifier: null, detail: 'bad \0 byte', topic: '\ud800' }),
      ...Array.from({ length: 600 }, () => refused({ site: 'home', deviceIdentifier: 'b' })),
    ]);
    const mine = await listQuarantine(store.db, { sites: ['tilleuls'], limit: 10 });
    expect(mine.items.map(({ id: _, payload, ...row }) => ({ ...row, payload: Buffer.from(payload) }))).toEqual([
      { ...refused(), resolvedAt: null },
    ]);
    expect((await listQuarantine(store.db, { sites: ['tilleuls'], unplaced: true, limit: 10 })).items).toHaveLength(2);
    const page = await listQuarantine(store.db, { sites: ['home'], limit: 400, deviceIdentifier: 'b' });
    const rest = await listQuarantine(store.db, {
      sites: ['home'],
      limit: 400,
      deviceIdentifier: 'b',
      cursor: page.next,
    });
    expect([page.items.length, rest.items.length, rest.next]).toEqual([400, 200, null]);
    expect(await countQuarantine(store.db)).toBe(602);
    expect(await countQuarantine(store.db, { site: null })).toBe(1);
    expect(await quarantineSizes(store.db, ['a4c1', 'b', 'c'])).toEqual(
      new Map([
        ['a4c1', 1],
        ['b', 600],
      ]),
    );
    const ids = mine.items.map(({ id }) => id);
    expect([await resolveQuarantine(store.db, ids, NOW), await resolveQuarantine(store.db, ids, NOW)]).toEqual([1, 0]);
    expect(await quarantineByIds(store.db, ids)).toMatchObject([{ resolvedAt: NOW }]);
    expect(await countQuarantine(store.db, { site: 'tilleuls' })).toBe(0);
    expect(await trimQuarantine(store.db, NOW + 1)).toBe(1);
  });

  it('keeps dead letters until they are replayed', async () => {
    const store = await stores.fresh();
    const letter = (n: number) => ({ sink: 'fhir', readingSeq: n, readingId: `${n}`, reason: 'HTTP 422 \0', at: NOW });
    await addDeadLetters(store.db, [letter(1), letter(2), { ...letter(3), sink: 'influx' }]);
    const page = await listDeadLetters(store.db, { sink: 'fhir', limit: 1 });
    const rest = await listDeadLetters(store.db, { sink: 'fhir', limit: 1, cursor: page.next });
    expect([...page.items, ...rest.items].map(({ readingSeq }) => readingSeq)).toEqual([1, 2]);
    expect(await countDeadLetters(store.db)).toEqual(
      new Map([
        ['fhir', 2],
        ['influx', 1],
      ]),
    );
    expect(await markReplayed(store.db, [page.items[0]!.id], NOW)).toBe(1);
    expect((await listDeadLetters(store.db, { limit: 9 })).items).toHaveLength(2);
  });

  it('keeps settings by scope', async () => {
    const store = await stores.fresh();
    const set = (scope: string, value: unknown) =>
      setSetting(store.db, { scope, key: 'spo2-low', value, author: 'lea', at: NOW });
    await set('default', { limit: 90 });
    await set('resident:r-1', { limit: 88 });
    await set('resident:r-1', { limit: 86 });
    await set('site:a', null);
    await set('default', undefined);
    expect(await settingsFor(store.db, 'spo2-low')).toEqual(
      new Map<string, unknown>([
        ['resident:r-1', { limit: 86 }],
        ['site:a', null],
      ]),
    );
  });

  it('keeps retained messages, and deletes one on an empty payload', async () => {
    const store = await stores.fresh();
    const retained = (topic: string, text: string) =>
      saveRetained(store.db, { topic, payload: Buffer.from(text), qos: 1, at: NOW });
    await retained('a', '1');
    await retained('a', '2');
    await retained('b', '3');
    await retained('b', '');
    const all = await allRetained(store.db);
    expect(all.map(({ topic, payload }) => [topic, Buffer.from(payload).toString()])).toEqual([['a', '2']]);
  });

  it('keeps commands in order until they are sent or expire', async () => {
    const store = await stores.fresh();
    const command = { device: 'd', topic: 't', payload: Buffer.from('x'), createdAt: NOW, expiresAt: NOW + HOUR };
    const first = await queueCommand(store.db, command);
    const second = await queueCommand(store.db, command);
    await queueCommand(store.db, { ...command, expiresAt: NOW });
    expect((await commandsFor(store.db, 'd', NOW)).map(({ id }) => id)).toEqual([first, second]);
    await markCommandSent(store.db, first, NOW);
    expect(await commandsFor(store.db, 'd', NOW)).toMatchObject([
      { ...command, id: second, payload: expect.anything() as unknown },
    ]);
  });

  it('remembers the first answer to an idempotency key', async () => {
    const store = await stores.fresh();
    expect(await recall(store.db, 'k')).toBeNull();
    expect(await remember(store.db, { key: 'k', at: NOW, status: 200, body: '{}' })).toBe(true);
    expect(await remember(store.db, { key: 'k', at: NOW, status: 409, body: '' })).toBe(false);
    expect(await recall(store.db, 'k')).toEqual({ status: 200, body: '{}' });
    expect(await trimIdempotency(store.db, NOW + 1)).toBe(1);
  });

  it('chains the audit log, also when many write at once', async () => {
    const store = await stores.fresh();
    const entry = (n: number) => ({
      at: NOW + n,
      actor: 'user:lea',
      action: 'login',
      object: 'session',
      outcome: 'ok',
    });
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        n % 2 ? audit(store.db, entry(n)) : store.write((tx) => audit(tx, entry(n))),
      ),
    );
    expect(await verifyAudit(store.db)).toBeNull();
    const page = await listAudit(store.db, { limit: 8 });
    const rest = await listAudit(store.db, { limit: 8, cursor: page.next });
    expect([page.items.length, rest.items.length]).toEqual([8, 4]);
    const last = page.items[0]!;
    await store.db
      .insertInto('audit')
      .values({ ...last, seq: last.seq + 1, previous: 'forged', hash: 'forged' })
      .execute();
    expect(await verifyAudit(store.db)).toBe(last.seq + 1);
  });
});
