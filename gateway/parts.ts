import type { Address, DecodedMessage, DecodedValue } from './codecs/codec.js';

/** What one message says of one device. */
export interface Part {
  readonly address: Address;
  readonly message: DecodedMessage;
}

/** A relay speaks of several devices in one message; each has its own part. The ordinary message is one part, as it is. */
export const partsOf = (message: DecodedMessage, address: Address): readonly Part[] => {
  const whole = message.device ?? address;
  if (message.values.every(({ device }) => device === undefined)) return [{ address: whole, message }];
  const parts = new Map<string, { address: Address; values: DecodedValue[] }>();
  if (message.rejected && message.rejected.length > 0) parts.set(whole.identifier, { address: whole, values: [] });
  for (const value of message.values) {
    const measured = value.device ?? whole;
    const part = parts.get(measured.identifier);
    if (part) part.values.push(value);
    else parts.set(measured.identifier, { address: measured, values: [value] });
  }
  return [...parts.values()].map((part) => ({
    address: part.address,
    message: { ...message, values: part.values, rejected: part.address === whole ? (message.rejected ?? []) : [] },
  }));
};
