import { describe, expect, it } from '@jest/globals';
import { isMetric } from '../../../domain/metrics.js';
import { normalise } from '../../../gateway/normalise.js';
import { loadCodecs, routeMessage, routeTopic } from '../../../gateway/route.js';
import { decodeExample, examplePayload } from '../../support/codec-example.js';

const codecs = await loadCodecs();
const receivedAt = Date.parse('2026-11-23T08:00:00Z');

describe('the codecs', () => {
  it('are found by their folder, in the order of their names', () => {
    const names = codecs.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['gatt', 'vigie-json', 'zigbee2mqtt']));
    expect(names).toEqual([...new Set(names)].sort());
  });

  it('leave topics alone that are nobody’s', () => {
    const fixed = codecs.filter(({ learnsTopics }) => !learnsTopics);
    for (const topic of ['', '/', 'vigie', 'zigbee2mqtt', 'zigbee2mqtt/', 'gatt/a/b', 'home/x/y', '$SYS/broker/uptime'])
      expect([topic, routeTopic(fixed, topic)]).toEqual([topic, null]);
  });
});

describe.each(codecs.map((codec) => [codec.name, codec] as const))('the codec %s', (_name, codec) => {
  it('has at least one example', () => expect(codec.examples.length).toBeGreaterThan(0));

  it.each(codec.examples.map((example) => [example.topic, example] as const))(
    'reads its example %s',
    (topic, example) => {
      const payload = examplePayload(example);
      expect(routeMessage(codecs, { topic, payload })).toMatchObject({ codec: { name: codec.name } });
      const { input, message } = decodeExample(codec, example, receivedAt);
      const { values, dropped } = normalise({ message, input, timezone: 'Europe/Paris' });
      expect(dropped).toEqual([]);
      expect(Object.fromEntries(values.map(({ metric, value }) => [metric, value]))).toEqual(example.gives);
      expect(Object.keys(example.gives).every(isMetric)).toBe(true);
      expect(codec.configSchema?.safeParse(example.config ?? {}).success ?? true).toBe(true);
    },
  );

  it('gives the same output for the same input', () => {
    const example = codec.examples[0]!;
    const { input, message } = decodeExample(codec, example, receivedAt);
    expect(codec.decode(input)).toEqual(message);
    expect(Buffer.from(input.payload).equals(examplePayload(example))).toBe(true);
  });
});
