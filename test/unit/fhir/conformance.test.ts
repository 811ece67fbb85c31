import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync, readdirSync } from 'node:fs';
import type { Bundle, Device, Observation } from 'fhir/r4.js';
import { METRIC_NAMES, metricDefinition } from '../../../domain/metrics.js';
import type { Reading } from '../../../domain/reading.js';
import { withDefaults } from '../../../domain/thresholds.js';
import { bundleFor } from '../../../fhir/bundle.js';
import { EMPTY_DIRECTORY, type Directory, type MappingSettings } from '../../../fhir/context.js';
import { deviceResource, gatewayResource } from '../../../fhir/device.js';
import { feedingBundle, isFed } from '../../../fhir/feeding.js';
import { decodeVectors, parseVectors } from '../../../gateway/decode.js';
import { testBundle } from '../../../gateway/decode-fhir.js';
import { loadCodecs } from '../../../gateway/route.js';
import { ansProfiles, checkDifferential, hasDifferential } from '../../support/fhir-differential.js';
import { PROFILE_BY_CODE, VITAL_SIGNS, loadVitalSigns, validate } from '../../support/fhir-valid.js';
import { aReading } from '../../support/readings.js';

const settings = (profileSet: MappingSettings['profileSet']): MappingSettings => ({
  sourceOid: '1.2.250.1.999.1',
  profileSet,
  identityStatus: 'v2-0445',
});
const directory: Directory = { ...EMPTY_DIRECTORY, limits: () => withDefaults() };
const SETS = ['r4', 'ans'] as const;
const ANS = 'https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mesures-';

/** Units R4 fixes for the codes it fixes; the validator does not look at them. */
const UNITS: Record<string, RegExp> = {
  '8867-4': /^\/min$/,
  '9279-1': /^\/min$/,
  '2708-6': /^%$/,
  '8310-5': /^Cel$/,
  '29463-7': /^kg$/,
  '8302-2': /^cm$/,
  '39156-5': /^kg\/m2$/,
  '8480-6': /^mm\[Hg\]$/,
  '8462-4': /^mm\[Hg\]$/,
};

const checkObservation = (resource: Observation): void => {
  validate(resource);
  const loinc = resource.code.coding?.find(({ system }) => system === 'http://loinc.org')?.code ?? '';
  const isVital = resource.category?.some(({ coding }) => coding?.some(({ code }) => code === 'vital-signs'));
  if (isVital) validate(resource, VITAL_SIGNS);
  if (PROFILE_BY_CODE[loinc]) validate(resource, PROFILE_BY_CODE[loinc]);
  for (const { code, valueQuantity } of [resource, ...(resource.component ?? [])])
    if (valueQuantity) expect(valueQuantity.code).toMatch(UNITS[code.coding?.[0]?.code ?? ''] ?? /./);
  for (const url of resource.meta?.profile ?? [])
    if (hasDifferential(url)) expect(checkDifferential(resource, url).faults).toEqual([]);
};

const checkBundle = (bundle: Bundle): number => {
  validate(bundle);
  let observations = 0;
  for (const { resource } of bundle.entry ?? []) {
    if (resource?.resourceType === 'Observation') {
      checkObservation(resource as Observation);
      observations += 1;
    } else if (resource) {
      validate(resource);
      const [profile] = resource.meta?.profile ?? [];
      if (profile) expect(checkDifferential(resource, profile).faults).toEqual([]);
    }
  }
  return observations;
};

beforeAll(loadVitalSigns);

