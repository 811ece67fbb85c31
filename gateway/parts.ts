import type { Address, DecodedMessage, DecodedValue, RejectedValue } from './codecs/codec.js';

/** What one message says of one device. */
export interface Part {
  readonly address: Address;
  readonly message: DecodedMessage;
}

/** A relay speaks of several devices in one message; each has its own part. The ordinary message is one part, as it is. */
export const partsOf = (message: DecodedMessage, address: Address): readonly Part[] => {
  const whole = message.device ?? address;
  const { values, rejected = [] } = message;
  if ([...values, ...rejected].every(({ device }) => device === undefined)) return [{ address: whole, message }];
  const parts = new Map<string, { address: Address; values: DecodedValue[]; rejected: RejectedValue[] }>();
  const partFor = (device: Address = whole) => {
    const part = parts.get(device.identifier) ?? { address: device, values: [], rejected: [] };
    parts.set(device.identifier, part);
    return part;
  };
  for (const refusal of rejected) partFor(refusal.device).rejected.push(refusal);
  for (const value of values) partFor(value.device).values.push(value);
  return [...parts.values()].map(({ address: device, ...part }) => ({
    address: device,
    message: { ...message, ...part },
  }));
};
