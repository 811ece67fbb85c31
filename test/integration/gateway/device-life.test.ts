import { describe, expect, it } from '@jest/globals';
import { createEvaluator } from '../../../gateway/evaluator.js';
import { createInterpreter } from '../../../gateway/interpret.js';
import { createProcessor } from '../../../gateway/process.js';
import { createRegistryView } from '../../../gateway/registry-view.js';
import { loadCodecs } from '../../../gateway/route.js';
import { createRuleSettings } from '../../../gateway/rule-settings.js';
import { rule as sos } from '../../../gateway/alerts/rules/sos.js';
import { assignDevice } from '../../../platform/store/assignments.js';
import { listAlerts } from '../../../platform/store/alerts.js';
import type { Store } from '../../../platform/store/db.js';
import { setDeviceState } from '../../../platform/store/device-state.js';
import { openInbox, partitionOf, type IncomingMessage } from '../../../platform/store/inbox.js';
import { provision } from '../../../platform/store/provision.js';
import { listQuarantineGroups, quarantineIds } from '../../../platform/store/quarantine-groups.js';
import { replayQuarantine } from '../../../platform/store/quarantine-replay.js';
import { readingsAfter } from '../../../platform/store/readings.js';
import { onBothStores } from '../../support/stores.js';

const SITE = 'les-tilleuls';
const HEAD = 'MSH|^~\\&|MON-1|V|||20261025||ORU^R01^ORU_R01';
const at = (iso: string): number => Date.parse(iso);
const hash = (password: string) => Promise.resolve(password);

const message = (topic: string, payload: string | Buffer, receivedAt: number): IncomingMessage => ({
  site: SITE,
  identity: 'box:box-1',
  topic,
  payload: Buffer.from(payload),
  retained: false,
  dup: false,
  lane: 1,
  receivedAt,
});
const json = (device: string, readings: object[], receivedAt: number, time?: string) =>
  message(`vigie/v1/${SITE}/${device}/readings`, JSON.stringify({ ...(time ? { time } : {}), readings }), receivedAt);
const beat = (value: number) => ({ metric: 'heart_rate', value, unit: '/min' });

const prepare = async (store: Store, devices: object[] = []) => {
  await provision(
    store,
    {
      sites: [{ id: SITE }],
      residents: ['r-1', 'r-2'].map((id) => ({ id, site: SITE, family: 'Tilleul', given: 'Odette' })),
      boxes: [{ id: 'box-1', site: SITE }],
      devices,
    },
    { dryRun: false, now: at('2026-01-01T00:00:00Z'), hash },
  );
  const inbox = await openInbox(store);
  let clock = at('2026-01-01T00:00:00Z');
  const now = () => clock;
  const processor = createProcessor({
    store,
    inbox,
    interpret: createInterpreter(await loadCodecs()),
    registry: createRegistryView(store),
    evaluator: createEvaluator([sos], createRuleSettings(['sos'], now), () => true),
    partition: partitionOf(SITE, inbox.partitions),
    assertLease: () => Promise.resolve(),
    now,
  });
  return {
    inbox,
    processor,
    setClock: (time: number) => void (clock = time),
    async send(...messages: IncomingMessage[]) {
      await inbox.append(messages);
      for (const lane of [0, 1] as const) while (await processor.next(lane));
    },
    register: (...more: object[]) => provision(store, { devices: more }, { dryRun: false, now: clock, hash }),
    assign: (device: string, resident: string, since: string) =>
      store.write((tx) => assignDevice(tx, { device, resident, room: null, since: at(since) }, clock)),
    async replay() {
      const ids = await quarantineIds(store.db, { sites: [SITE] }, 1_000);
      const count = await replayQuarantine({ store, inbox, now: clock }, ids);
      for (const lane of [0, 1] as const) while (await processor.next(lane));
      return count;
    },
    readings: async () =>
      (await readingsAfter(store.db, { after: 0, limit: 100 })).map(({ resident, value, time, late, device }) => ({
        resident,
        value,
        time,
        late,
        device,
      })),
    groups: async () => (await listQuarantineGroups(store.db, { sites: [SITE], limit: 100 })).items,
    alerts: async () => (await listAlerts(store.db, { sites: [SITE], state: 'open', limit: 50 })).items,
  };
};

