import type { Db } from '../../platform/store/db.js';

/** How many alerts are not closed, by priority and category, over all sites: for the metrics, which name no site. */
export const countOpenAlerts = async (db: Db): Promise<{ priority: string; category: string; count: number }[]> => {
  const rows = await db
    .selectFrom('alerts')
    .select(['priority', 'category'])
    .select((eb) => eb.fn.countAll().as('count'))
    .where('workflow', '<>', 'closed')
    .groupBy(['priority', 'category'])
    .execute();
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
};
