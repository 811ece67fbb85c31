import type { Influxd } from './influxd.js';

/** How many points a measurement of a database holds; 0 when there is none yet. */
export const countPoints = async (influx: Influxd, database: string, measurement: string): Promise<number> => {
  const answer = await influx.query(`SELECT count("value") FROM "${measurement}"`, database);
  return Number(answer.results[0]?.series?.[0]?.values[0]?.[1] ?? 0);
};
