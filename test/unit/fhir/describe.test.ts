import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mappingDocument } from '../../../fhir/describe.js';

it('docs/fhir-mapping.md is what the table says (npm run docs:fhir)', () => {
  expect(readFileSync(new URL('../../../docs/fhir-mapping.md', import.meta.url), 'utf8')).toBe(mappingDocument());
});
