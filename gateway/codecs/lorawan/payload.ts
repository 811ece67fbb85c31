import type { DeviceConfig } from '../../../domain/device.js';
import { DecodeError } from '../../../domain/errors.js';
import { metricDefinition, type Metric } from '../../../domain/metrics.js';
import type { DecodedValue, DeviceTime, RejectedValue } from '../codec.js';
import type { Bytes } from '../support/bytes.js';

/** The application bytes of one uplink, decrypted by the network server. */
export interface Uplink {
  readonly bytes: Uint8Array;
  readonly port: number;
  readonly config: DeviceConfig;
}

/** What a payload says. A value without `time` was measured when the network heard it. */
export interface Payload {
  readonly values: readonly DecodedValue[];
  readonly rejected: readonly RejectedValue[];
}

/** Reads one maker's bytes. Throws `DecodeError` when nothing of them can be read. */
export type PayloadDecoder = (uplink: Uplink) => Payload;

export const NOTHING: Payload = { values: [], rejected: [] };

/** Collects values in the canonical unit of their metric. */
export interface Collector {
  readonly values: DecodedValue[];
  readonly rejected: RejectedValue[];
  add(metric: Metric, value: number | boolean, time?: DeviceTime): void;
  reject(what: string, detail: string): void;
}

export const collector = (): Collector => {
  const values: DecodedValue[] = [];
  const rejected: RejectedValue[] = [];
  return {
    values,
    rejected,
    add(metric, value, time) {
      values.push({ metric, value, unit: metricDefinition(metric).unit, ...(time ? { time } : {}) });
    },
    reject(what, detail) {
      rejected.push({ metric: what, reason: 'invalid_value', detail: `${what}: ${detail}` });
    },
  };
};

/** Unix seconds of the device's own clock, as history records carry them. */
export const unixTime = (seconds: number): DeviceTime => ({ kind: 'instant', epoch: seconds * 1000 });

/** Reads one field whose type was read already. False: the type is not known, and so neither is its length. */
export type ReadField = (bytes: Bytes, out: Collector) => boolean;

/**
 * Reads fields until the end. Where a field is unknown or cut off, the rest cannot be read: it is rejected, and what
 * came before is kept. Throws when there was nothing before.
 */
export const readFields = (bytes: Bytes, read: ReadField, what: string): Payload => {
  const out = collector();
  for (let fields = 0; bytes.remaining() > 0; fields++) {
    const at = `${what}: field ${fields + 1}`;
    const fault = faultOf(bytes, read, out, at);
    if (!fault) continue;
    if (out.values.length === 0 && fields === 0) throw fault;
    out.rejected.push({ metric: at, reason: fault.reason, detail: fault.message });
    break;
  }
  return out;
};

const faultOf = (bytes: Bytes, read: ReadField, out: Collector, at: string): DecodeError | null => {
  try {
    return read(bytes, out) ? null : new DecodeError('malformed_payload', `${at} is of an unknown type`);
  } catch (error) {
    if (error instanceof DecodeError) return new DecodeError(error.reason, `${at}: ${error.message}`);
    throw error;
  }
};

/** Big-endian, as Elsys and Cayenne LPP write numbers. */
export const u16be = (bytes: Bytes): number => bytes.u8() * 0x100 + bytes.u8();
export const s16be = (bytes: Bytes): number => (u16be(bytes) << 16) >> 16;

/** A button is a call for help only where provisioning says so (corpus rule 8). */
export const addPress = ({ config }: Pick<Uplink, 'config'>, out: Collector, time?: DeviceTime): void => {
  if (config.role === 'sos_button') out.add('sos', true, time);
};
