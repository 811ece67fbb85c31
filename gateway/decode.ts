import { z } from 'zod';
import { deviceConfigSchema, type DeviceConfig } from '../domain/device.js';
import { DecodeError, VigieError, type QuarantineReason } from '../domain/errors.js';
import { metricDefinition, type Metric } from '../domain/metrics.js';
import { readingId, type Quality } from '../domain/reading.js';
import type { DeviceId } from '../domain/ids.js';
import { toIso, type EpochMillis } from '../domain/time.js';
import type { Address, Codec } from './codecs/codec.js';
import { createCodecMemory, type Recollection } from './codec-memory.js';
import { duplicateCheck, isDuplicate } from './duplicates.js';
import { normalise, type NormalisedValue } from './normalise.js';
import { partsOf } from './parts.js';
import { routeMessage } from './route.js';

/** Corpus rule 3: the zone of device times when provisioning names none. */
const DEFAULT_TIMEZONE = 'Europe/Paris';

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const onePayload = (message: { payload?: string | undefined; payloadBase64?: string | undefined }): boolean =>
  (message.payload === undefined) !== (message.payloadBase64 === undefined);
const ONE_PAYLOAD = 'expected either "payload" or "payloadBase64"';

const message = {
  topic: z.string().min(1),
  payload: z.string().optional(),
  payloadBase64: z.base64().optional(),
  retained: z.boolean().default(false),
};
const vectorSchema = z
  .object({
    ...message,
    id: z.string().min(1),
    receivedAt: instant,
    config: deviceConfigSchema.default({}),
    given: z
      .array(z.object({ ...message, receivedAt: instant.optional() }).refine(onePayload, ONE_PAYLOAD))
      .default([]),
  })
  .refine(onePayload, ONE_PAYLOAD);

/** A file of device messages (`corpus/vector.schema.json`); what is only for people (`origin`, `note`…) is not read. */
export const vectorFileSchema = z
  .array(vectorSchema)
  .refine((vectors) => new Set(vectors.map(({ id }) => id)).size === vectors.length, 'expected unique ids');
export type DecodeVector = z.infer<typeof vectorSchema>;

/** Parses the text of a vector file. Throws `VigieError` `decode.file` that names each fault and where it is. */
export const parseVectors = (text: string): readonly DecodeVector[] => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new VigieError('decode.file', `expected a JSON array of messages: ${(cause as Error).message}`, { cause });
  }
  const parsed = vectorFileSchema.safeParse(json);
  if (!parsed.success) throw new VigieError('decode.file', z.prettifyError(parsed.error));
  return parsed.data;
};

export interface DecodedVector {
  readonly id: string;
  /** The device as its topic names it; null when no codec knows the topic. */
  readonly address: Address | null;
  readonly receivedAt: EpochMillis;
  readonly values: readonly NormalisedValue[];
  readonly quarantined: QuarantineReason | null;
}

/** One line of `vigie decode` (contract §1). */
export interface DecodedLine {
  readonly id: string;
  readonly readings: readonly {
    readonly metric: Metric;
    readonly value: number | boolean;
    readonly unit: string;
    readonly time: string;
    readonly quality: Quality;
  }[];
  readonly quarantined?: QuarantineReason;
}

/** Takes each vector down the pure part of the road, after the messages it says came before. */
export const decodeVectors = (vectors: readonly DecodeVector[], codecs: readonly Codec[]): readonly DecodedVector[] =>
  vectors.map((vector) => {
    const memory: Memory = { seen: new Map(), readings: new Set(), codecs: createCodecMemory() };
    for (const given of vector.given)
      decodeOne({ ...given, receivedAt: given.receivedAt ?? vector.receivedAt, config: vector.config }, codecs, memory);
    return { id: vector.id, receivedAt: vector.receivedAt, ...decodeOne(vector, codecs, memory) };
  });

export const toLine = ({ id, values, quarantined }: DecodedVector): DecodedLine => ({
  id,
  readings: values.map(({ metric, value, time, quality }) => ({
    metric,
    value,
    unit: metricDefinition(metric).unit,
    time: toIso(time),
    quality,
  })),
  ...(quarantined === null ? {} : { quarantined }),
});

interface Memory {
  readonly seen: Map<string, EpochMillis>;
  readonly readings: Set<string>;
  readonly codecs: Recollection;
}
interface Message {
  readonly topic: string;
  readonly payload?: string | undefined;
  readonly payloadBase64?: string | undefined;
  readonly retained: boolean;
  readonly receivedAt: EpochMillis;
  readonly config: DeviceConfig;
}
type Outcome = Pick<DecodedVector, 'address' | 'values' | 'quarantined'>;

const decodeOne = (message: Message, codecs: readonly Codec[], memory: Memory): Outcome => {
  const { topic, retained, receivedAt, config } = message;
  const payload = Buffer.from(
    message.payloadBase64 ?? message.payload ?? '',
    message.payloadBase64 ? 'base64' : 'utf8',
  );
  const route = routeMessage(codecs, { topic, payload });
  if (route === null) return { address: null, values: [], quarantined: 'unknown_topic' };
  if (route === 'ignored') return { address: null, values: [], quarantined: null };
  const { codec, address } = route;
  const key = codec.memoryKey?.(topic) ?? null;
  const recalled = key === null ? undefined : memory.codecs.recall(codec.name, key);
  const input = { topic, payload, retained, receivedAt, config, configOf: () => config, memory: recalled };
  try {
    const decoded = codec.decode(input);
    if (key !== null && decoded.memory !== undefined) memory.codecs.remember(codec.name, key, decoded.memory);
    const parts = partsOf(decoded, address).map((part) => ({
      device: deviceOf(part.address),
      ...normalise({ message: part.message, input, timezone: DEFAULT_TIMEZONE }),
    }));
    const fault = parts.flatMap(({ dropped }) => dropped).find(({ reason }) => reason !== 'retained')?.reason;
    const values = parts.flatMap((part) => part.values);
    const check = duplicateCheck({
      codec,
      device: parts.map((part) => part.device).join(' '),
      message: decoded,
      values,
      topic,
      payload,
      dup: false,
    });
    if (check) {
      const duplicate = isDuplicate(check, { seenAt: memory.seen.get(check.key), receivedAt });
      memory.seen.set(check.key, receivedAt);
      if (duplicate) return { address, values: [], quarantined: null };
    }
    const fresh = parts.flatMap((part) => part.values.filter((value) => isNew(memory, part.device, value)));
    return { address, values: fresh, quarantined: (fault as QuarantineReason | undefined) ?? null };
  } catch (error) {
    const reason = error instanceof DecodeError ? error.reason : 'codec_failure';
    return { address, values: [], quarantined: reason };
  }
};

const deviceOf = ({ site = '', identifier }: Address): string => `${site}/${identifier}`;

const isNew = ({ readings }: Memory, device: string, value: NormalisedValue): boolean => {
  const id = readingId({ ...value, device: device as DeviceId });
  if (readings.has(id)) return false;
  readings.add(id);
  return true;
};
