import { describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { hl7SenderOf } from '../../../cli/hl7-senders.js';
import { createEvaluator } from '../../../gateway/evaluator.js';
import { createInterpreter } from '../../../gateway/interpret.js';
import { createProcessor } from '../../../gateway/process.js';
import { createRegistryView } from '../../../gateway/registry-view.js';
import { loadCodecs } from '../../../gateway/route.js';
import { createRuleSettings } from '../../../gateway/rule-settings.js';
import { startMllpSource } from '../../../gateway/sources/mllp.js';
import { silentLog } from '../../../platform/log.js';
import { openInbox, partitionOf } from '../../../platform/store/inbox.js';
import { provision } from '../../../platform/store/provision.js';
import { listQuarantineGroups } from '../../../platform/store/quarantine-groups.js';
import { readingsAfter } from '../../../platform/store/readings.js';
import { onSqlite } from '../../support/stores.js';
import { until } from '../../support/until.js';

const SITE = 'les-tilleuls';
const message = (controlId: string, { facility = 'LES-TILLEULS', monitor = 'MON^0011223344556677^EUI-64' } = {}) =>
  `MSH|^~\\&|${monitor}|${facility}|||20261123||ORU^R01^ORU_R01|${controlId}|P|2.6\r` +
  'OBX|1|NM|150344^MDC_TEMP^MDC||99.5|266560^MDC_DIM_FAHR^MDC|||||R\r';

onSqlite((stores) =>
  describe('a monitor on a socket', () => {
    it('gives its resident a reading, once however often it repeats itself, and strangers wait', async () => {
      const store = await stores.fresh();
      const now = Date.now();
      await provision(
        store,
        {
          sites: [{ id: SITE }],
          residents: [{ id: 'r-1', site: SITE, family: 'Tilleul', given: 'Odette' }],
          devices: [
            {
              id: 'mon-1',
              site: SITE,
              identifiers: ['0011223344556677'],
              assignedTo: { resident: 'r-1', since: '2026-01-01T00:00:00Z' },
            },
          ],
        },
        { dryRun: false, now, hash: (password) => Promise.resolve(password) },
      );
      const inbox = await openInbox(store);
      const registry = createRegistryView(store);
      const source = await startMllpSource({
        host: '127.0.0.1',
        port: 0,
        inbox,
        senderOf: hl7SenderOf(registry),
        log: silentLog,
      });
      stores.later(async () => {
        await source.close();
        await inbox.close();
      });
      const socket = connect(source.port, '127.0.0.1');
      let answers = '';
      socket.on('data', (chunk) => (answers += chunk.toString()));
      const sent = [
        message('1'),
        message('1'),
        message('2', { facility: 'ELSEWHERE' }),
        message('3', { monitor: 'X-9' }),
      ];
      for (const text of sent) socket.write(`\u000b${text}\u001c\r`);
      await until('every message is acknowledged', () => answers.split('MSA|AA|').length === sent.length + 1);
      socket.destroy();

      const processor = createProcessor({
        store,
        inbox,
        interpret: createInterpreter(await loadCodecs()),
        registry,
        evaluator: createEvaluator([], createRuleSettings([], Date.now), () => true),
        partition: partitionOf(SITE, inbox.partitions),
        assertLease: () => Promise.resolve(),
        now: Date.now,
      });
      expect(await processor.next(1)).toMatchObject({ messages: 4, duplicates: 1 });
      const readings = await readingsAfter(store.db, { after: 0, limit: 10 });
      expect(readings).toMatchObject([{ resident: 'r-1', device: 'mon-1', metric: 'body_temperature', value: 37.5 }]);
      const { items } = await listQuarantineGroups(store.db, { sites: [SITE], unplaced: true, limit: 10 });
      expect(items.map(({ site, reason, deviceIdentifier }) => [site, reason, deviceIdentifier]).sort()).toEqual([
        [null, 'site_mismatch', 'ELSEWHERE'],
        [SITE, 'unknown_device', 'X-9'],
      ]);
    });
  }),
);
