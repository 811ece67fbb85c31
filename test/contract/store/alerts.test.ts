import { expect, it } from '@jest/globals';
import type { Alert } from '../../../domain/alert.js';
import {
  alertById,
  alertEvents,
  alertEventsAfter,
  listAlerts,
  newestAlertEvent,
  openAlerts,
  ruleMemory,
  saveAlerts,
  saveRuleMemory,
} from '../../../platform/store/alerts.js';
import type { Store } from '../../../platform/store/db.js';
import { onBothStores } from '../../support/stores.js';
import { anAlert, anEvent, NOW } from './given.js';

const save = (store: Store, alert: Alert, keys: readonly string[]) =>
  store.write((tx) =>
    saveAlerts(
      tx,
      [alert],
      keys.map((idempotencyKey) => anEvent({ alert: alert.id, site: alert.site, idempotencyKey })),
    ),
  );
const conflict = { code: 'alert.conflict' };

onBothStores((stores) => {
  it('keeps an alert whole, with its events in order', async () => {
    const store = await stores.fresh();
    const alert = anAlert({ version: 2 });
    await save(store, alert, ['1', '2']);
    expect(await alertById(store.db, 'a-1')).toEqual(alert);
    expect(await alertById(store.db, 'a-2')).toBeNull();
    const events = await alertEvents(store.db, 'a-1');
    expect(events.map(({ seq: _, ...event }) => event)).toEqual([
      anEvent({ idempotencyKey: '1' }),
      anEvent({ idempotencyKey: '2' }),
    ]);
    const [first, second] = events;
    expect(await alertEventsAfter(store.db, { after: first!.seq, limit: 10 })).toEqual([second]);
    expect(await newestAlertEvent(store.db)).toBe(second!.seq);
  });

  it('lets only the first of two writers who read the same version win', async () => {
    const store = await stores.fresh();
    await save(store, anAlert(), ['raised']);
    const claim = (username: string) =>
      save(store, anAlert({ version: 2, workflow: 'claimed', owner: { username, name: username, since: NOW } }), [
        `claim/${username}`,
      ]);
    const results = await Promise.allSettled([claim('lea'), claim('ines')]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const loser = results.find((result) => result.status === 'rejected');
    expect(loser?.reason).toMatchObject(conflict);
    expect(await alertEvents(store.db, 'a-1')).toHaveLength(2);
  });

  it('does nothing when the same change comes twice', async () => {
    const store = await stores.fresh();
    await save(store, anAlert(), ['raised']);
    await save(store, anAlert({ version: 2, workflow: 'claimed' }), ['claim']);
    await save(store, anAlert({ version: 2, workflow: 'claimed', note: 'again' }), ['claim']);
    expect(await alertEvents(store.db, 'a-1')).toHaveLength(2);
    expect((await alertById(store.db, 'a-1'))?.note).toBeNull();
  });

  it('has at most one alert that is not closed for an episode', async () => {
    const store = await stores.fresh();
    await save(store, anAlert(), ['raised']);
    await expect(save(store, anAlert({ id: 'a-2' }), ['raised/2'])).rejects.toMatchObject(conflict);
    const closed = anAlert({ version: 2, workflow: 'closed', closedAt: NOW });
    await store.write((tx) =>
      saveAlerts(
        tx,
        [anAlert({ id: 'a-2' }), closed],
        [anEvent({ idempotencyKey: 'close' }), anEvent({ alert: 'a-2', idempotencyKey: 'raised/2' })],
      ),
    );
    expect((await openAlerts(store.db, ['tilleuls'])).map(({ id }) => id)).toEqual(['a-2']);
  });

  it('refuses an update of an alert that does not exist', async () => {
    const store = await stores.fresh();
    await expect(save(store, anAlert({ version: 5 }), ['x'])).rejects.toMatchObject(conflict);
  });

  it('lists alerts newest first, in pages, within the given sites and for a resident', async () => {
    const store = await stores.fresh();
    for (let n = 0; n < 5; n += 1)
      await save(store, anAlert({ id: `a-${n}`, episode: `e-${n}`, startedAt: NOW + (n >> 1) }), [`${n}`]);
    await save(store, anAlert({ id: 'other', episode: 'x', site: 'home', resident: 'r-2' }), ['other']);
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listAlerts>> = await listAlerts(store.db, {
        sites: ['tilleuls'],
        state: 'open',
        limit: 2,
        cursor,
      });
      found.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(found).toEqual(['a-4', 'a-3', 'a-2', 'a-1', 'a-0']);
    const both = { sites: ['tilleuls', 'home'], limit: 10 };
    const mine = await listAlerts(store.db, { ...both, state: 'open', resident: 'r-2' });
    expect(mine.items.map(({ id }) => id)).toEqual(['other']);
    expect((await listAlerts(store.db, { ...both, state: 'closed' })).items).toEqual([]);
    expect((await listAlerts(store.db, { ...both, sites: [], state: 'open' })).items).toEqual([]);
    expect(await openAlerts(store.db)).toHaveLength(6);
    expect(await openAlerts(store.db, [])).toEqual([]);
  });

  it('remembers for the rules, and forgets what is undefined', async () => {
    const store = await stores.fresh();
    await saveRuleMemory(
      store.db,
      'tilleuls',
      new Map<string, unknown>([
        ['a', { since: 1 }],
        ['b', [1, null]],
      ]),
    );
    await saveRuleMemory(
      store.db,
      'tilleuls',
      new Map<string, unknown>([
        ['a', undefined],
        ['c', 'é\0'],
      ]),
    );
    await saveRuleMemory(store.db, 'home', new Map([['a', 1]]));
    const memory = await ruleMemory(store.db, ['tilleuls', 'nowhere']);
    expect([...memory.keys()]).toEqual(['tilleuls']);
    expect(memory.get('tilleuls')).toEqual(
      new Map<string, unknown>([
        ['b', [1, null]],
        ['c', 'é\0'],
      ]),
    );
  });
});
