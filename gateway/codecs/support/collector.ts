import { metricDefinition, type Metric } from '../../../domain/metrics.js';
import type { Address, DecodedMessage, DecodedValue, DeviceTime, RejectedValue } from '../codec.js';
import { typeName } from './json.js';

/** What a value carries besides its number. */
export type Circumstances = Partial<Pick<DecodedValue, 'time' | 'quality' | 'device'>>;

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
]);

/** Gathers what one message says: `null` and what is missing is no value, what has another type is refused. */
export const createCollector = () => {
  const values: DecodedValue[] = [];
  const rejected: RejectedValue[] = [];
  const refuse = (name: string, reason: RejectedValue['reason'], detail: string): void => {
    rejected.push({ metric: name, reason, detail: `${name}: ${detail}` });
  };
  const add = (metric: Metric, value: number | boolean, unit: string, around: Circumstances = {}): void => {
    values.push({ metric, value, unit, ...around });
  };
  return {
    add,
    refuse,
    /** A number in `unit`, the metric's own when it is left out. */
    number(metric: Metric, value: unknown, { unit, ...around }: Circumstances & { unit?: string } = {}): void {
      if (value === undefined || value === null) return;
      if (typeof value === 'number' && Number.isFinite(value))
        add(metric, value, unit ?? metricDefinition(metric).unit, around);
      else refuse(metric, 'invalid_value', `expected a number, came ${typeName(value)}`);
    },
    /** True or false, also as 1 or 0. */
    boolean(metric: Metric, value: unknown, around: Circumstances = {}): void {
      if (value === undefined || value === null) return;
      const known = BOOLEANS.get(value);
      if (known === undefined) refuse(metric, 'invalid_value', `expected a boolean, came ${typeName(value)}`);
      else add(metric, known, '1', around);
    },
    message: (more: Omit<DecodedMessage, 'values' | 'rejected'> = {}): DecodedMessage => ({
      values,
      ...(rejected.length > 0 ? { rejected } : {}),
      ...more,
    }),
  };
};

export type Collector = ReturnType<typeof createCollector>;

/** Seconds since 1970 as a device time; undefined when it is no number. */
export const unixSeconds = (seconds: unknown): DeviceTime | undefined =>
  typeof seconds === 'number' && Number.isFinite(seconds) ? { kind: 'instant', epoch: seconds * 1_000 } : undefined;

/** `{ time }` or `{}`: what an optional time adds to a value. */
export const at = (time: DeviceTime | null | undefined): Pick<Circumstances, 'time'> => (time ? { time } : {});

/** The availability of a device; a will is retained and still true. */
export const online = (value: boolean, device?: Address): DecodedMessage => ({
  values: [{ metric: 'device_online', value, unit: '1', ...(device ? { device } : {}) }],
  retainedIsCurrent: true,
});
