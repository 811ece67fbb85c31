/** What a page about one person shows, in its order. */
import type { Metric } from '../../../domain/metrics.js';

export type MeasureName = 'spo2' | 'pulse' | 'rr' | 'bp' | 'temperature' | 'weight' | 'glucose';

export interface Measure {
  readonly name: MeasureName;
  /** The first that was received newest is shown. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** Shown although nothing was ever received. */
  readonly always: boolean;
}

export const MEASURES: readonly Measure[] = [
  { name: 'spo2', metrics: ['spo2'], always: true },
  { name: 'pulse', metrics: ['pulse_rate', 'heart_rate'], always: true },
  { name: 'rr', metrics: ['respiratory_rate'], always: true },
  { name: 'bp', metrics: ['systolic_bp'], always: true },
  { name: 'temperature', metrics: ['body_temperature'], always: true },
  { name: 'weight', metrics: ['body_weight'], always: false },
  { name: 'glucose', metrics: ['glucose'], always: false },
];

/** Units as people write them; storage keeps UCUM. */
export const UNITS: Record<MeasureName, string> = {
  spo2: '%',
  pulse: '/min',
  rr: '/min',
  bp: 'mmHg',
  temperature: '°C',
  weight: 'kg',
  glucose: 'mg/dL',
};
