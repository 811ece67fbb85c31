import type { Bundle } from 'fhir/r4.js';
import type { DeviceId, MessageKey, ResidentId, SiteId } from '../domain/ids.js';
import { readingId, type Reading } from '../domain/reading.js';
import { withDefaults } from '../domain/thresholds.js';
import type { DecodedVector } from './decode.js';
import { bundleFor } from '../fhir/bundle.js';
import { EMPTY_DIRECTORY, type Directory, type MappingSettings } from '../fhir/context.js';

/** As the configuration has it; the OID's default is of a documentation arc. */
const SETTINGS: MappingSettings = { sourceOid: '1.2.250.1.999.1', profileSet: 'r4', identityStatus: 'v2-0445' };
const TEST_RESIDENT = 'resident-test';

/** The FHIR Bundle these readings would be sent as, for a test resident (`vigie decode --fhir`, contract §1). */
export const testBundle = (
  { id, address, receivedAt, values }: DecodedVector,
  settings: Partial<MappingSettings> = {},
): Bundle => {
  const device = (address?.identifier ?? 'unknown') as DeviceId;
  const readings = values.map(({ metric, value, time, quality, late, original }): Reading => {
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
      ...(original ? { original } : {}),
    };
  });
  const directory: Directory = {
    ...EMPTY_DIRECTORY,
    device: (name) => ({
      id: name,
      site: 'site-test',
      model: 'unknown',
      identifiers: [name],
      config: {},
      cadenceSeconds: null,
    }),
    limits: () => withDefaults(),
  };
  return bundleFor(readings, { ...SETTINGS, ...settings }, directory);
};
