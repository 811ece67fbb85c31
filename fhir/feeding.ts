import type { Bundle, Device, Identifier, Observation } from 'fhir/r4.js';
import type { Metric } from '../domain/metrics.js';
import { GATEWAY_DEVICE } from './systems.js';
import { FHIR_TABLE } from './table.js';

/**
 * Profiles the ANS feeding Bundle takes (`mesures-bundle-flux-alimentation` 3.2.0). Respiratory rate and glucose are
 * not among them, and Mon espace santé computes BMI itself and refuses it.
 */
const TAKEN = new Set([
  'fr-observation-bodyheight',
  'fr-observation-body-temperature',
  'fr-observation-body-weight',
  'fr-observation-bp',
  'fr-observation-heartrate',
  'observation-steps-by-day',
  'fr-observation-oxygen-sat',
]);

/** Whether the feeding flow has a place for this metric. */
export const isFed = (metric: Metric): boolean => TAKEN.has(FHIR_TABLE[metric].ans?.profile ?? '');

/** A UUID in the digits of a reading id: the Device entry of a measure has the same id each time it is sent. */
const uuidOf = (id: string): string => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/**
 * IHE POU PCH-01 as ANS profiles it: a transaction of one Observation and its Device, which is created unless known.
 * `Observation.device` names the Device resource of the same Bundle.
 */
export const feedingBundle = (observation: Observation, device: Device): Bundle => {
  const [own] = device.identifier ?? [];
  const [key] = observation.identifier ?? [];
  const uuid = uuidOf(key?.value ?? '');
  const { extension = [], ...rest } = observation;
  const kept = extension.filter(({ url }) => url !== GATEWAY_DEVICE);
  const measure: Observation = {
    ...rest,
    ...(kept.length === 0 ? {} : { extension: kept }),
    device: { reference: `Device/${uuid}` },
  };
  const once = (identifier: Identifier | undefined): string =>
    `identifier=${identifier?.system ?? ''}|${identifier?.value ?? ''}`;
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: `urn:uuid:${uuid}`,
        resource: measure,
        request: { method: 'POST', url: 'Observation', ifNoneExist: once(key) },
      },
      {
        fullUrl: `Device/${uuid}`,
        resource: { ...device, id: uuid },
        request: { method: 'POST', url: 'Device', ifNoneExist: once(own) },
      },
    ],
  };
};
