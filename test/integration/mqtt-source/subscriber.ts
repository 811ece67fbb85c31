/** A gateway that does nothing but take messages into a real inbox; the test kills it. argv: url, dataDir, version. */
import { startMqttSource } from '../../../gateway/sources/mqtt.js';
import { silentLog } from '../../../platform/log.js';
import { openStore } from '../../../platform/store/db.js';
import { openInbox } from '../../../platform/store/inbox.js';

const [url, dataDir, version] = process.argv.slice(2);
const inbox = await openInbox(await openStore({ dataDir: dataDir! }));
await startMqttSource({
  url: url!,
  shareGroup: 'vigie',
  clientId: 'vigie-test',
  inbox,
  log: silentLog,
  protocolVersion: version === '4' ? 4 : 5,
});
console.log('started');
