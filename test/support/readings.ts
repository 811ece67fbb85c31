import type { DeviceId, MessageKey, ResidentId, SiteId } from '../../domain/ids.js';
import { readingId, type Reading } from '../../domain/reading.js';

export interface ReadingParts extends Partial<Omit<Reading, 'site' | 'resident' | 'device' | 'message'>> {
  readonly site?: string;
  readonly resident?: string | null;
  readonly device?: string;
  readonly message?: string;
}

const NOON = Date.UTC(2026, 10, 23, 12);

/** A heart rate of 72 at 2026-11-23T12:00Z unless said otherwise; its id follows from the rest. */
export const aReading = (parts: ReadingParts = {}): Reading => {
  const { metric = 'heart_rate', value = 72, time = NOON, receivedAt = time + 500 } = parts;
  const device = (parts.device ?? 'ox-1') as DeviceId;
  return {
    id: parts.id ?? readingId({ device, metric, time, value }),
    site: (parts.site ?? 'les-tilleuls') as SiteId,
    resident: (parts.resident === undefined ? 'r-001' : parts.resident) as ResidentId | null,
    room: parts.room ?? null,
    device,
    metric,
    value,
    time,
    receivedAt,
    quality: parts.quality ?? 'good',
    late: parts.late ?? false,
    message: (parts.message ?? `message-${time}-${device}`) as MessageKey,
  };
};
