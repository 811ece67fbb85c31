import type { Codec, CodecExample, CodecInput, DecodedMessage } from '../../gateway/codecs/codec.js';

export const examplePayload = ({ payload }: Pick<CodecExample, 'payload'>): Buffer =>
  typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload.hex, 'hex');

/** Decodes an example after the messages it says came before. */
export const decodeExample = (
  codec: Codec,
  example: CodecExample,
  receivedAt: number,
): { input: CodecInput; message: DecodedMessage } => {
  const config = example.config ?? {};
  const memories = new Map<string, unknown>();
  const messages = [...(example.given ?? []), example].map((given) => {
    const { topic } = given;
    const key = codec.memoryKey?.(topic) ?? null;
    const memory = key === null ? undefined : memories.get(key);
    const input = {
      topic,
      payload: examplePayload(given),
      retained: false,
      receivedAt,
      config,
      configOf: () => config,
      memory,
    };
    const message = codec.decode(input);
    if (key !== null && message.memory !== undefined) memories.set(key, message.memory);
    return { input, message };
  });
  return messages.at(-1)!;
};
