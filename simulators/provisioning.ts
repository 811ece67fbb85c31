import type { DeviceConfig } from '../domain/device.js';
import type { Role } from '../domain/permissions.js';

/** The provisioning file of contract §3, as the simulators write and read it. */
export interface Provisioning {
  readonly sites: readonly ProvisionedSite[];
  readonly residents: readonly ProvisionedResident[];
  readonly boxes: readonly ProvisionedBox[];
  readonly devices: readonly ProvisionedDevice[];
  readonly users: readonly ProvisionedUser[];
}
export interface ProvisionedSite {
  readonly id: string;
  readonly name: string;
  readonly kind: 'ehpad' | 'home';
  readonly timezone: string;
  readonly units: readonly { readonly id: string; readonly name: string; readonly rooms: readonly string[] }[];
}
export interface ProvisionedResident {
  readonly id: string;
  readonly site: string;
  readonly unit: string;
  readonly room: string;
  readonly family: string;
  readonly given: string;
  readonly birthDate: string;
  readonly sex: 'female' | 'male';
  readonly spo2Scale: 1 | 2;
  readonly ins: { readonly system: string; readonly value: string };
}
export interface ProvisionedBox {
  readonly id: string;
  readonly site: string;
  readonly username: string;
  readonly password: string;
}
export interface ProvisionedDevice {
  readonly id: string;
  readonly site: string;
  readonly model: string;
  readonly identifiers: readonly string[];
  readonly username?: string;
  readonly password?: string;
  readonly config: DeviceConfig;
  readonly cadenceSeconds?: number;
  readonly assignedTo: { readonly resident?: string; readonly room?: string; readonly since: string };
}
export interface ProvisionedUser {
  readonly username: string;
  readonly name: string;
  readonly role: Role;
  readonly sites: readonly string[];
  readonly password: string;
}
