import { DecodeError } from '../../domain/errors.js';
import { isMetric, metricDefinition, type Metric } from '../../domain/metrics.js';
import { MINUTE } from '../../domain/time.js';
import type { Address, Codec, CodecInput, DecodedMessage } from './codec.js';
import { readPayload, rebirthCommand, type SparkplugMetric, type SparkplugPayload } from './sparkplug/payload.js';
import { nodeMemorySchema, type NodeMemory } from './sparkplug/memory.js';
import { at, createCollector, online } from './support/collector.js';

const TOPIC = /^spBv1\.0\/([^/]+)\/(?:(N)(BIRTH|DATA|DEATH)\/([^/]+)|(D)(BIRTH|DATA|DEATH)\/([^/]+)\/([^/]+))$/;
const OTHER = /^spBv1\.0\/(?:[^/]+\/[ND]CMD\/|STATE\/)/;
/** Number of the connection, in the birth and the will of a node. */
const BD_SEQ = 'bdSeq';

/** Engineering units as people write them → UCUM. */
const UNITS: Readonly<Record<string, string>> = {
  '°C': 'Cel',
  degC: 'Cel',
  '°F': '[degF]',
  bpm: '/min',
  rpm: '/min',
  mmHg: 'mm[Hg]',
  ppm: '[ppm]',
  lb: '[lb_av]',
};

interface Place {
  readonly group: string;
  readonly node: string;
  /** '' = the edge node itself. */
  readonly device: string;
  readonly kind: 'BIRTH' | 'DATA' | 'DEATH';
}

const placeOf = (topic: string): Place | null => {
  const match = TOPIC.exec(topic);
  if (!match) return null;
  return {
    group: match[1] as string,
    node: (match[4] ?? match[7]) as string,
    device: match[8] ?? '',
    kind: (match[3] ?? match[6]) as Place['kind'],
  };
};

/** The full path first: two nodes may each have a `bed1`. */
const addressOf = ({ group, node }: Pick<Place, 'group' | 'node'>, device: string): Address =>
  device === ''
    ? { identifier: `${group}/${node}`, aliases: [node] }
    : { identifier: `${group}/${node}/${device}`, aliases: [`${node}/${device}`, device] };

/**
 * Sparkplug B 3.0: `spBv1.0/<group>/<type>/<node>[/<device>]`, protobuf. A metric is ours when the last part of its
 * name is the name of a metric (`vitals/heart_rate`), in the unit `engUnit` says, else the metric's own. Data messages
 * may carry aliases only; the births that name them are remembered per edge node, and asked for when they are missing.
 */
export const codec: Codec = {
  name: 'sparkplug-b',
  examples: [
    {
      topic: 'spBv1.0/Meuse/DDATA/gw31/oxy1',
      // One metric, alias 1, float 74.
      payload: { hex: '1209100120096500009442' },
      given: [
        {
          topic: 'spBv1.0/Meuse/DBIRTH/gw31/oxy1',
          payload: { hex: '12190a11766974616c732f68656172745f72617465100120093801' },
        },
      ],
      gives: { heart_rate: 74 },
    },
  ],
  address(topic) {
    const place = placeOf(topic);
    if (place) return addressOf(place, place.device);
    return OTHER.test(topic) ? 'ignored' : null;
  },
  memoryKey(topic) {
    const place = placeOf(topic);
    return place && `${place.group}/${place.node}`;
  },
  decode(input) {
    const place = placeOf(input.topic);
    if (!place) throw new DecodeError('unknown_topic', 'expected a topic of the specification');
    const payload = readPayload(input.payload);
    const known = nodeMemorySchema.safeParse(input.memory).data ?? { births: {} };
    switch (place.kind) {
      case 'BIRTH':
        return birth(place, payload, known);
      case 'DEATH':
        return death(place, payload, known);
      case 'DATA':
        return data(place, payload, known, input);
    }
  },
};

const metricOf = (name: string): Metric | null => {
  const last = name.slice(name.lastIndexOf('/') + 1);
  return isMetric(last) ? last : null;
};