onBothStores((stores) =>
  describe("a device's life", () => {
    const open = async (devices: object[] = []) => {
      const store = await stores.fresh();
      const road = await prepare(store, devices);
      stores.later(() => road.inbox.close());
      return { store, ...road };
    };
    const cuff = (extra: object = {}) => ({ id: 'mon-1', site: SITE, identifiers: ['MON-1'], ...extra });
    const heartRate = (local: string, value: number, receivedAt: string) =>
      message(
        'hl7/x/oru',
        `${HEAD}|${value}|P|2.6\rOBR|1||||||${local}\rOBX|1|NM|147842^^MDC||${value}|264864^^MDC|||||F`,
        at(receivedAt),
      );

    it('is discovered with what it measures, adopted, and what it said since then goes to who had it', async () => {
      const road = await open();
      const minute = (n: number) => at('2026-11-23T08:00:00Z') + n * 60_000;
      await road.send(...[0, 1, 2].map((n) => json('ox-9', [beat(70 + n)], minute(n))));
      expect(await road.groups()).toMatchObject([
        { deviceIdentifier: 'ox-9', identity: 'box:box-1', metrics: ['heart_rate'], count: 3, firstAt: minute(0) },
      ]);
      await road.register({ id: 'ox-9', site: SITE });
      await road.assign('ox-9', 'r-1', '2026-11-23T08:01:00Z');
      expect(await road.replay()).toBe(3);
      expect(await road.readings()).toMatchObject([
        { resident: 'r-1', value: 71, time: minute(1), late: true },
        { resident: 'r-1', value: 72, time: minute(2), late: true },
      ]);
      expect(await road.groups()).toMatchObject([{ reason: 'unassigned_device', count: 1 }]);
    });

    it('rings nothing for an SOS that waited in quarantine', async () => {
      const road = await open();
      const call = { ...json('p-1', [{ metric: 'sos', value: true }], at('2026-11-23T08:00:00Z')), lane: 0 as const };
      await road.send(call);
      await road.register({ id: 'p-1', site: SITE });
      await road.assign('p-1', 'r-1', '2026-01-01T00:00:00Z');
      await road.replay();
      expect(await road.readings()).toMatchObject([{ value: true, late: true }]);
      expect(await road.alerts()).toEqual([]);
      await road.send({ ...call, receivedAt: at('2026-11-23T08:10:00Z') });
      expect(await road.alerts()).toHaveLength(1);
    });

    it('replayed twice gives each reading once', async () => {
      const road = await open();
      const said = json('ox-9', [beat(70)], at('2026-11-23T08:00:00Z'));
      await road.send(said, said);
      await road.register({ id: 'ox-9', site: SITE });
      await road.assign('ox-9', 'r-1', '2026-01-01T00:00:00Z');
      expect(await road.replay()).toBe(2);
      expect(await road.readings()).toHaveLength(1);
    });

    it('is reassigned at ten: what it measured before and after is told apart, however late it arrives', async () => {
      const road = await open([cuff({ id: 'ox-1', identifiers: [] })]);
      await road.assign('ox-1', 'r-1', '2026-11-01T00:00:00Z');
      await road.assign('ox-1', 'r-2', '2026-11-23T10:00:00Z');
      const late = at('2026-11-23T14:00:00Z');
      const times = ['09:59:59.999', '10:00:00.000', '09:00:00.000', '11:00:00.000'];
      await road.send(...times.map((time, n) => json('ox-1', [beat(60 + n)], late, `2026-11-23T${time}Z`)));
      expect((await road.readings()).map(({ resident }) => resident)).toEqual(['r-1', 'r-2', 'r-1', 'r-2']);
    });

    it('is told apart in the night when the clock is put back, though 02:30 comes twice', async () => {
      const road = await open([cuff()]);
      await road.assign('mon-1', 'r-1', '2026-01-01T00:00:00Z');
      await road.assign('mon-1', 'r-2', '2026-10-25T01:00:00Z');
      await road.send(
        heartRate('20261025023000', 61, '2026-10-25T00:30:30Z'),
        heartRate('20261025023000', 62, '2026-10-25T01:30:30Z'),
      );
      expect(await road.readings()).toMatchObject([
        { resident: 'r-1', value: 61, time: at('2026-10-25T00:30:00Z') },
        { resident: 'r-2', value: 62, time: at('2026-10-25T01:30:00Z') },
      ]);
    });

    it('is told apart in the night when the clock is put forward, though 02:30 does not exist', async () => {
      const road = await open([cuff()]);
      await road.assign('mon-1', 'r-1', '2026-01-01T00:00:00Z');
      await road.assign('mon-1', 'r-2', '2026-03-29T01:00:00Z');
      await road.send(
        heartRate('20260329015930', 61, '2026-03-29T00:59:40Z'),
        heartRate('20260329030030', 62, '2026-03-29T01:00:40Z'),
        heartRate('20260329023000', 63, '2026-03-29T01:30:10Z'),
      );
      expect((await road.readings()).map(({ resident, value }) => [resident, value])).toEqual([
        ['r-1', 61],
        ['r-2', 62],
        ['r-2', 63],
      ]);
    });

    it('is swapped for another, and the series of the resident goes on', async () => {
      const road = await open([cuff({ id: 'old', identifiers: [] }), cuff({ id: 'new', identifiers: [] })]);
      await road.assign('old', 'r-1', '2026-01-01T00:00:00Z');
      await road.assign('new', 'r-1', '2026-11-23T10:00:00Z');
      await road.send(
        json('old', [beat(61)], at('2026-11-23T09:00:00Z')),
        json('new', [beat(62)], at('2026-11-23T11:00:00Z')),
      );
      expect(await road.readings()).toMatchObject([
        { resident: 'r-1', device: 'old' },
        { resident: 'r-1', device: 'new' },
      ]);
    });

    it('of several users is who its slot says; a slot nobody named waits', async () => {
      const mac = 'A4C138001122';
      const config = { userSlots: { 1: 'r-1', 2: 'r-2' } };
      const road = await open([cuff({ id: 'scale', identifiers: [mac], config })]);
      /** 0x2A9D: SI units, user id; 70.00 kg = 14000 × 5 g. */
      const weight = (user: number) => Buffer.from([0x04, 0xb0, 0x36, user]);
      const topic = `gatt/box-1/${mac}/181d/2a9d`;
      const start = at('2026-11-23T08:00:00Z');
      await road.send(...[1, 2, 3, 0xff].map((user, n) => message(topic, weight(user), start + n * 120_000)));
      expect((await road.readings()).map(({ resident, value }) => [resident, value])).toEqual([
        ['r-1', 70],
        ['r-2', 70],
      ]);
      expect(await road.groups()).toMatchObject([{ reason: 'unassigned_device', count: 2 }]);
    });

    it('is stored while paused, watched by the clock while in service, and its silence ends when it speaks', async () => {
      const device = { id: 'ox-1', site: SITE, model: 'pulse-oximeter', cadenceSeconds: 60 };
      const road = await open([{ ...device, assignedTo: { resident: 'r-1', since: '2026-01-01T00:00:00Z' } }]);
      const start = at('2026-11-23T08:00:00Z');
      const tickAt = async (seconds: number) => {
        road.setClock(start + seconds * 1_000);
        await road.send();
        await road.processor.tick();
        return (await road.alerts()).map(({ rule, category, device: of }) => [rule, category, of]);
      };
      road.setClock(start);
      await road.send(json('ox-1', [beat(60)], start));
      expect(await tickAt(120)).toEqual([]);
      expect(await tickAt(130)).toEqual([['device-silent', 'technical', 'ox-1']]);
      await road.send(json('ox-1', [beat(61)], start + 131_000));
      expect(await tickAt(135)).toEqual([]);
      const state = (to: 'paused' | 'active', seconds: number) =>
        road.store.write((tx) =>
          setDeviceState(tx, { device: 'ox-1', state: to, since: start + seconds * 1_000 }, start),
        );
      await state('paused', 140);
      expect(await tickAt(900)).toEqual([]);
      await road.send(json('ox-1', [beat(62)], start + 901_000));
      expect(await road.readings()).toHaveLength(3);
      await state('active', 2_000);
      expect(await tickAt(2_100)).toEqual([]);
      expect(await tickAt(2_130)).toEqual([['device-silent', 'technical', 'ox-1']]);
    });
  }),
);
