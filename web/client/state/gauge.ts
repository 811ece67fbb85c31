/** Where a value stands between its limits. Pure; fractions of the gauge's width. */
import type { Limits } from './history.js';

export interface Zone {
  readonly level: 'crit' | 'med';
  readonly from: number;
  readonly to: number;
}
export interface Gauge {
  readonly zones: readonly Zone[];
  readonly value: number;
}

const clamp = (fraction: number): number => Math.min(1, Math.max(0, fraction));

/** Null without any limit: a bar alone would say nothing. */
export const gaugeOf = (value: number, limits: Limits, usual: readonly [low: number, high: number]): Gauge | null => {
  const { criticalLow, low, high, criticalHigh } = limits;
  const known = [criticalLow, low, high, criticalHigh].filter((limit) => limit !== null);
  if (known.length === 0) return null;
  const width = usual[1] - usual[0];
  const start = Math.min(usual[0], ...known.map((limit) => limit - width * 0.12));
  const end = Math.max(usual[1], ...known.map((limit) => limit + width * 0.12));
  const at = (one: number): number => clamp((one - start) / (end - start));
  const zones: Zone[] = [];
  if (criticalLow !== null) zones.push({ level: 'crit', from: 0, to: at(criticalLow) });
  if (low !== null) zones.push({ level: 'med', from: criticalLow === null ? 0 : at(criticalLow), to: at(low) });
  if (high !== null) zones.push({ level: 'med', from: at(high), to: criticalHigh === null ? 1 : at(criticalHigh) });
  if (criticalHigh !== null) zones.push({ level: 'crit', from: at(criticalHigh), to: 1 });
  return { zones, value: at(value) };
};
