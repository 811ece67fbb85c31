import type { Device as FhirDevice, Identifier } from 'fhir/r4.js';
import type { Device } from '../domain/device.js';
import { CONTINUA_IDENTIFIERS, MDC, identifierOf, phdProfile, sourceUri } from './systems.js';

const SYSTEM_ID = 'urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680';
/** The PHD value for « system id not known »; a transport address then stands beside it. */
const NO_SYSTEM_ID = '00-00-00-00-00-00-00-00';

const continua = (code: string, system: string, value: string): Identifier => ({
  type: { coding: [{ system: CONTINUA_IDENTIFIERS, code }] },
  system,
  value,
});
const dashed = (hex: string): string => hex.toUpperCase().match(/../g)!.join('-');

/** Hexadecimal digits of an address that may be written with colons, dashes or `0x`; null for any other name. */
const addressOf = (identifier: string, digits: number): string | null => {
  const hex = identifier.replace(/^0x/i, '').replace(/[:-]/g, '');
  return hex.length === digits && /^[0-9a-f]+$/i.test(hex) ? hex : null;
};

const first = <Found>(list: readonly string[], find: (item: string) => Found | null): Found | null => {
  for (const item of list) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
};

/** System id (EUI-64) and transport addresses [HL7 PHD PhdDevice.identifier]; at most one of each kind. */
const hardwareIdentifiers = ({ identifiers, model }: Pick<Device, 'identifiers' | 'model'>): Identifier[] => {
  const eui64 = first(identifiers, (name) => addressOf(name, 16));
  const mac = first(identifiers, (name) => addressOf(name, 12));
  const wired = /wi-?fi|ethernet|shelly|tasmota/i.test(model);
  return [
    continua('SYSID', SYSTEM_ID, eui64 === null ? NO_SYSTEM_ID : dashed(eui64)),
    ...(mac === null
      ? []
      : [
          wired
            ? continua('ETHMAC', 'http://hl7.org/fhir/sid/eui-48/ethernet', dashed(mac))
            : continua('BTMAC', 'http://hl7.org/fhir/sid/eui-48/bluetooth', dashed(mac)),
        ]),
  ];
};

/** IEEE 11073 specialisations [HL7 PHD]; by what the model is called, most particular first. */
const SPECIALISATIONS: readonly (readonly [name: RegExp, mdc: number])[] = [
  [/oxi|spo2|oxym/i, 528388],
  [/ecg/i, 528390],
  [/cuff|blood.?pressure|tensio|\bbp/i, 528391],
  [/cgm|libre|dexcom/i, 528409],
  [/gluco/i, 528401],
  [/body.?comp|imp[eé]danc/i, 528404],
  [/scale|balance|weight/i, 528399],
  [/respir/i, 528397],
  [/body.?temp|thermometer|thermom[eè]tre/i, 528392],
  [/sensor|contact|door|motion|fall|button|sos|smoke|leak|bed|presence|radar/i, 528455],
];
const GENERIC = 528457;

const mdc = (code: number) => ({ coding: [{ system: MDC, code: String(code) }] });

/** A device as PhdDevice (HL7 PHD STU1; required by ANS when a connected object measured). */
export const deviceResource = (id: string, device: Device | null, { sourceOid }: { sourceOid: string }): FhirDevice => {
  const model = device?.model ?? 'unknown';
  return {
    resourceType: 'Device',
    meta: { source: sourceUri(sourceOid), profile: [phdProfile('PhdDevice')] },
    identifier: [
      identifierOf(sourceOid, 'device', id),
      ...hardwareIdentifiers({ identifiers: device?.identifiers ?? [], model }),
    ],
    status: 'active',
    // Provisioning does not know it, and the profile requires one.
    manufacturer: 'unknown',
    modelNumber: model,
    type: mdc(65573),
    specialization: [
      {
        systemType: mdc(SPECIALISATIONS.find(([name]) => name.test(model))?.[1] ?? GENERIC),
        version: 'unknown',
      },
    ],
  };
};

/** Vigie itself as PhgDevice: what the measures went through. */
export const gatewayResource = (id: string, { sourceOid }: { sourceOid: string }): FhirDevice => ({
  resourceType: 'Device',
  meta: { source: sourceUri(sourceOid), profile: [phdProfile('PhgDevice')] },
  identifier: [identifierOf(sourceOid, 'gateway', id), continua('SYSID', SYSTEM_ID, NO_SYSTEM_ID)],
  status: 'active',
  manufacturer: 'Vigie',
  modelNumber: 'Vigie',
  type: mdc(531981),
  version: [{ type: mdc(531975), value: VERSION }],
  // Time synchronisation (MDC 68220): the host's affair, so none is claimed (532224).
  property: [{ type: mdc(68220), valueCode: [mdc(532224)] }],
});

/** Software version told to others; a release changes it. */
const VERSION = '0.1.0';
