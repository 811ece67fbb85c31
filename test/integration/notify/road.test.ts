import { describe, expect, it } from '@jest/globals';
import { openAlert } from '../../../domain/lifecycle.js';
import type { Alert } from '../../../domain/alert.js';
import { applyUserAction } from '../../../domain/lifecycle.js';
import { createDispatcher, MOST_TRIES, PRESUMED_DEAD } from '../../../gateway/notify/dispatcher.js';
import { createEscalator } from '../../../gateway/notify/escalate.js';
import type { Channel, Notification, SendResult } from '../../../gateway/notify/notifier.js';
import { silentLog } from '../../../platform/log.js';
import { createMetrics } from '../../../platform/metrics.js';
import { alertById, alertEvents, saveAlerts } from '../../../platform/store/alerts.js';
import type { Store } from '../../../platform/store/db.js';
import { nextNotificationAt, notificationsOf, recordReceipt } from '../../../platform/store/notifications.js';
import { provision } from '../../../platform/store/provision.js';
import { setSetting } from '../../../platform/store/settings.js';
import { channelsOf, saveChannel } from '../../../platform/store/user-channels.js';
import { saveUser } from '../../../platform/store/users.js';
import { anAlert } from '../../contract/store/given.js';
import { onBothStores } from '../../support/stores.js';

const SITE = 'tilleuls';
const START = Date.UTC(2026, 10, 23, 9);
const accepted: SendResult = { result: 'accepted', detail: null };

/** A house with two nurses; its gateway can be killed and started again on the same store. */
const house = async (store: Store, behaviours: Record<string, (n: Notification) => Promise<SendResult>>) => {
  await provision(
    store,
    { sites: [{ id: SITE }] },
    { dryRun: false, now: START, hash: (password) => Promise.resolve(password) },
  );
  for (const username of ['ines', 'lea'])
    await saveUser(store.db, {
      username,
      name: username,
      role: 'nurse',
      sites: [SITE],
      passwordHash: '',
      disabled: false,
    });
  for (const username of ['ines', 'lea'])
    for (const channel of Object.keys(behaviours))
      await store.write((tx) => saveChannel(tx, { username, channel, address: `${username}@${channel}`, at: START }));
  const sent: { id: string; channel: string; to: unknown }[] = [];
  const clock = { now: START };
  const channels = new Map<string, Channel>(
    Object.entries(behaviours).map(([channel, behave]) => [
      channel,
      {
        send: (notification) => {
          sent.push({ id: notification.id, channel, to: notification.address });
          return behave(notification);
        },
      },
    ]),
  );
  const assertLease = () => Promise.resolve();
  const siteOf = () => Promise.resolve(null);
  const now = () => clock.now;
  /** A gateway that knows only what the store holds. */
  const gateway = (through: Store = store) => {
    const personal = new Set(channels.keys());
    const escalator = createEscalator({ store: through, personal, broadcast: [], siteOf, assertLease, now });
    const metrics = createMetrics();
    const common = { channels, secret: 's', siteOf, assertLease, now, metrics, log: silentLog, timeLimit: 50 };
    const dispatcher = createDispatcher({ store: through, ...common });
    return {
      escalator,
      dispatcher,
      async work() {
        const round = await escalator.round();
        await dispatcher.start();
        await dispatcher.idle();
        return round;
      },
    };
  };
  const ring = async (given: Partial<Alert> = {}): Promise<string> => {
    const { alert, event } = openAlert(anAlert({ site: SITE, startedAt: START, ...given }), 'confirmed', {
      at: START,
      actor: { kind: 'rule', id: 'test' },
    });
    await store.write((tx) => saveAlerts(tx, [alert], [event]));
    return alert.id;
  };
  const claim = async (id: string, username: string) => {
    const alert = (await alertById(store.db, id))!;
    const actor = { username, name: username };
    const result = applyUserAction(alert, { kind: 'claim' }, { actor, now: clock.now, idempotencyKey: 'k' });
    if ('refused' in result) throw new Error(result.refused.code);
    await store.write((tx) => saveAlerts(tx, [result.alert], [result.event]));
  };
  return { sent, clock, gateway, ring, claim };
};

/** A store whose n-th write from now on never happens, as after kill -9. */
const dyingAt = (store: Store, write: number): Store => {
  let count = 0;
  return {
    ...store,
    write: (work) => ((count += 1) >= write ? Promise.reject(new Error('killed')) : store.write(work)),
  };
};

