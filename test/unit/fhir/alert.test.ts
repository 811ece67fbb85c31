import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Alert } from '../../../domain/alert.js';
import { news2 } from '../../../domain/news2.js';
import type { Resident } from '../../../domain/resident.js';
import { flagOf, taskOf, type AlertContext } from '../../../fhir/alert.js';
import { EMPTY_DIRECTORY, logicalReference } from '../../../fhir/context.js';
import { news2Observation } from '../../../fhir/news2.js';
import { insOf, isTestIns, patientResource } from '../../../fhir/patient.js';
import { loadVitalSigns, validate } from '../../support/fhir-valid.js';

const settings = { sourceOid: '1.2.250.1.999.1', profileSet: 'ans', identityStatus: 'v2-0445' } as const;
const context: AlertContext = {
  settings,
  directory: EMPTY_DIRECTORY,
  refer: (subject) => logicalReference(settings, subject),
};
const START = Date.UTC(2026, 10, 23, 8);
const alert = (parts: Partial<Alert> = {}): Alert => ({
  id: 'a-1',
  episode: 'e',
  site: 'les-tilleuls',
  resident: 'r-1',
  room: null,
  device: null,
  rule: 'threshold',
  metric: 'spo2',
  direction: 'low',
  priority: 'high',
  category: 'clinical',
  message: { fr: 'SpO₂ 87 % < 90 %', en: 'SpO₂ 87% < 90%' },
  evidence: [{ reading: 'reading-1', metric: 'spo2', value: 87, limit: 90, time: START }],
  owner: null,
  snoozedUntil: null,
  escalationLevel: 0,
  startedAt: START,
  endedAt: null,
  closedAt: null,
  outcome: null,
  note: null,
  version: 1,
  condition: 'active',
  signal: 'on',
  workflow: 'open',
  ...parts,
});
const closed = { condition: 'ended', workflow: 'closed', endedAt: START + 1, closedAt: START + 2 } as const;

beforeAll(loadVitalSigns);

describe('an alert as a Flag', () => {
  it.each([
    [{}, 'active', 'PH', 'clinical'],
    [{ workflow: 'claimed', priority: 'medium' }, 'active', 'PM', 'clinical'],
    [{ priority: 'low', category: 'safety' }, 'active', 'PL', 'safety'],
    [{ category: 'technical' }, 'active', 'PH', 'admin'],
    [{ ...closed, outcome: 'care_given' }, 'inactive', 'PH', 'clinical'],
    [{ ...closed, outcome: 'false_reading' }, 'entered-in-error', 'PH', 'clinical'],
  ] as const)('%j is %s with priority %s among %s', (parts, status, priority, category) => {
    const flag = flagOf(alert(parts), context);
    validate(flag);
    expect(flag.status).toBe(status);
    expect(flag.extension?.[0]?.valueCodeableConcept?.coding?.[0]?.code).toBe(priority);
    expect(flag.category?.[0]?.coding?.[0]?.code).toBe(category);
    expect(flag.period?.end === undefined).toBe(status === 'active');
  });

  it('points at the person, the room or the establishment, and at the Observations it rests on', () => {
    const subject = (parts: Partial<Alert>) => flagOf(alert(parts), context).subject.type;
    expect(subject({})).toBe('Patient');
    expect(subject({ resident: null, room: '101' })).toBe('Location');
    expect(subject({ resident: null, device: 'd-1' })).toBe('Organization');
    expect(flagOf(alert(), context).extension?.[1]?.valueReference?.identifier?.value).toBe('reading-1');
  });
});

describe('an alert as a Task', () => {
  const owner = { username: 'lea', name: 'Léa Mésange', since: START };
  it.each([
    [{}, 'requested', 'stat'],
    [{ workflow: 'claimed', owner, priority: 'medium' }, 'in-progress', 'urgent'],
    [{ workflow: 'snoozed', priority: 'low' }, 'on-hold', 'routine'],
    [{ ...closed, outcome: 'checked_normal' }, 'completed', 'stat'],
    [{ ...closed, outcome: 'false_reading' }, 'entered-in-error', 'stat'],
  ] as const)('%j is %s, %s', (parts, status, priority) => {
    const task = taskOf(alert(parts), context);
    validate(task);
    expect([task.status, task.priority]).toEqual([status, priority]);
    expect(JSON.stringify(task)).not.toContain('Mésange');
  });
});

describe('NEWS2', () => {
  const all = {
    respiratoryRate: 22,
    spo2: 93,
    supplementalOxygen: false,
    systolicBp: 120,
    pulse: 80,
    consciousness: 'A',
    temperature: 37,
  } as const;
  const given = { resident: 'r-1', at: START, spo2Scale: 1, readings: ['a', 'b'] } as const;
  const to = { sourceOid: settings.sourceOid, subject: { type: 'Patient' } };

  it('is a survey Observation with seven components, derived from its Observations', () => {
    const resource = news2Observation({ ...given, news2: news2(all) }, to);
    validate(resource);
    expect(resource.valueInteger).toBe(4);
    expect(resource.category?.[0]?.coding?.[0]?.code).toBe('survey');
    expect(resource.component?.map(({ valueInteger }) => valueInteger)).toEqual([2, 2, 0, 0, 0, 0, 0]);
    expect(resource.derivedFrom).toHaveLength(2);
  });

  it('has no total when a parameter is missing, and says which', () => {
    const resource = news2Observation({ ...given, news2: news2({ ...all, consciousness: undefined }) }, to);
    validate(resource);
    expect(resource).not.toHaveProperty('valueInteger');
    expect(resource.dataAbsentReason?.coding?.[0]?.code).toBe('unknown');
    expect(resource.component?.filter(({ dataAbsentReason }) => dataAbsentReason)).toHaveLength(1);
  });
});

describe('a Patient', () => {
  const resident: Resident = {
    id: 'r-1',
    site: 's',
    unit: null,
    room: null,
    family: 'Églantier',
    given: 'Odette Marie',
    birthDate: '1934-02-11',
    sex: 'female',
    spo2Scale: 1,
    ins: { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '234025511800123' },
  };

  it('carries the INS of a qualified identity with its traits, and says that a test identity is one', () => {
    const patient = patientResource('r-1', resident, settings);
    validate(patient);
    expect(patient.identifier?.map(({ type, use, value }) => [type?.coding?.[0]?.code, use, value])).toEqual([
      ['INS-NIR-TEST', 'official', '234025511800123'],
      [undefined, undefined, 'r-1'],
    ]);
    expect(patient.extension?.[0]?.extension?.[0]?.valueCoding?.code).toBe('VALI');
    expect(patient.meta?.security?.[0]?.code).toBe('HTEST');
    expect(patient.name?.[0]?.given).toEqual(['Odette']);
    const newer = patientResource('r-1', resident, { ...settings, identityStatus: 'identity-status' });
    expect(newer.extension?.[0]?.extension?.[0]?.valueCoding?.code).toBe('QUAL');
  });

  it.each([null, { system: 'urn:oid:1.2.250.1.213.1.4.99', value: '1' }])(
    'without an INS (%j) is a pseudonym and nothing else',
    (ins) => {
      const patient = patientResource('r-1', { ...resident, ins }, settings);
      validate(patient);
      expect(Object.keys(patient)).toEqual(['resourceType', 'meta', 'identifier']);
      expect(insOf({ ins })).toBeNull();
      expect(isTestIns({ ins })).toBe(false);
    },
  );
});
