/** Writes `docs/fhir-mapping.md`. */
import { writeFileSync } from 'node:fs';
import { mappingDocument } from '../../fhir/describe.js';

writeFileSync(new URL('../../docs/fhir-mapping.md', import.meta.url), mappingDocument());
