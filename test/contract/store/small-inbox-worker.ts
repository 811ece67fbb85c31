/** The inbox worker on a file that may not grow beyond `workerData.limit[0]` pages, where no small disk can be mounted. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import '../../../platform/store/inbox-worker.js';

const { limit } = workerData as { limit: Int32Array };
const pragma = Database.prototype.pragma;
const last: { file?: Database.Database } = {};
const applyLimit = (file: Database.Database): void => {
  if (limit[0]) pragma.call(file, `max_page_count = ${limit[0]}`);
};
Database.prototype.pragma = function (this: Database.Database, ...given) {
  last.file = this;
  applyLimit(this);
  return pragma.apply(this, given);
};
parentPort?.on('message', () => {
  if (last.file?.open) applyLimit(last.file);
});
