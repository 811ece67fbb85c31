import type { Alert } from '../../domain/alert.js';
import type { Reading } from '../../domain/reading.js';
import { evaluate } from './engine.js';
import { rule } from './rules/threshold.js';

/**
 * How many alerts these limits would have given on these readings of one resident, in order of reception. Pure: the
 * same rule, lifecycle and engine as live, with nobody who acts.
 */
export const previewThresholds = (readings: readonly Reading[], settings: unknown): number => {
  const site = readings[0]?.site ?? '';
  const open = new Map<string, Alert>();
  const memory = new Map<string, unknown>();
  const rang = new Set<string>();
  for (let from = 0; from < readings.length; from += 1_000) {
    const batch = readings.slice(from, from + 1_000);
    const now = batch.at(-1)!.receivedAt;
    const output = evaluate([rule], { readings: batch, open, memory, settings: () => settings, now, site });
    for (const { alert, to } of output.events) if (to.condition === 'active') rang.add(alert);
    for (const alert of output.alerts) {
      // A critical alert that ended waits for somebody: here somebody comes at once, so that the next one counts.
      if (alert.workflow === 'closed' || alert.condition === 'ended') open.delete(alert.episode);
      else open.set(alert.episode, alert);
    }
    for (const [key, value] of output.memory) {
      if (value === undefined) memory.delete(key);
      else memory.set(key, value);
    }
  }
  return rang.size;
};
