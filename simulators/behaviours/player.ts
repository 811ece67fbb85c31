import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { EpochMillis, Millis } from '../../domain/time.js';

/** A recorded human series: milliseconds since its first sample, and values. */
export interface Recording {
  readonly duration: Millis;
  /** The last sample at or before this moment; it starts again at its end. */
  at(since: Millis): number;
}

/** US date and AM/PM time without a zone, e.g. `4/1/2016 7:54:05 AM`; counted as if it were UTC. Null = not one. */
const parseUsTime = (text: string): EpochMillis | null => {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$/.exec(text.trim());
  if (!match) return null;
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const hours = (hour % 12) + (match[7] === 'PM' ? 12 : 0);
  return Date.UTC(year, month - 1, day, hours, minute, second);
};

/** The device was taken off: longer silences are cut down to this, so that a loop is not mostly silence. */
const LONGEST_GAP: Millis = 60_000;

/**
 * Reads a Fitbit heart-rate export (`Id,Time,Value`). Lines that are not a sample are skipped. Throws when nothing is
 * left, naming the file.
 */
export const readFitbitHeartRate = async (file: string | URL): Promise<Recording> => {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const samples: { since: Millis; value: number }[] = [];
  let before: EpochMillis | null = null;
  for (const line of lines) {
    const [, time = '', text = ''] = line.split(',');
    const at = parseUsTime(time);
    const value = Number(text);
    if (at === null || !Number.isFinite(value) || text.trim() === '') continue;
    const last = samples.at(-1)?.since ?? 0;
    samples.push({ since: before === null ? 0 : last + Math.min(LONGEST_GAP, Math.max(0, at - before)), value });
    before = at;
  }
  const end = samples.at(-1);
  if (!end) throw new Error(`${String(file)}: expected lines "Id,Time,Value", found none`);
  return {
    duration: end.since + 1,
    at: (since) => valueAt(samples, ((since % (end.since + 1)) + end.since + 1) % (end.since + 1)),
  };
};

const valueAt = (samples: readonly { since: Millis; value: number }[], since: Millis): number => {
  let low = 0;
  let high = samples.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((samples[middle]?.since ?? 0) <= since) low = middle;
    else high = middle - 1;
  }
  return samples[low]?.value ?? 0;
};

const NAME = 'fitbit-heart-rate.csv';

/** The recording shipped with the product (`recordings/ORIGIN.md`): beside the sources, also for the compiled program. */
export const shippedHeartRate = (): URL => {
  const beside = new URL(`../recordings/${NAME}`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../../../simulators/recordings/${NAME}`, import.meta.url);
};
