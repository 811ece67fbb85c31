import { decodeVectors, parseVectors, toLine } from '../gateway/decode.js';
import { loadConfig } from '../platform/config.js';
import { testBundle } from '../gateway/decode-fhir.js';
import { loadCodecs } from '../gateway/route.js';
import { readText } from './files.js';

/** `vigie decode`: one JSON line for each message; with `fhir`, the Bundle that would be sent for a test resident. */
export const decodeFile = async (file: string, { fhir }: { fhir: boolean }): Promise<void> => {
  const { FHIR_SOURCE_OID: sourceOid, FHIR_PROFILE_SET: profileSet } = loadConfig();
  for (const decoded of decodeVectors(parseVectors(readText(file)), await loadCodecs())) {
    const line = toLine(decoded);
    console.log(JSON.stringify(fhir ? { ...line, bundle: testBundle(decoded, { sourceOid, profileSet }) } : line));
  }
};
