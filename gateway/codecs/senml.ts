import type { Address, Codec, CodecInput, DecodedValue, DeviceTime, RejectedValue } from './codec.js';
import { isCbor, parseCborPack } from './senml/cbor.js';
import { deviceAddress, divideName } from './senml/name.js';
import { resolvePack, type SenmlRecord } from './senml/pack.js';
import { parseJson, textOf, typeName } from './support/json.js';

const TOPIC = /^senml\/([^/]+)(?:\/.*)?$/;

/** IANA SenML units that UCUM writes otherwise; the others are the same in both. No unit = a plain number. */
const UCUM: Readonly<Record<string, string>> = {
  'beat/min': '/min',
  '%RH': '%',
  '%EL': '%',
  '/': '1',
  count: '1',
  ppm: '[ppm]',
  ppb: '[ppb]',
  'mg/l': 'mg/L',
  'g/l': 'g/L',
};

/**
 * SenML packs (RFC 8428) in JSON or CBOR on `senml/{sender}`. A record's name is a device and a metric of ours:
 * `urn:dev:mac:0024befffe804ff1:heart_rate`; a metric alone is measured by the sender. IANA has no unit for blood
 * pressure in mmHg or glucose in mg/dL: `mm[Hg]`, `Pa`, `mg/dL` and any other UCUM unit of the metric are read.
 */
export const codec: Codec = {
  name: 'senml',
  examples: [
    {
      topic: 'senml/box-031',
      payload:
        '[{"bn":"urn:dev:mac:0024befffe804ff1:","n":"heart_rate","u":"beat/min","v":72},{"n":"spo2","u":"%","v":96}]',
      gives: { heart_rate: 72, spo2: 96 },
    },
    {
      topic: 'senml/thermo-4',
      payload: '[{"n":"body_temperature","u":"K","v":310.15}]',
      gives: { body_temperature: 37 },
    },
    {
      topic: 'senml/box-031',
      payload: {
        hex:
          '82a4006473706f3201612502186021781d75726e3a6465763a6d61633a303032346265666666653830346666313aa2' +
          '0069646f6f725f6f70656e04f5',
      },
      gives: { spo2: 96, door_open: true },
    },
  ],
  address(topic) {
    const sender = TOPIC.exec(topic)?.[1];
    return sender === undefined ? null : { identifier: sender };
  },
  decode(input) {
    const pack = isCbor(input.payload) ? parseCborPack(input.payload) : parseJson(textOf(input.payload));
    const { records, faults } = resolvePack(pack);
    const devices = new Map<string, Address>();
    const values: DecodedValue[] = [];
    const rejected: RejectedValue[] = faults.map(({ detail }) => ({
      metric: 'record',
      reason: 'malformed_payload',
      detail: `record: ${detail}`,
    }));
    for (const record of records) {
      const name = divideName(record.name);
      const device = name?.device ? addressIn(devices, name.device) : undefined;
      const of = device ? { device } : {};
      if (!name) rejected.push({ metric: 'n', reason: 'malformed_payload', detail: 'n: not a SenML name' });
      else if (name.metric === null)
        rejected.push({ metric: 'n', reason: 'unknown_metric', detail: 'n: does not end in a metric', ...of });
      else if (typeof record.value === 'number' || typeof record.value === 'boolean')
        values.push({
          metric: name.metric,
          value: record.value,
          unit: unitOf(record),
          ...timeOf(record, input),
          ...of,
        });
      else {
        const detail = `${name.metric}: expected v or vb, came ${typeName(record.value)}`;
        rejected.push({ metric: name.metric, reason: 'invalid_value', detail, ...of });
      }
    }
    return { values, rejected };
  },
};

const addressIn = (devices: Map<string, Address>, name: string): Address => {
  const known = devices.get(name) ?? deviceAddress(name);
  devices.set(name, known);
  return known;
};

const unitOf = ({ unit, value }: SenmlRecord): string => {
  if (unit === null || typeof value === 'boolean') return '1';
  return Object.hasOwn(UCUM, unit) ? (UCUM[unit] as string) : unit;
};

/** "Now" of a retained pack was when it was sent, which nobody knows. */
const timeOf = ({ time }: SenmlRecord, { retained, receivedAt }: CodecInput): { time?: DeviceTime } => {
  if (time === null || (time.kind === 'relative' && retained)) return {};
  const epoch = time.seconds * 1000 + (time.kind === 'relative' ? receivedAt : 0);
  return { time: { kind: 'instant', epoch } };
};
