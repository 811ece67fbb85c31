import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Observation } from 'fhir/r4.js';
import { METRIC_NAMES, metricDefinition, type Metric } from '../../../domain/metrics.js';
import type { Reading } from '../../../domain/reading.js';
import { withDefaults } from '../../../domain/thresholds.js';
import { bundleFor, observationEntry } from '../../../fhir/bundle.js';
import {
  EMPTY_DIRECTORY,
  logicalReference,
  observationContext,
  type Directory,
  type MappingSettings,
} from '../../../fhir/context.js';
import { amended, enteredInError, toObservations } from '../../../fhir/observation.js';
import { categoryOf, isPressure } from '../../../fhir/table.js';
import { loadVitalSigns, validate } from '../../support/fhir-valid.js';
import { aReading, type ReadingParts } from '../../support/readings.js';

const OID = '1.2.250.1.999.1';
const SETTINGS: MappingSettings = { sourceOid: OID, profileSet: 'r4', identityStatus: 'v2-0445' };
const map = (
  readings: readonly Reading[],
  settings: Partial<MappingSettings> = {},
  directory: Directory = EMPTY_DIRECTORY,
): Observation[] => {
  const all = { ...SETTINGS, ...settings };
  const context = observationContext(all, directory, (subject) => logicalReference(all, subject, directory));
  return toObservations(readings, context).map(({ resource }) => resource);
};
const one = (parts: ReadingParts, ...rest: [Partial<MappingSettings>?, Directory?]): Observation =>
  map([aReading(parts)], ...rest)[0]!;
const SYSTEMS: Record<string, string> = {
  'http://loinc.org': 'LOINC',
  'urn:iso:std:iso:11073:10101': 'MDC',
  'http://snomed.info/sct': 'SNOMED',
  [`urn:oid:${OID}.20`]: 'local',
  'https://mos.esante.gouv.fr/NOS/TRE_A04-Loinc/FHIR/TRE-A04-Loinc': 'NOS',
};
const codes = ({ code }: Pick<Observation, 'code'>): string[] =>
  (code.coding ?? []).map(({ system, code: value }) => `${SYSTEMS[system ?? ''] ?? system} ${value}`);
const isVitalSign = (metric: Metric): boolean => categoryOf(metric, 'r4') === 'vital-signs' && !isPressure(metric);

beforeAll(loadVitalSigns);

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
        extension: [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/observation-gatewayDevice',
            valueReference: { type: 'Device', identifier: { system: `urn:oid:${OID}.4`, value: 'vigie' } },
          },
        ],
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

  it('gives one Observation for every metric of the table', () => {
    for (const metric of METRIC_NAMES) {
      const value = metricDefinition(metric).kind === 'boolean' ? true : middle(metric);
      for (const profileSet of ['r4', 'ans'] as const) {
        const [resource, ...rest] = map([aReading({ metric, value })], { profileSet });
        expect(rest).toEqual([]);
        validate(resource!);
      }
    }
  });

  it('gives nothing for a measure of a person without a person', () => {
    expect(map([aReading({ resident: null, room: '101' })])).toEqual([]);
    expect(one({ metric: 'co2', value: 700, resident: null, room: '101' }).subject).toEqual({
      type: 'Location',
      identifier: { system: `urn:oid:${OID}.5`, value: 'les-tilleuls/101' },
    });
    expect(one({ metric: 'battery_level', value: 50 }).subject?.type).toBe('Device');
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
    const bundle = bundleFor(readings, SETTINGS);
    expect(bundle.type).toBe('batch');
    expect(bundle.entry?.map(({ request }) => `${request?.method} ${request?.url}?${request?.ifNoneExist}`)).toEqual([
      `POST Patient?identifier=urn:oid:${OID}.2|r-001`,
      `POST Device?identifier=urn:oid:${OID}.3|ox-1`,
      `POST Device?identifier=urn:oid:${OID}.3|cuff-1`,
      `POST Device?identifier=urn:oid:${OID}.4|vigie`,
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
    const [patient] = bundleFor([aReading({})], SETTINGS).entry ?? [];
    expect(Object.keys(patient?.resource ?? {})).toEqual(['resourceType', 'meta', 'identifier']);
  });
});