const unitOf = (metric: Metric, unit: string | undefined): string =>
  unit === undefined ? metricDefinition(metric).unit : Object.hasOwn(UNITS, unit) ? UNITS[unit]! : unit;

const readValue = (
  collector: ReturnType<typeof createCollector>,
  { value, timestamp }: SparkplugMetric,
  { metric, unit, sent }: { metric: Metric; unit: string; sent: number | undefined },
): void => {
  if (value === undefined) return;
  const epoch = timestamp ?? sent;
  const around = at(epoch === undefined ? null : { kind: 'instant', epoch });
  if (metricDefinition(metric).kind === 'boolean') collector.boolean(metric, value, around);
  else collector.number(metric, value, { ...around, unit });
};

const bdSeqOf = ({ metrics }: SparkplugPayload): number | undefined => {
  const value = metrics.find(({ name }) => name === BD_SEQ)?.value;
  return typeof value === 'number' ? value : undefined;
};

const birth = (place: Place, payload: SparkplugPayload, known: NodeMemory): DecodedMessage => {
  const collector = createCollector();
  const aliases: NodeMemory['births'][string] = {};
  for (const metric of payload.metrics) {
    const named = metric.name === undefined ? null : metricOf(metric.name);
    if (named === null) continue;
    const unit = unitOf(named, metric.unit);
    if (metric.alias !== undefined) aliases[`${metric.alias}`] = [named, unit];
    // A birth repeats what was: a call for help in it is not a new one.
    if (named !== 'sos' && named !== 'fall')
      readValue(collector, metric, { metric: named, unit, sent: payload.timestamp });
  }
  collector.add('device_online', true, '1');
  const bdSeq = bdSeqOf(payload);
  // The birth of a node ends what its devices' aliases meant: each has its own birth after it.
  const memory: NodeMemory =
    place.device === ''
      ? { births: { '': aliases }, ...(bdSeq === undefined ? {} : { bdSeq }) }
      : { ...known, births: { ...known.births, [place.device]: aliases } };
  return collector.message({ memory });
};

const death = (place: Place, payload: SparkplugPayload, known: NodeMemory): DecodedMessage => {
  if (place.device !== '') return online(false);
  const bdSeq = bdSeqOf(payload);
  // The will of an earlier connection, delivered after the new birth.
  if (bdSeq !== undefined && known.bdSeq !== undefined && bdSeq !== known.bdSeq) return { values: [] };
  const devices = Object.keys(known.births).filter((device) => device !== '');
  const values = ['', ...devices].flatMap((device) => online(false, addressOf(place, device)).values);
  return { values, retainedIsCurrent: true };
};

const data = (place: Place, payload: SparkplugPayload, known: NodeMemory, input: CodecInput): DecodedMessage => {
  const collector = createCollector();
  const aliases = Object.hasOwn(known.births, place.device) ? known.births[place.device] : undefined;
  let nameless = 0;
  for (const metric of payload.metrics) {
    if (metric.name !== undefined) {
      const named = metricOf(metric.name);
      if (named !== null)
        readValue(collector, metric, { metric: named, unit: unitOf(named, metric.unit), sent: payload.timestamp });
    } else if (aliases && metric.alias !== undefined) {
      const born = Object.hasOwn(aliases, metric.alias) ? aliases[metric.alias] : undefined;
      if (born && isMetric(born[0]))
        readValue(collector, metric, { metric: born[0], unit: born[1], sent: payload.timestamp });
    } else nameless += 1;
  }
  if (nameless === 0) return collector.message();
  collector.refuse('alias', 'unknown_metric', `${nameless} aliases and no birth message that names them`);
  return collector.message(rebirth(place, known, input));
};

/** Asks the node for its births, at most once a minute. */
const rebirth = ({ group, node }: Place, known: NodeMemory, { receivedAt }: CodecInput): Partial<DecodedMessage> => {
  if (known.asked !== undefined && Math.abs(receivedAt - known.asked) < MINUTE) return {};
  const request = { topic: `spBv1.0/${group}/NCMD/${node}`, payload: rebirthCommand(receivedAt) };
  return { memory: { ...known, asked: receivedAt }, requests: [request] };
};
