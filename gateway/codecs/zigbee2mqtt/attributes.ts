import type { DeviceConfig } from '../../../domain/device.js';
import type { Metric } from '../../../domain/metrics.js';
import { metricDefinition } from '../../../domain/metrics.js';
import type { DecodedValue, RejectedValue } from '../codec.js';
import { field, isObject, typeName, type JsonObject } from '../support/json.js';

/** Attributes whose name and type say it all (zigbee-herdsman-converters exposes, and corpus "Mapping choices"). */
const PLAIN: Readonly<Record<string, Metric>> = {
  temperature: 'ambient_temperature',
  humidity: 'ambient_humidity',
  co2: 'co2',
  occupancy: 'motion',
  presence: 'presence',
  sos: 'sos',
  smoke: 'smoke',
  water_leak: 'water_leak',
  tamper: 'tamper',
  battery_low: 'battery_low',
  battery: 'battery_level',
};

/** Attributes that need the device's model, role or wiring to mean something. */
const CONTEXTUAL = ['contact', 'action', 'status', 'fall_status', 'breathing_rate'];

/** Known attributes that are never readings; listed so that attribute mode does not take them for device names. */
const DIAGNOSTIC = [
  'linkquality',
  'voltage',
  'illuminance',
  'illuminance_lux',
  'last_seen',
  'device_temperature',
  'pressure',
  'power_outage_count',
  'update',
  'update_available',
  'state',
  'sensor_status',
  'occupancy_timeout',
  'sensitivity',
];

const ATTRIBUTES = new Set([...Object.keys(PLAIN), ...CONTEXTUAL, ...DIAGNOSTIC]);
export const isAttribute = (name: string): boolean => ATTRIBUTES.has(name);

/** OWON FDS315 fall and presence radar (corpus "Mapping choices"). */
const FDS315_STATUS: Readonly<Record<string, readonly [Metric, boolean]>> = {
  unoccupied: ['presence', false],
  occupied: ['presence', true],
  sitting: ['presence', true],
  low_posture: ['presence', true],
  on_the_bed: ['bed_occupancy', true],
  falling: ['fall', true],
};

/** Heiman radar. A warning is a doubtful fall; `unknown` says nothing. */
const FALL_STATUS: Readonly<Record<string, boolean>> = { normal: false, fall_warning: true, fall_alarm: true };

/** Buttons that say themselves that it is an emergency; `fall` and `drop` are what a cube does (corpus rule 8). */
const EMERGENCY_ACTIONS = new Set(['emergency', 'sos']);
/** The end of a press is not a second press, and the empty text is the reset that follows. */
const NOT_A_PRESS = /^$|(?:^|_)release$|^none$/;

interface Attributes {
  readonly values: readonly DecodedValue[];
  readonly rejected: readonly RejectedValue[];
}

/** Reads every attribute that is a reading. `null` means "never reported" and is no value. */
export const readAttributes = (message: JsonObject, config: DeviceConfig): Attributes => {
  const values: DecodedValue[] = [];
  const rejected: RejectedValue[] = [];
  const add = (metric: Metric, value: number | boolean): void => {
    values.push({ metric, value, unit: metricDefinition(metric).unit });
  };
  const refuse = (attribute: string, detail: string): void => {
    rejected.push({ metric: attribute, reason: 'invalid_value', detail: `${attribute}: ${detail}` });
  };
  const text = (attribute: string): string | null => {
    const value = field(message, attribute);
    return typeof value === 'string' ? value : null;
  };

  for (const [attribute, metric] of Object.entries(PLAIN)) {
    const value = field(message, attribute);
    if (value === undefined || value === null) continue;
    const { kind } = metricDefinition(metric);
    if (typeof value === kind && (kind === 'boolean' || Number.isFinite(value))) add(metric, value as number | boolean);
    else refuse(attribute, `expected a ${kind}, came ${typeName(value)}`);
  }

  const model = config.deviceModel ?? modelOf(message);
  const contact = field(message, 'contact');
  if (typeof contact === 'boolean') {
    if (config.contactFalseMeans) add('bed_occupancy', contact === (config.contactFalseMeans === 'bed_empty'));
    else if (model === 'SPM915') refuse('contact', 'a bed pad needs config.contactFalseMeans, set at installation');
    else add('door_open', !contact);
  } else if (contact !== undefined && contact !== null)
    refuse('contact', `expected a boolean, came ${typeName(contact)}`);

  const action = text('action');
  if (action !== null && (EMERGENCY_ACTIONS.has(action) || (config.role === 'sos_button' && !NOT_A_PRESS.test(action))))
    if (!values.some(({ metric, value }) => metric === 'sos' && value === true)) add('sos', true);

  const status = text('status') ?? '';
  // `falling` is the FDS315's alone, so that a radar nobody gave a model still rings; other words need the model.
  if (model === 'FDS315' || (model === undefined && status === 'falling')) {
    const reading = Object.hasOwn(FDS315_STATUS, status) ? FDS315_STATUS[status] : undefined;
    if (reading) add(...reading);
  }

  const fallStatus = text('fall_status') ?? '';
  if (Object.hasOwn(FALL_STATUS, fallStatus)) add('fall', FALL_STATUS[fallStatus] as boolean);

  const breathing = field(message, 'breathing_rate');
  // 0 = not measured, never apnoea.
  if (typeof breathing === 'number' && Number.isFinite(breathing) && breathing !== 0)
    add('respiratory_rate', breathing);
  return { values, rejected };
};

/** Present when the bridge is set to `include_device_information`. */
const modelOf = (message: JsonObject): string | undefined => {
  const device = field(message, 'device');
  const model = isObject(device) ? field(device, 'model') : undefined;
  return typeof model === 'string' ? model : undefined;
};