describe('events', () => {
  it('carry SNOMED CT, IEEE 11073 and our own code, a local category, and a Boolean', () => {
    const fall = one({ metric: 'fall', value: true });
    expect(codes(fall)).toEqual(['SNOMED 1912002', 'MDC 8519681', 'local fall']);
    expect(fall.category?.map(({ coding }) => coding?.[0]?.code)).toEqual(['activity', 'safety']);
    expect(fall.valueBoolean).toBe(true);
    expect(fall.meta).not.toHaveProperty('profile');
    expect(one({ metric: 'bed_occupancy', value: false }).valueBoolean).toBe(false);
    expect(codes(one({ metric: 'sos', value: true }))).toEqual(['MDC 8519682', 'local sos']);
  });
});

describe('« Mesures de santé »', () => {
  it('has the NOS coding for glucose and the original of a converted value', () => {
    const original = { value: 1.32, unit: 'g/L' };
    const reading = { ...aReading({ metric: 'glucose', value: 132 }), original };
    const [resource] = map([reading], { profileSet: 'ans' });
    expect(codes(resource!)).toEqual(['LOINC 2345-7', 'MDC 160184', 'NOS 2345-7']);
    expect(resource!.extension?.[1]).toMatchObject({
      url: 'https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mesures-original-data',
      extension: [
        { url: 'has-been-converted', valueBoolean: true },
        { url: 'original-code' },
        { url: 'original-value', valueQuantity: { value: 1.32, code: 'g/L' } },
      ],
    });
    expect(map([reading])[0]!.extension).toHaveLength(1);
  });

  it('has steps per day as a vital sign, which plain R4 has as an activity', () => {
    const category = (o: Observation) => o.category?.[0]?.coding?.[0]?.code;
    const parts = { metric: 'steps', value: 4200 } as const;
    expect(one(parts, { profileSet: 'ans' }).valueQuantity).toEqual({
      value: 4200,
      unit: 'steps/day',
      system: 'http://unitsofmeasure.org',
      code: '1/(24.h)',
    });
    expect([category(one(parts, { profileSet: 'ans' })), category(one(parts))]).toEqual(['vital-signs', 'activity']);
  });
});

describe('the limits in force', () => {
  const directory: Directory = {
    ...EMPTY_DIRECTORY,
    limits: () => withDefaults({ spo2: { criticalLow: 84, low: 88 } }),
  };
  const letter = (parts: ReadingParts) => one(parts, {}, directory).interpretation?.[0]?.coding?.[0]?.code;

  it.each([
    [{ metric: 'spo2', value: 83 }, 'LL'],
    [{ metric: 'spo2', value: 87 }, 'L'],
    [{ metric: 'spo2', value: 88 }, undefined],
    [{ metric: 'heart_rate', value: 111 }, 'H'],
    [{ metric: 'heart_rate', value: 131 }, 'HH'],
    [{ metric: 'body_weight', value: 70 }, undefined],
  ] as const)('%j is %s', (parts, expected) => {
    expect(letter(parts)).toBe(expected);
  });

  it('are the reference range, once, beside what quality says', () => {
    const resource = one({ metric: 'spo2', value: 83, quality: 'questionable' }, {}, directory);
    expect(resource.referenceRange).toEqual([
      {
        low: { value: 88, unit: '%', system: 'http://unitsofmeasure.org', code: '%' },
        type: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/referencerange-meaning', code: 'treatment' }],
        },
        text: "Seuils d'alerte en vigueur",
      },
    ]);
    expect(resource.interpretation?.map(({ coding }) => coding?.[0]?.code)).toEqual(['LL', 'questionable']);
  });

  it('stand on the components of a blood pressure', () => {
    const [panel] = map(bp([{ ...SYS, value: 190 }, DIA]), {}, directory);
    expect(panel?.component?.[0]?.interpretation?.[0]?.coding?.[0]?.code).toBe('H');
    expect(panel?.component?.[1]?.referenceRange).toHaveLength(1);
  });
});

describe('a correction', () => {
  it('keeps the identity and says so', () => {
    const [before, after] = [one({ value: 70 }), one({ value: 72 })];
    const corrected = amended({ ...before, id: 'x' }, after);
    expect(corrected).toMatchObject({ id: 'x', identifier: before.identifier, status: 'amended' });
    expect(corrected.valueQuantity?.value).toBe(72);
    expect(enteredInError(before)).toEqual({ ...before, status: 'entered-in-error' });
    validate(corrected);
    validate(enteredInError(before));
  });
});
