import type { Bundle } from 'fhir/r4.js';
import type { DeviceId, MessageKey, ResidentId, SiteId } from '../domain/ids.js';
import { readingId, type Reading } from '../domain/reading.js';
import type { DecodedVector } from './decode.js';
import { bundleFor } from '../fhir/bundle.js';

/** An OID of the documentation arc: `vigie decode` sends nothing. */
const SOURCE_OID = '1.2.250.1.999.1';
const TEST_RESIDENT = 'resident-test';

/** The FHIR Bundle these readings would be sent as, for a test resident (`vigie decode --fhir`, contract §1). */
export const testBundle = ({ id, address, receivedAt, values }: DecodedVector, sourceOid = SOURCE_OID): Bundle => {
  const device = (address?.identifier ?? 'unknown') as DeviceId;
  const readings = values.map(({ metric, value, time, quality, late }): Reading => {
    const identity = { device, metric, time, value };
    return {
      ...identity,
      id: readingId(identity),
      site: 'site-test' as SiteId,
      resident: TEST_RESIDENT as ResidentId,
      room: null,
      receivedAt,
      quality,
      late,
      message: id as MessageKey,
    };
  });
  return bundleFor(readings, { sourceOid });
};
