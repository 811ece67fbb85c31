/** The inbox worker on a file that may not grow beyond `workerData.limit[0]` pages, where no small disk can be mounted. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import '../../../platform/store/inbox-worker.js';

const { limit } = workerData as { limit: Int32Array };
const pragma = Database.prototype.pragma;
let opened: Database.Database | null = null;
Database.prototype.pragma = function (this: Database.Database, ...given) {
  opened = this;
  return pragma.apply(this, given);
};
parentPort?.on('message', () => {
  if (opened?.open) pragma.call(opened, `max_page_count = ${limit[0]}`);
});
