import type { Millis } from '../domain/time.js';
import { jsonBytes } from './devices/support/device.js';
import { field } from './devices/support/ieee11073.js';
import { fromWallClock, toLocal } from './local-time.js';

const TIME_KEYS = new Set(['time', 'last_seen', 'timestamp', 'receivedAt', 'received_at']);
/** Numbers below are uptimes or seconds: only epoch milliseconds since 2001 are moved. */
const EARLIEST_EPOCH_MILLIS = 1e12;

const shiftJson = (value: unknown, by: Millis, key = ''): unknown => {
  if (Array.isArray(value)) return value.map((each) => shiftJson(each, by));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shiftJson(each, by, name)]));
  if (!TIME_KEYS.has(key)) return value;
  if (typeof value === 'number' && value >= EARLIEST_EPOCH_MILLIS) return value + by;
  // Without an offset the time is local to the device: it is left alone rather than misread.
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(value)) {
    const time = Date.parse(value);
    return Number.isNaN(time) ? value : new Date(time + by).toISOString();
  }
  return value;
};

/** Where the 7-byte Date Time of a characteristic stands, given its flags; null = it has none. */
const DATE_TIME: Readonly<Record<string, (flags: number) => number | null>> = {
  '2a35': (flags) => (flags & 0x02 ? 7 : null),
  '2a1c': (flags) => (flags & 0x02 ? 5 : null),
  '2a5e': (flags) => (flags & 0x01 ? 5 : null),
  '2a18': () => 3,
  '2a9d': (flags) => (flags & 0x02 ? 3 : null),
};

const shiftGatt = (characteristic: string, payload: Uint8Array, { by, zone }: Shift): Uint8Array => {
  const offset = DATE_TIME[characteristic]?.(payload[0] ?? 0) ?? null;
  if (offset === null || payload.length < offset + 7) return payload;
  const view = Buffer.from(payload);
  const year = view.readUInt16LE(offset);
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = view.subarray(offset + 2, offset + 7);
  // An unknown year, month or day (0) is a clock that was never set.
  if (year === 0 || month === 0 || day === 0) return payload;
  const instant = fromWallClock(Date.UTC(year, month - 1, day, hour, minute, second), zone);
  view.set(field.dateTime(toLocal(instant + by, zone)), offset);
  return view;
};

export interface Shift {
  readonly by: Millis;
  readonly zone: string;
}

/** The payload with the times it carries moved by so much: known keys of JSON, Date Time of Bluetooth characteristics. */
export const shiftPayload = (message: { topic: string; payload: Uint8Array }, shift: Shift): Uint8Array => {
  const { topic, payload } = message;
  const gatt = /^(?:site\/[^/]+\/)?gatt\/[^/]+\/[^/]+\/[^/]+\/([^/]+)$/.exec(topic);
  if (gatt) return shiftGatt((gatt[1] ?? '').toLowerCase(), payload, shift);
  try {
    return jsonBytes(shiftJson(JSON.parse(Buffer.from(payload).toString('utf8')), shift.by));
  } catch {
    return payload;
  }
};
