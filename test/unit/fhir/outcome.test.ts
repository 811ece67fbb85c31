import { describe, expect, it } from '@jest/globals';
import type { BundleEntry, OperationOutcome } from 'fhir/r4.js';
import { entryVerdict, outcomeCode, requestVerdict } from '../../../fhir/outcome.js';

const outcome = (code: OperationOutcome['issue'][number]['code'], details?: string): OperationOutcome => ({
  resourceType: 'OperationOutcome',
  issue: [
    { severity: 'warning', code: 'informational' },
    {
      severity: 'error',
      code,
      diagnostics: 'Odette Durand, 91 %',
      ...(details === undefined ? {} : { details: { text: 'Odette', coding: [{ code: details }] } }),
    },
  ],
});
const entry = (status: string, rest: Partial<NonNullable<BundleEntry['response']>> = {}): BundleEntry => ({
  response: { status, ...rest },
});

describe('the verdict on an entry', () => {
  it.each([
    [
      entry('201 Created', { location: 'Observation/12/_history/1' }),
      { kind: 'accepted', reference: 'Observation/12' },
    ],
    [entry('201', { location: 'https://h/base/Patient/a.b-1' }), { kind: 'accepted', reference: 'Patient/a.b-1' }],
    [entry('200'), { kind: 'accepted', reference: null }],
    [
      { ...entry('200'), resource: { resourceType: 'Patient', id: '7' } } as BundleEntry,
      { kind: 'accepted', reference: 'Patient/7' },
    ],
    [entry('304'), { kind: 'accepted', reference: null }],
    [entry('400', { outcome: outcome('invalid') }), { kind: 'rejected', reason: 'fhir.400 invalid' }],
    [entry('422 Unprocessable', { outcome: outcome('value') }), { kind: 'rejected', reason: 'fhir.422 value' }],
    [entry('403'), { kind: 'rejected', reason: 'fhir.403' }],
    [entry('412', { outcome: outcome('multiple-matches') }), { kind: 'rejected', reason: 'fhir.412 multiple-matches' }],
    [entry('401'), { kind: 'later', reason: 'fhir.401' }],
    [entry('408'), { kind: 'later', reason: 'fhir.408' }],
    [entry('409', { outcome: outcome('conflict') }), { kind: 'later', reason: 'fhir.409 conflict' }],
    [entry('429'), { kind: 'later', reason: 'fhir.429' }],
    [entry('500'), { kind: 'later', reason: 'fhir.500' }],
    [entry('503 Service Unavailable'), { kind: 'later', reason: 'fhir.503' }],
    [{}, { kind: 'later', reason: 'fhir.unexpected-answer' }],
  ] as const)('%j', (given, expected) => {
    expect(entryVerdict(given as BundleEntry)).toEqual(expected);
  });
});

describe('the verdict on a request', () => {
  it.each([
    [
      { status: 400, body: outcome('structure') },
      { kind: 'rejected', reason: 'fhir.400 structure' },
    ],
    [
      { status: 422, body: outcome('invalid') },
      { kind: 'rejected', reason: 'fhir.422 invalid' },
    ],
    [
      { status: 413, body: 'too large' },
      { kind: 'rejected', reason: 'fhir.413' },
    ],
    [
      { status: 400, body: '<html>' },
      { kind: 'later', reason: 'fhir.400' },
    ],
    [
      { status: 401, body: outcome('login') },
      { kind: 'later', reason: 'fhir.unauthorized' },
    ],
    [
      { status: 403, body: {} },
      { kind: 'later', reason: 'fhir.unauthorized' },
    ],
    [
      { status: 404, body: outcome('not-found') },
      { kind: 'later', reason: 'fhir.404 not-found' },
    ],
    [
      { status: 429, body: {}, retryAfter: 3_000 },
      { kind: 'later', reason: 'fhir.429', after: 3_000 },
    ],
    [
      { status: 500, body: outcome('exception') },
      { kind: 'later', reason: 'fhir.500 exception' },
    ],
  ] as const)('%j', (failure, expected) => {
    expect(requestVerdict({ retryAfter: undefined, ...failure })).toEqual(expected);
  });
});

describe('the code of an OperationOutcome', () => {
  it('is its first error, with the finer code when there is one, and none of its words', () => {
    expect(outcomeCode(outcome('invalid', 'MSG_BAD_FORMAT'))).toBe('invalid/MSG_BAD_FORMAT');
    expect(outcomeCode(outcome('invalid', 'Odette Durand'))).toBe('invalid');
    expect(outcomeCode({ resourceType: 'Patient' })).toBeNull();
    expect(outcomeCode('text')).toBeNull();
  });
});
