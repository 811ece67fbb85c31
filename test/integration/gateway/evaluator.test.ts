import { describe, expect, it } from '@jest/globals';
import type { Alert } from '../../../domain/alert.js';
import type { Reading } from '../../../domain/reading.js';
import { loadRules } from '../../../cli/gateway-role.js';
import { createEvaluator } from '../../../gateway/evaluator.js';
import { createRuleSettings } from '../../../gateway/rule-settings.js';
import { alertEvents, listAlerts } from '../../../platform/store/alerts.js';
import type { Store } from '../../../platform/store/db.js';
import { provision } from '../../../platform/store/provision.js';
import { setSetting } from '../../../platform/store/settings.js';
import { aReading } from '../../support/readings.js';
import { onSqlite } from '../../support/stores.js';

const SITE = 'les-tilleuls';
const START = Date.UTC(2026, 10, 23, 12);

const spo2 = (resident: string, values: readonly number[], from = 0): Reading[] =>
  values.map((value, index) => {
    const time = START + (from + index * 5) * 1_000;
    return aReading({ resident, device: `ox-${resident}`, metric: 'spo2', value, time });
  });

const alertsOf = async (store: Store): Promise<readonly Alert[]> => {
  const [open, closed] = await Promise.all(
    (['open', 'closed'] as const).map((state) => listAlerts(store.db, { sites: [SITE], state, limit: 50 })),
  );
  return [...(open?.items ?? []), ...(closed?.items ?? [])];
};

const prepare = async (store: Store) => {
  await provision(
    store,
    {
      sites: [{ id: SITE }],
      residents: [
        { id: 'r-001', site: SITE, family: 'Tilleul', given: 'Odette' },
        { id: 'r-002', site: SITE, family: 'Orme', given: 'Paul', spo2Scale: 2 },
      ],
    },
    { dryRun: false, now: START, hash: (password) => Promise.resolve(password) },
  );
  const rules = await loadRules();
  let clock = 0;
  /** A gateway that was just started: it knows only what the store holds. */
  return () => {
    const settings = createRuleSettings(
      rules.map(({ name }) => name),
      () => (clock += 60_000),
    );
    const evaluator = createEvaluator(rules, settings, () => true);
    return async (readings: readonly Reading[]): Promise<void> => {
      const now = Math.max(...readings.map(({ receivedAt }) => receivedAt));
      await store.write((tx) => evaluator.evaluate(tx, readings, now));
      evaluator.committed();
    };
  };
};

onSqlite((stores) =>
  describe('the evaluator', () => {
    it('goes on where it was after a restart between any two readings', async () => {
      const store = await stores.fresh();
      const restarted = await prepare(store);
      for (const reading of spo2('r-001', [96, 88, 87, 88, 88, 86])) await restarted()([reading]);
      const [alert, ...others] = await alertsOf(store);
      expect(others).toEqual([]);
      expect(alert).toMatchObject({ priority: 'high', condition: 'active', message: { en: 'SpO₂ 86% < 90%' } });
      expect((await alertEvents(store.db, alert!.id)).map(({ kind }) => kind)).toEqual(['confirmed', 'worsened']);
    });

    it('judges a resident on the prescribed SpO2 scale, and follows the limits of the site as they change', async () => {
      const store = await stores.fresh();
      const feed = (await prepare(store))();
      await feed(spo2('r-002', [89, 89, 89, 89]));
      expect(await alertsOf(store)).toEqual([]);
      const limits = { scope: `site:${SITE}`, key: 'threshold', author: 'dr', at: START };
      await setSetting(store.db, { ...limits, value: { spo2: { low: 95 } } });
      await feed(spo2('r-002', [89, 89, 89, 89], 60));
      expect(await alertsOf(store)).toEqual([]);
      await feed(spo2('r-001', [94, 94, 94], 60));
      expect(await alertsOf(store)).toMatchObject([{ resident: 'r-001', priority: 'medium' }]);
    });
  }),
);