onBothStores((stores) =>
  describe('telling people', () => {
    it('queues one telling for each person and channel with the step, and plans the next step', async () => {
      const store = await stores.fresh();
      const { gateway, ring, sent, clock } = await house(store, { email: () => Promise.resolve(accepted) });
      const id = await ring();
      const { work } = gateway();
      expect(await work()).toEqual({ escalated: 1, nextAt: START + 300_000, unreachable: [] });
      await work();
      expect(sent.map(({ to }) => to).sort()).toEqual(['ines@email', 'lea@email']);
      expect(await alertById(store.db, id)).toMatchObject({ escalationLevel: 1, nextStepAt: START + 300_000 });
      expect((await alertEvents(store.db, id)).map(({ kind }) => kind)).toEqual(['confirmed', 'escalated']);
      expect(await notificationsOf(store.db, id)).toMatchObject([
        { person: 'ines', state: 'accepted', level: 1, tries: 1, acceptedAt: clock.now },
        { person: 'lea', state: 'accepted' },
      ]);
    });

    it('one channel that fails, throws or hangs stops no other', async () => {
      const store = await stores.fresh();
      const { gateway, ring } = await house(store, {
        email: () => Promise.resolve(accepted),
        'web-push': () => Promise.reject(new Error('boom')),
        hangs: () => new Promise(() => undefined),
      });
      const all = { steps: [{ roles: ['nurse'] }] };
      await setSetting(store.db, { scope: 'default', key: 'escalation', value: all, author: 'test', at: START });
      const id = await ring();
      await gateway().work();
      const states = (await notificationsOf(store.db, id)).map(({ channel, state }) => `${channel} ${state}`);
      expect(new Set(states)).toEqual(new Set(['email accepted', 'web-push queued', 'hangs queued']));
    });

    it('tries again with growing pauses, gives up, and then does not wait for the next step', async () => {
      const store = await stores.fresh();
      const { gateway, ring, sent, clock } = await house(store, {
        email: () => Promise.resolve({ result: 'failed', detail: 'HTTP 503' }),
      });
      const id = await ring();
      const { work } = gateway();
      await work();
      for (let next = await nextNotificationAt(store.db); next !== null; next = await nextNotificationAt(store.db)) {
        clock.now = Math.max(clock.now, next);
        const { dispatcher } = gateway();
        await dispatcher.start();
        await dispatcher.idle();
      }
      expect(sent).toHaveLength(2 * MOST_TRIES);
      expect((await notificationsOf(store.db, id)).map(({ state }) => state)).toEqual(['failed', 'failed']);
      await work();
      expect((await alertById(store.db, id))?.escalationLevel).toBeGreaterThan(1);
      expect(clock.now).toBeLessThan(START + 300_000);
    });

    it('forgets an address that is gone and reports who cannot be reached any more', async () => {
      const store = await stores.fresh();
      const { gateway, ring } = await house(store, { email: () => Promise.resolve({ result: 'gone', detail: null }) });
      await ring();
      await gateway().work();
      expect(await channelsOf(store.db, ['ines', 'lea'])).toEqual([]);
      expect(await gateway().work()).toMatchObject({ unreachable: [SITE] });
    });

    it('does not disturb anybody else once somebody has the alert', async () => {
      const store = await stores.fresh();
      const { gateway, ring, claim, sent, clock } = await house(store, { email: () => Promise.resolve(accepted) });
      const id = await ring();
      await gateway().escalator.round();
      clock.now += 1;
      await claim(id, 'lea');
      await gateway().work();
      expect(sent).toEqual([]);
      expect((await notificationsOf(store.db, id)).map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    });

    it('a receipt is recorded once and the state only moves forward', async () => {
      const store = await stores.fresh();
      const { gateway, ring } = await house(store, { email: () => Promise.resolve(accepted) });
      const id = await ring();
      await gateway().work();
      const [first] = await notificationsOf(store.db, id);
      for (const [receipt, at] of [
        ['opened', 1],
        ['delivered', 2],
        ['opened', 3],
      ] as const)
        expect(await store.write((tx) => recordReceipt(tx, first!.id, receipt, START + at))).toBe(true);
      expect((await notificationsOf(store.db, id))[0]).toMatchObject({
        state: 'opened',
        openedAt: START + 1,
        deliveredAt: START + 2,
      });
      expect(await store.write((tx) => recordReceipt(tx, 'nobody', 'opened', START))).toBe(false);
    });

    // Writes in order: 1 the step with its queue, 2 the taking, 3 and 4 the two results.
    it.each([1, 2, 3, 4])(
      'killed before write %i: nothing is lost, and what is told twice has the same id',
      async (write) => {
        const store = await stores.fresh();
        const { gateway, ring, sent, clock } = await house(store, { email: () => Promise.resolve(accepted) });
        const id = await ring();
        const dying = dyingAt(store, write);
        await gateway(dying)
          .work()
          .catch(() => undefined);
        await gateway().work();
        clock.now += PRESUMED_DEAD;
        await gateway().work();
        const rows = await notificationsOf(store.db, id);
        expect(rows.map(({ person, state }) => [person, state])).toEqual([
          ['ines', 'accepted'],
          ['lea', 'accepted'],
        ]);
        expect((await alertEvents(store.db, id)).filter(({ kind }) => kind === 'escalated')).toHaveLength(1);
        expect(new Set(sent.map(({ id: key }) => key))).toEqual(new Set(rows.map(({ id: key }) => key)));
        expect(sent.length).toBe(write <= 2 ? 2 : write === 3 ? 4 : 3);
      },
    );
  }),
);
