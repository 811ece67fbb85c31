import { isMetric, METRIC_NAMES, type Metric } from '../../../domain/metrics.js';
import type { Address } from '../codec.js';
import { macSpellings } from '../support/mac.js';

/** RFC 8428 §4.5.1. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9:./_-]*$/;

export interface SenmlName {
  /** As written before the metric; empty when the name is the metric alone. */
  readonly device: string;
  readonly metric: Metric | null;
}

/**
 * Divides a name into device and metric: `urn:dev:mac:0024befffe804ff1:heart_rate`, `box-7/heart_rate`, or with the
 * underscore of RFC 9039 `urn:dev:ow:264437f5000000ed_heart_rate`. Null when it is no SenML name.
 */
export const divideName = (name: string): SenmlName | null => {
  if (name.length > 256 || !NAME.test(name)) return null;
  const end = Math.max(name.lastIndexOf(':'), name.lastIndexOf('/'), name.lastIndexOf('.'));
  const last = name.slice(end + 1);
  const device = name.slice(0, Math.max(end, 0));
  if (isMetric(last)) return { device, metric: last };
  const metric = METRIC_NAMES.find((candidate) => last.endsWith(`_${candidate}`));
  return metric ? { device: name.slice(0, -metric.length - 1), metric } : { device, metric: null };
};

/** An EUI-64 made of a MAC address has FF FE in its middle (RFC 9039 §4.1). */
const STRETCHED = /^([0-9a-f]{6})fffe([0-9a-f]{6})$/i;

/** A device name and how it may have been provisioned: whole, without `urn:dev:…:`, as a MAC address. */
export const deviceAddress = (device: string): Address => {
  const id = /^urn:dev:[a-z0-9]+:(.+)$/i.exec(device)?.[1];
  if (id === undefined) return { identifier: device, aliases: macSpellings(device) };
  const mac = id.replace(STRETCHED, '$1$2');
  return {
    identifier: device,
    aliases: [id, ...macSpellings(id), ...(mac === id ? [] : [mac, ...macSpellings(mac)])],
  };
};
