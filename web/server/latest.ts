import type { Device } from '../../domain/device.js';
import { METRICS, type Metric } from '../../domain/metrics.js';
import { news2 } from '../../domain/news2.js';
import { DAY, HOUR, MINUTE, SECOND, toIso, type EpochMillis, type Millis } from '../../domain/time.js';
import type { LatestRow } from '../../platform/store/readings.js';
import type { Latest, LatestReading, News2View } from '../protocol.js';

/** A device that measures by itself has missed three measures, and a radio that hiccups is not an outage. */
const MISSED_MEASURES = 3;
const SHORTEST_CONTINUOUS: Millis = 15 * MINUTE;
/** A spot measure is daily: a day, and two hours for a round that runs late. */
const SPOT: Millis = DAY + 2 * HOUR;

/** How long a value of this device may be shown as current. No cadence: somebody measures by hand. */
export const freshFor = (cadenceSeconds: number | null): Millis =>
  cadenceSeconds === null ? SPOT : Math.max(MISSED_MEASURES * cadenceSeconds * SECOND, SHORTEST_CONTINUOUS);

/** The value as the screens show it. `stale` is true from `staleAt` on. */
export const latestReading = (
  row: LatestRow,
  { cadenceSeconds, now }: { cadenceSeconds: number | null; now: EpochMillis },
): LatestReading => {
  const staleAt = row.time + freshFor(cadenceSeconds);
  return {
    metric: row.metric,
    value: row.value,
    unit: METRICS[row.metric].unit,
    time: toIso(row.time),
    receivedAt: toIso(row.receivedAt),
    quality: row.quality,
    stale: now >= staleAt,
    staleAt: toIso(staleAt),
  };
};

/** A score is computed from fresh, good values only: never from a stale or doubtful one, never imputed. */
const usable = (readings: readonly LatestReading[], metric: Metric): { value: number; time: string } | undefined => {
  const reading = readings.find((candidate) => candidate.metric === metric);
  if (!reading || reading.stale || reading.quality !== 'good' || typeof reading.value !== 'number') return undefined;
  return { value: reading.value, time: reading.time };
};

/** NEWS2 over what is fresh. Oxygen and consciousness are not measured by a device: the score says they are missing. */
export const news2Of = (readings: readonly LatestReading[], spo2Scale: 1 | 2): News2View => {
  const pulses = [usable(readings, 'heart_rate'), usable(readings, 'pulse_rate')].filter(
    (pulse) => pulse !== undefined,
  );
  const pulse = pulses.sort((a, b) => (a.time < b.time ? 1 : -1))[0];
  const { score, risk, missing, parts } = news2({
    respiratoryRate: usable(readings, 'respiratory_rate')?.value,
    spo2: usable(readings, 'spo2')?.value,
    spo2Scale,
    supplementalOxygen: undefined,
    systolicBp: usable(readings, 'systolic_bp')?.value,
    pulse: pulse?.value,
    consciousness: undefined,
    temperature: usable(readings, 'body_temperature')?.value,
  });
  const known = Object.entries(parts).filter((part): part is [string, number] => typeof part[1] === 'number');
  return { score, risk, missing: [...missing], parts: Object.fromEntries(known) };
};

/** Everything current of one resident. `device` looks a device up for its cadence. */
export const latestView = (
  rows: readonly LatestRow[],
  options: { spo2Scale: 1 | 2; device: (id: string) => Pick<Device, 'cadenceSeconds'> | null; now: EpochMillis },
): Latest => {
  const readings = rows.map((row) =>
    latestReading(row, { cadenceSeconds: options.device(row.device)?.cadenceSeconds ?? null, now: options.now }),
  );
  return { readings, news2: news2Of(readings, options.spo2Scale) };
};
