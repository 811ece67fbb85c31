import { describe, expect, it } from '@jest/globals';
import { encode } from 'cborg';
import fc from 'fast-check';
import { DecodeError } from '../../../domain/errors.js';
import { METRIC_NAMES, metricDefinition } from '../../../domain/metrics.js';
import { normalise, type NormalisedValue } from '../../../gateway/normalise.js';
import { loadCodecs, routeMessage } from '../../../gateway/route.js';

const codecs = await loadCodecs();
const receivedAt = Date.parse('2026-11-23T08:00:00Z');
const RUNS = { numRuns: 1500 };

const isCanonical = ({ metric, value }: NormalisedValue): boolean => {
  const definition = metricDefinition(metric);
  if (definition.kind === 'boolean' || typeof value === 'boolean') return typeof value === definition.kind;
  return value >= definition.limits[0] && value <= definition.limits[1];
};

/** Canonical values inside their limits, or a DecodeError; and always within the time one message may take. */
const survives = (topic: string, payload: Uint8Array, config = {}): void => {
  const started = performance.now();
  const route = routeMessage(codecs, { topic, payload });
  if (route === null || route === 'ignored') return;
  const input = { topic, payload, retained: false, receivedAt, config };
  let values: readonly NormalisedValue[] = [];
  try {
    values = normalise({ message: route.codec.decode(input), input, timezone: 'Europe/Paris' }).values;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(values.filter((value) => !isCanonical(value))).toEqual([]);
};

const relay = fc.constantFrom('home/g/BTtoMQTT/undecoded', 'home/g/BTtoMQTT/A4C1388D18B2');
const advert = (hex: string, uuid: string): Buffer =>
  Buffer.from(JSON.stringify({ id: 'A4:C1:38:8D:18:B2', servicedata: hex, servicedatauuid: uuid }));
const configs = fc.constantFrom({}, { role: 'sos_button' }, { role: 'body_scale' }, { bindKey: '0'.repeat(32) });

describe('whatever a relay hears', () => {
  it('as service data gives readings inside the limits or none', () => {
    const uuid = fc.constantFrom('0xfcd2', 'fcd2', '0x181b', '0x181d', '0xfe95');
    const info = fc.constantFrom('40', '41', '42', '43', '44', '45', 'e1', '');
    fc.assert(
      fc.property(relay, uuid, info, fc.uint8Array({ maxLength: 40 }), configs, (topic, id, first, bytes, config) =>
        survives(topic, advert(first + Buffer.from(bytes).toString('hex'), id), config),
      ),
      RUNS,
    );
  });

  it('as properties gives readings inside the limits or none', () => {
    const name = fc.constantFrom(
      ...['id', 'type', 'tempc', 'tempf', 'hum', 'co2', 'open', 'contact', 'motion', 'bpm', 'act_bpm', 'steps'],
      ...['weight', 'unit', 'weighing_mode', 'batt', 'button', 'encr', 'cipher', 'ctr', 'mic', '__proto__', 'packet'],
    );
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        'THB',
        'CTMO',
        'BODY',
        'SCALE',
        'BTN',
        'person',
        'kg',
        'lb',
        'open',
        'constructor',
        null,
      ),
      fc.double(),
      fc.boolean(),
      fc.integer().map(String),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex')),
      fc.constant([]),
      fc.constant({}),
      fc.constant(2),
    );
    fc.assert(
      fc.property(relay, fc.dictionary(name, value, { maxKeys: 8 }), configs, (topic, message, config) =>
        survives(topic, Buffer.from(JSON.stringify(message)), config),
      ),
      RUNS,
    );
  });

  it.each([
    ['nested 50 000 deep', '{"servicedatauuid":"0xfcd2","a":' + '['.repeat(50_000)],
    ['200 kB of service data', `{"id":"x","servicedatauuid":"0xfcd2","servicedata":"${'40'.repeat(100_000)}"}`],
    ['2 kB of service data', `{"id":"x","servicedatauuid":"0xfcd2","servicedata":"40${'3a01'.repeat(1_000)}"}`],
    ['100 000 properties', `{"id":"x",${Array.from({ length: 100_000 }, (_, n) => `"${n}":1`).join()}}`],
    ['an id of 100 kB', `{"id":"${'A'.repeat(100_000)}","tempc":20}`],
  ])('is answered in time: %s', (_what, text) => survives('home/g/BTtoMQTT/undecoded', Buffer.from(text)));
});

describe('whatever comes as SenML', () => {
  const label = fc.constantFrom('bn', 'bt', 'bu', 'bv', 'bver', 'n', 'u', 'v', 'vs', 'vb', 'vd', 's', 't', 'x_', 'x');
  const value = fc.oneof(
    fc.constantFrom<unknown>(...METRIC_NAMES, 'urn:dev:ow:a1:', 'Cel', '%', '/min', '__proto__', null, true, false),
    fc.double(),
    fc.integer({ min: -1000, max: 2_000_000_000 }),
  );
  const pack = fc.array(fc.dictionary(label, value, { maxKeys: 7 }), { maxLength: 6 });

  it('in JSON gives readings inside the limits or a DecodeError', () =>
    fc.assert(
      fc.property(pack, (records) => survives('senml/box', Buffer.from(JSON.stringify(records)))),
      RUNS,
    ));

  it('in CBOR gives readings inside the limits or a DecodeError', () => {
    const labels: Record<string, number> = { bver: -1, bn: -2, bt: -3, bu: -4, bv: -5, n: 0, u: 1, v: 2, vs: 3, vb: 4 };
    const bytes = pack.map((records) =>
      Buffer.from(
        encode(records.map((fields) => new Map(Object.entries(fields).map(([key, v]) => [labels[key] ?? key, v])))),
      ),
    );
    fc.assert(
      fc.property(bytes, fc.nat({ max: 255 }), fc.nat({ max: 200 }), fc.boolean(), (payload, byte, at, change) => {
        if (change && payload.length > 0) payload[at % payload.length] = byte;
        survives('senml/box', payload);
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (random) =>
        survives('senml/box', Buffer.concat([Buffer.from([0x82]), random])),
      ),
      RUNS,
    );
  });

  it.each([
    ['8 000 records', JSON.stringify(Array.from({ length: 8_000 }, () => ({ n: 'a:spo2', u: '%', v: 96 })))],
    ['nested 100 000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['a name of 100 kB', JSON.stringify([{ n: `${':'.repeat(100_000)}spo2`, v: 1 }])],
  ])('is answered in time: %s', (_what, text) => survives('senml/box', Buffer.from(text)));
});
