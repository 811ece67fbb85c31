import { describe, expect, it } from '@jest/globals';
import { loadRules } from '../../../cli/gateway-role.js';
import { createEvaluator } from '../../../gateway/evaluator.js';
import { createInterpreter } from '../../../gateway/interpret.js';
import { createProcessor } from '../../../gateway/process.js';
import { createRegistryView } from '../../../gateway/registry-view.js';
import { loadCodecs } from '../../../gateway/route.js';
import { createRuleSettings } from '../../../gateway/rule-settings.js';
import { codecMemory } from '../../../platform/store/codec-memory.js';
import type { Store } from '../../../platform/store/db.js';
import { openInbox, partitionOf, type IncomingMessage } from '../../../platform/store/inbox.js';
import { commandsFor } from '../../../platform/store/outbox.js';
import { provision } from '../../../platform/store/provision.js';
import { readingsAfter } from '../../../platform/store/readings.js';
import { onBothStores } from '../../support/stores.js';

const SITE = 'les-tilleuls';
const START = Date.UTC(2026, 10, 23, 12);

const message = (topic: string, payload: string | Buffer, at = START): IncomingMessage => ({
  site: SITE,
  identity: 'box:box-1',
  topic,
  payload: Buffer.from(payload),
  retained: false,
  dup: false,
  lane: 1,
  receivedAt: at,
});
const announcement = message(
  'homeassistant/sensor/salon/t/config',
  '{"uniq_id":"s_t","dev_cla":"temperature","unit_of_meas":"°C","stat_t":"maison/salon/t"}',
);
const born = Buffer.from('12190a11766974616c732f68656172745f72617465100120093801', 'hex');
const beat = Buffer.from('1209100120096500009442', 'hex');

const prepare = async (store: Store) => {
  const device = (id: string, identifier: string) => ({
    id,
    site: SITE,
    model: 'm',
    identifiers: [identifier],
    assignedTo: { resident: 'r-1', since: '2020-01-01T00:00:00Z' },
  });
  await provision(
    store,
    {
      sites: [{ id: SITE }],
      residents: [{ id: 'r-1', site: SITE, family: 'Tilleul', given: 'Odette' }],
      boxes: [{ id: 'box-1', site: SITE }],
      devices: [device('salon', 's_t'), device('oxy', 'Meuse/gw31/oxy1')],
    },
    { dryRun: false, now: START, hash: (password) => Promise.resolve(password) },
  );
  const inbox = await openInbox(store);
  const codecs = await loadCodecs();
  const rules = await loadRules();
  let broken = false;
  /** A gateway that was just started: it knows only what the store holds. */
  const started = () => {
    const settings = createRuleSettings(
      rules.map(({ name }) => name),
      () => START,
    );
    return createProcessor({
      store,
      inbox,
      interpret: createInterpreter(codecs),
      registry: createRegistryView(store),
      evaluator: createEvaluator(rules, settings, () => true),
      partition: partitionOf(SITE, inbox.partitions),
      assertLease: async () => {
        if (broken) throw new Error('the lease is lost');
      },
      now: () => START,
    });
  };
  return {
    inbox,
    started,
    breakLease: (value: boolean) => (broken = value),
    values: async () => (await readingsAfter(store.db, { after: 0, limit: 100 })).map(({ value }) => value),
    memory: async () => (await codecMemory(store.db, [SITE])).get(SITE) ?? new Map<string, string>(),
  };
};

onBothStores((stores) =>
  describe('the memory of the codecs', () => {
    const open = async () => {
      const store = await stores.fresh();
      const road = await prepare(store);
      stores.later(() => road.inbox.close());
      return { store, ...road };
    };

    it('is seen by the next message of the same batch', async () => {
      const { inbox, started, values } = await open();
      await inbox.append([announcement, message('maison/salon/t', '21.5')]);
      expect(await started().next(1)).toMatchObject({ messages: 2, quarantined: [] });
      expect(await values()).toEqual([21.5]);
    });

    it('survives a restart', async () => {
      const { inbox, started, values } = await open();
      await inbox.append([announcement, message('spBv1.0/Meuse/DBIRTH/gw31/oxy1', born)]);
      await started().next(1);
      await inbox.append([message('maison/salon/t', '21.5'), message('spBv1.0/Meuse/DDATA/gw31/oxy1', beat)]);
      await started().next(1);
      expect(await values()).toEqual([true, 21.5, 74]);
    });

    it('is not kept by a batch that was rolled back, in the store nor in the process', async () => {
      const { inbox, started, breakLease, values, memory } = await open();
      const processor = started();
      await inbox.append([announcement]);
      breakLease(true);
      await expect(processor.next(1)).rejects.toThrow('the lease is lost');
      expect(await memory()).toEqual(new Map());
      breakLease(false);
      await processor.next(1);
      expect([...(await memory()).keys()]).toEqual(['codec/home-assistant/announced']);
      await inbox.append([message('maison/salon/t', '19')]);
      await processor.next(1);
      expect(await values()).toEqual([19]);
    });

    it('is not written for a retained announcement that says nothing new', async () => {
      const { inbox, started, memory } = await open();
      const processor = started();
      await inbox.append([announcement]);
      await processor.next(1);
      const before = await memory();
      await inbox.append([{ ...announcement, retained: true }]);
      await processor.next(1);
      expect(await memory()).toEqual(before);
    });

    it('asks an edge node for its births, once a minute, when data came without them', async () => {
      const { store, inbox, started } = await open();
      await inbox.append([
        message('spBv1.0/Meuse/DDATA/gw31/oxy1', beat),
        message('spBv1.0/Meuse/DDATA/gw31/oxy1', beat, START + 1_000),
      ]);
      expect(await started().next(1)).toMatchObject({ readings: [] });
      const commands = await commandsFor(store.db, 'box-1', START);
      expect(commands.map(({ topic }) => topic)).toEqual(['spBv1.0/Meuse/NCMD/gw31']);
      expect(Buffer.from(commands[0]!.payload).toString('latin1')).toContain('Node Control/Rebirth');
    });
  }),
);
