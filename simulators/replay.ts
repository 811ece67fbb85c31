import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { VigieError } from '../domain/errors.js';
import { type EpochMillis, type Millis, MINUTE } from '../domain/time.js';
import type { Log } from '../platform/log.js';
import { Link, type LinkCounts } from './link.js';
import { shiftPayload } from './shift.js';

/** A message of a recording: the corpus format (`corpus/vector.schema.json`); other fields are ignored. */
const recordedSchema = z
  .object({
    topic: z.string().min(1),
    payload: z.string().optional(),
    payloadBase64: z.base64().optional(),
    receivedAt: z.iso.datetime({ offset: true }),
    retained: z.boolean().optional(),
  })
  .refine((message) => (message.payload === undefined) !== (message.payloadBase64 === undefined), {
    error: 'expected either "payload" or "payloadBase64"',
  });

export interface ReplayMessage {
  readonly at: EpochMillis;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

/**
 * Reads a recording: a JSON array, or one JSON object a line. Messages are put in the order of reception. Throws
 * `replay.invalid` with the number of the first message that is not one; never quotes it.
 */
export const readRecording = async (file: string): Promise<ReplayMessage[]> => {
  const text = (await readFile(file, 'utf8')).trim();
  const invalid = (position: number, why: string): VigieError =>
    new VigieError('replay.invalid', `message ${position}: ${why}`);
  const parse = (json: string, position: number): unknown => {
    try {
      return JSON.parse(json) as unknown;
    } catch {
      throw invalid(position, 'expected JSON');
    }
  };
  const all = text.startsWith('[')
    ? parse(text, 1)
    : text.split(/\r?\n/).flatMap((line, i) => (line ? [parse(line, i + 1)] : []));
  return (all as unknown[])
    .map((raw, index): ReplayMessage => {
      const result = recordedSchema.safeParse(raw);
      if (!result.success)
        throw invalid(
          index + 1,
          result.error.issues.map((each) => `${each.path.join('.')} ${each.message}`.trim()).join('; '),
        );
      const { topic, payload, payloadBase64, receivedAt, retained = false } = result.data;
      return {
        at: Date.parse(receivedAt),
        topic,
        payload: payload === undefined ? Buffer.from(payloadBase64 ?? '', 'base64') : Buffer.from(payload),
        retain: retained,
      };
    })
    .sort((a, b) => a.at - b.at);
};

export interface ReplayOptions {
  readonly brokerUrl: string;
  readonly username?: string;
  readonly password?: string;
  /** Recorded seconds per real second. */
  readonly speed?: number;
  /** Longer silences of the recording are cut down to this. */
  readonly longestGap?: Millis;
  /** Zone of device clocks without one. */
  readonly zone?: string;
  readonly now?: () => EpochMillis;
  readonly log: Log;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const RECONNECT_AFTER: Millis = 2_000;
const PATIENCE: Millis = 10_000;

/**
 * Publishes a recording as if it happened now: the intervals are kept (up to `longestGap`), and the times inside the
 * payloads move along with the message that carries them. Throws `replay.unreachable` when the broker does not take us.
 */
export const replayRecording = async (file: string, options: ReplayOptions): Promise<LinkCounts> => {
  const {
    brokerUrl,
    username,
    password,
    speed = 1,
    longestGap = MINUTE,
    zone = 'Europe/Paris',
    now = Date.now,
  } = options;
  const messages = await readRecording(file);
  const link = new Link({
    brokerUrl,
    clientId: `replay-${process.pid}`,
    reconnectAfter: RECONNECT_AFTER,
    log: options.log,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  });
  const patience = Date.now() + PATIENCE;
  while (!link.connected && Date.now() < patience && !options.signal?.aborted)
    await new Promise((resolve) => setTimeout(resolve, 20));
  if (!link.connected) {
    await link.stop();
    throw new VigieError('replay.unreachable', `expected a broker that accepts us at ${new URL(brokerUrl).host}`);
  }
  let before: EpochMillis | null = null;
  let due = now();
  try {
    for (const [index, { at, topic, payload, retain }] of messages.entries()) {
      due += before === null ? 0 : Math.min(longestGap, at - before) / speed;
      before = at;
      while (now() < due && !options.signal?.aborted)
        await new Promise((resolve) => setTimeout(resolve, Math.min(200, due - now())));
      while (!link.hasRoom && !options.signal?.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
      if (options.signal?.aborted) break;
      link.send({ topic, retain, payload: shiftPayload({ topic, payload }, { by: now() - at, zone }) });
      options.onProgress?.(index + 1, messages.length);
    }
  } finally {
    await link.stop();
  }
  return link.counts;
};