describe('every resource of the corpus', () => {
  const folder = new URL('../../fixtures/corpus/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.includes('schema'));

  it.each(files)('%s conforms to R4, the vital-signs profiles and « Mesures de santé »', async (file) => {
    const decoded = decodeVectors(parseVectors(readFileSync(new URL(file, folder), 'utf8')), await loadCodecs());
    let readings = 0;
    for (const profileSet of SETS)
      for (const vector of decoded) {
        const bundle = testBundle(vector, { profileSet });
        const pressures = vector.values.filter(({ metric }) => metric.endsWith('_bp')).length;
        const observations = checkBundle(bundle);
        expect(observations).toBeGreaterThanOrEqual(vector.values.length - pressures + Math.sign(pressures));
        readings += vector.values.length;
      }
    expect(readings).toBeGreaterThan(0);
  });
});

describe('every resource of random readings', () => {
  const reading = fc
    .record({
      metric: fc.constantFrom(...METRIC_NAMES),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      flag: fc.boolean(),
      quality: fc.constantFrom('good' as const, 'questionable' as const),
      time: fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 0, 1) }),
      resident: fc.constantFrom('r-1', 'r-2', null),
      room: fc.constantFrom('101', null),
      message: fc.constantFrom('m1', 'm2'),
      mmol: fc.boolean(),
    })
    .map(({ part, flag, mmol, ...rest }): Reading => {
      const definition = metricDefinition(rest.metric);
      const value =
        definition.kind === 'boolean'
          ? flag
          : definition.limits[0] + part * (definition.limits[1] - definition.limits[0]);
      const made = aReading({ ...rest, value });
      return rest.metric === 'glucose' && mmol ? { ...made, original: { value: 7.3, unit: 'mmol/L' } } : made;
    });

  it.each(SETS)('conforms, profile set %s', (profileSet) => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 12 }), (readings) => {
        checkBundle(bundleFor(readings, settings(profileSet), directory));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the differential check itself', () => {
  const one = (parts: Parameters<typeof aReading>[0]): Observation =>
    bundleFor([aReading(parts)], settings('ans')).entry?.at(-1)?.resource as Observation;

  it('knows the profiles, and finds what is wrong with a resource', () => {
    expect(ansProfiles().length).toBeGreaterThan(10);
    const faults = (resource: object, url: string) => checkDifferential(resource, `${ANS}${url}`).faults.join('\n');
    const temperature = one({ metric: 'body_temperature', value: 37 });
    const fahrenheit = { ...temperature, valueQuantity: { ...temperature.valueQuantity, code: '[degF]' } };
    expect(faults(fahrenheit, 'fr-observation-body-temperature')).toContain('lacks');
    const glucose = one({ metric: 'glucose', value: 120 });
    const grams = { ...glucose, valueQuantity: { ...glucose.valueQuantity, code: 'g/L' } };
    expect(faults(grams, 'observation-glucose')).toContain('not in');
    const { valueQuantity: _quantity, ...bare } = glucose;
    expect(faults({ ...bare, valueString: 'x' }, 'observation-glucose')).toContain('may not be a string');
    const twice = { ...glucose, referenceRange: [{ text: 'a' }, { text: 'b' }] };
    expect(faults(twice, 'observation-glucose')).toContain('2 of at most 1');
    const steps = one({ metric: 'steps', value: 100 });
    expect(faults({ ...steps, code: { coding: [{ code: '1' }] } }, 'observation-steps-by-day')).toContain(
      '0 of at least 1',
    );
    const original = [{ url: `${ANS}original-data`, extension: [{ url: 'has-been-converted', valueBoolean: false }] }];
    expect(faults({ ...glucose, extension: original }, 'observation-glucose')).toContain('of at least');
  });
});

describe('devices', () => {
  const device = (model: string, ...identifiers: string[]): Device =>
    deviceResource(
      'd-1',
      { id: 'd-1', site: 's', model, identifiers, config: {}, cadenceSeconds: null },
      settings('ans'),
    );
  const system = (resource: Device) =>
    resource.identifier?.map(({ type, value }) => [type?.coding?.[0]?.code ?? 'own', value]);

  it.each([
    ['pulse-oximeter', ['A4:C1:38:00:11:22'], '528388', ['BTMAC', 'A4-C1-38-00-11-22']],
    ['Shelly wi-fi door contact', ['a4c138001122'], '528455', ['ETHMAC', 'A4-C1-38-00-11-22']],
    ['thing', ['0x00158d0001234567'], '528457', undefined],
  ] as const)('%s is a PhdDevice with its addresses and specialisation', (model, names, specialisation, address) => {
    const resource = device(model, ...names);
    validate(resource);
    expect(checkDifferential(resource, resource.meta!.profile![0]!).faults).toEqual([]);
    expect(resource.specialization?.[0]?.systemType.coding?.[0]?.code).toBe(specialisation);
    const [own, sysid, transport] = system(resource) ?? [];
    expect(own).toEqual(['own', 'd-1']);
    expect(sysid).toEqual(['SYSID', address ? '00-00-00-00-00-00-00-00' : '00-15-8D-00-01-23-45-67']);
    expect(transport).toEqual(address);
  });

  it('has the gateway as a PhgDevice', () => {
    const resource = gatewayResource('vigie', settings('r4'));
    validate(resource);
    const { faults, applied } = checkDifferential(resource, resource.meta!.profile![0]!);
    expect(faults).toEqual([]);
    expect(applied).toBeGreaterThan(10);
  });
});

describe('the ANS feeding flow', () => {
  it('is a transaction of one measure and its device that satisfies the Bundle profile', () => {
    for (const metric of METRIC_NAMES.filter(isFed)) {
      const definition = metricDefinition(metric);
      if (definition.kind !== 'number' || metric.endsWith('_bp')) continue;
      const bundle = bundleFor([aReading({ metric, value: definition.limits[1] })], settings('ans'));
      const observation = bundle.entry?.at(-1)?.resource as Observation;
      const feeding = feedingBundle(observation, deviceResource('ox-1', null, settings('ans')));
      validate(feeding);
      expect(checkDifferential(feeding, `${ANS}bundle-flux-alimentation`).faults).toEqual([]);
      const [measure, device] = feeding.entry!;
      expect((measure!.resource as Observation).device?.reference).toBe(`Device/${device!.resource!.id}`);
      checkObservation(measure!.resource as Observation);
    }
    expect(METRIC_NAMES.filter(isFed)).not.toEqual(expect.arrayContaining(['bmi', 'glucose', 'respiratory_rate']));
  });
});
