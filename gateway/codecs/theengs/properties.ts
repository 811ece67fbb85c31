import type { DeviceConfig } from '../../../domain/device.js';
import { metricDefinition, type Metric } from '../../../domain/metrics.js';
import type { DecodedValue, RejectedValue } from '../codec.js';
import { field, typeName, type JsonObject } from '../support/json.js';

/**
 * Device types of the Theengs decoder whose property means what its name says. `undefined`: firmware from before there
 * were types. The others share names and not meanings: `open` of a blind is a position, the `tempc` of a barbecue
 * probe or a plant is no room, `weight` of a kitchen scale is in grams.
 */
const CLIMATE = new Set<unknown>([undefined, 'THB', 'THBX', 'AIR', 'CTMO']);
const CONTACT_OR_MOTION = new Set<unknown>([undefined, 'CTMO']);
const BODY = new Set<unknown>([undefined, 'BODY']);
const SCALE = new Set<unknown>([undefined, 'SCALE']);

const CONTACT: Readonly<Record<string, boolean>> = { open: true, 'timeout not closed': true, closed: false };
const MASS_UNIT: Readonly<Record<string, string>> = { kg: 'kg', lb: '[lb_av]' };

export interface Properties {
  readonly values: readonly DecodedValue[];
  readonly rejected: readonly RejectedValue[];
}

/** The properties of a decoded advertisement that are readings. */
export const readProperties = (message: JsonObject, role: DeviceConfig['role']): Properties => {
  const values: DecodedValue[] = [];
  const rejected: RejectedValue[] = [];
  const type = field(message, 'type');
  const refuse = (property: string, expected: string): void => {
    const detail = `${property}: expected ${expected}, came ${typeName(field(message, property))}`;
    rejected.push({ metric: property, reason: 'invalid_value', detail });
  };
  const has = (property: string): boolean => (field(message, property) ?? null) !== null;

  /** Old OpenMQTTGateway publishes numbers as text. */
  const number = (property: string, metric: Metric, unit = metricDefinition(metric).unit): void => {
    if (!has(property)) return;
    const raw = field(message, property);
    const value = typeof raw === 'string' && /^-?\d+(?:\.\d+)?$/.test(raw) ? Number(raw) : raw;
    if (typeof value === 'number' && Number.isFinite(value)) values.push({ metric, value, unit });
    else refuse(property, 'a number');
  };
  const state = (property: string, metric: Metric): void => {
    if (!has(property)) return;
    const value = field(message, property);
    if (typeof value === 'boolean') values.push({ metric, value, unit: '1' });
    else refuse(property, 'a boolean');
  };

  if (CLIMATE.has(type)) {
    // One temperature, told in two units.
    if (has('tempc')) number('tempc', 'ambient_temperature');
    else number('tempf', 'ambient_temperature', '[degF]');
    number('hum', 'ambient_humidity');
    number('co2', 'co2');
  }
  if (CONTACT_OR_MOTION.has(type)) {
    const contact = field(message, 'contact');
    if (!has('contact')) state('open', 'door_open');
    else if (typeof contact === 'string' && Object.hasOwn(CONTACT, contact))
      values.push({ metric: 'door_open', value: CONTACT[contact] as boolean, unit: '1' });
    else refuse('contact', Object.keys(CONTACT).join(', '));
    state('motion', 'motion');
  }
  if (BODY.has(type)) {
    number(has('bpm') ? 'bpm' : 'act_bpm', 'heart_rate');
    number('steps', 'steps');
  }
  if (SCALE.has(type) && has('weight') && isPerson(message, role)) {
    const unit = field(message, 'unit');
    if (typeof unit === 'string' && Object.hasOwn(MASS_UNIT, unit)) number('weight', 'body_weight', MASS_UNIT[unit]);
    else refuse('unit', Object.keys(MASS_UNIT).join(' or '));
  }
  number('batt', 'battery_level');
  // 0 is the keep-alive of a button; 1 to 4 are presses, 9 a long one, 11 a hold.
  const button = field(message, 'button');
  if (
    role === 'sos_button' &&
    (typeof button === 'number' ? button !== 0 : typeof button === 'string' && button !== '0')
  )
    values.push({ metric: 'sos', value: true, unit: '1' });
  return { values, rejected };
};

const isPerson = (message: JsonObject, role: DeviceConfig['role']): boolean => {
  const mode = field(message, 'weighing_mode');
  return mode === 'person' || (mode === undefined && role === 'body_scale' && field(message, 'unit') !== undefined);
};
